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
	pixels, err := drawDigits(ctx, opt.Seed, opt.Split, n)
	if err != nil {
		return nil, err
	}
	pixels, err = resizeAll(ctx, path, pixels, model.Image(digitSide, digitSide), input)
	return &Set{
		Input: input, Classes: index.names, Labels: labels, pixels: pixels,
		Source: fmt.Sprintf("synthetic digits, seed %d, %v split", opt.Seed, opt.Split),
	}, err
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

// drawDigits draws the first n digits, on all cores.
func drawDigits(ctx context.Context, seed uint64, split Split, n int) ([]byte, error) {
	pixels := make([]byte, n*digitSize)
	workers := min(goruntime.GOMAXPROCS(0), n)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			c := newCanvas()
			for i := w; i < n && ctx.Err() == nil; i += workers {
				c.reset(seed, split, i)
				c.draw(pixels[i*digitSize:(i+1)*digitSize], digitOf(seed, split, i))
			}
		})
	}
	wg.Wait()
	return pixels, ctx.Err()
}
