package data

import (
	"context"
	"fmt"
	goruntime "runtime"
	"sync"

	"github.com/pffedge/pffedge/model"
)

// defaultSamples is how many synthetic digits a split has.
var defaultSamples = map[Split]int{Train: 10_000, Test: 2_000}

// readSynthetic draws digits. Sample i of a split depends on the seed, the
// split and i alone; each ten samples in a row are the ten digits in some
// order.
func readSynthetic(ctx context.Context, path string, opt Options) (*Set, error) {
	input, err := opt.image(path, digitSide, digitSide)
	if err != nil {
		return nil, err
	}
	n := opt.Samples
	if n == 0 {
		n = defaultSamples[opt.Split]
	}
	if err := checkBytes(path, n, max(digitSize, input.Size())); err != nil {
		return nil, err
	}
	index := newClassIndex(opt.Classes)
	labels, err := syntheticLabels(index, opt.Seed, opt.Split, n)
	if err != nil {
		return nil, inFile(path, "%w", err)
	}
	s := &Set{
		Input: input, Classes: index.names, Labels: labels,
		Source: fmt.Sprintf("synthetic digits, seed %d, %v split", opt.Seed, opt.Split),
	}
	if opt.OnDisk {
		s.disk, err = spoolDigits(ctx, path, opt, n, input)
		return s, err
	}
	s.pixels, err = someDigits(ctx, path, opt, 0, n, input)
	return s, err
}

// someDigits draws digits lo…hi, scaled to input.
func someDigits(ctx context.Context, path string, opt Options, lo, hi int, input model.Input) ([]byte, error) {
	pixels, err := drawDigits(ctx, opt.Seed, opt.Split, lo, hi)
	if err != nil {
		return nil, err
	}
	return resizeAll(ctx, path, pixels, model.Image(digitSide, digitSide), input)
}

// spoolBlock is how many digits are drawn at a time for the disk.
const spoolBlock = 500

func spoolDigits(ctx context.Context, path string, opt Options, n int, input model.Input) (*diskImages, error) {
	var block []byte
	return spool(ctx, path, n, input.Size(), func(i int) (image []byte, err error) {
		if i%spoolBlock == 0 {
			if block, err = someDigits(ctx, path, opt, i, min(i+spoolBlock, n), input); err != nil {
				return nil, err
			}
		}
		at := i % spoolBlock * input.Size()
		return block[at : at+input.Size()], nil
	})
}

// syntheticLabels returns the labels of the first n digits.
func syntheticLabels(index *classIndex, seed uint64, split Split, n int) ([]int32, error) {
	byDigit := make([]int32, 10)
	for d, name := range numberNames(10) {
		var err error
		if byDigit[d], err = index.label(name); err != nil {
			return nil, err
		}
	}
	labels := make([]int32, n)
	for i := range labels {
		labels[i] = byDigit[digitOf(seed, split, i)]
	}
	return labels, nil
}

// digitOf returns the digit that sample i shows: the place of i among the
// ten samples of its block, shuffled.
func digitOf(seed uint64, split Split, i int) int {
	order := [10]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	p := newPen()
	p.reset(^seed, split, i/10)
	for k := len(order) - 1; k > 0; k-- {
		j := p.below(k + 1)
		order[k], order[j] = order[j], order[k]
	}
	return order[i%10]
}

// drawDigits draws digits lo…hi, on all cores.
func drawDigits(ctx context.Context, seed uint64, split Split, lo, hi int) ([]byte, error) {
	n := hi - lo
	pixels := make([]byte, n*digitSize)
	workers := min(goruntime.GOMAXPROCS(0), n)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			c := newCanvas()
			for i := w; i < n && ctx.Err() == nil; i += workers {
				c.reset(seed, split, lo+i)
				c.draw(pixels[i*digitSize:(i+1)*digitSize], digitOf(seed, split, lo+i))
			}
		})
	}
	wg.Wait()
	return pixels, ctx.Err()
}
