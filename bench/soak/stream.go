package main

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// side is that of an image, in pixels.
const side = 28

// How the stream runs.
const (
	stretch = 500 // samples while the same classes are shown
	shown   = 3   // classes at a time
	first   = 6   // classes that are there from the start
)

// later says after which share of the stream each of the later classes comes.
var later = []float64{0.02, 0.04, 0.06, 0.35}

// The purposes of random numbers.
const (
	forClasses uint64 = iota + 1
	forOriginals
	forDrift
)

// stream is digits whose looks drift. Sample n depends on the seed and n alone.
type stream struct {
	seed      uint64
	length    int
	originals [10][][]byte // per class
	names     []string
	image     [side * side]float64
}

func newStream(ctx context.Context, split data.Split, seed uint64, length, originals int) (*stream, error) {
	set, err := data.Open(ctx, data.Synthetic, data.Options{Split: split, Width: side, Height: side, Seed: seed, Samples: originals})
	if err != nil {
		return nil, err
	}
	s, x := &stream{seed: seed, length: length, names: set.Classes}, make([]float32, side*side)
	for i := range set.Len() {
		label, pixels := set.Sample(x, i), make([]byte, side*side)
		for j, v := range x {
			pixels[j] = byte(v*255 + 0.5)
		}
		s.originals[label] = append(s.originals[label], pixels)
	}
	return s, set.Err()
}

// classes returns how many classes have come by sample n.
func (s *stream) classes(n int) int {
	count := first
	for _, share := range later {
		if float64(n) >= share*float64(s.length) {
			count++
		}
	}
	return count
}

// label returns the class of sample n. One that has just come is shown in the first
// stretches.
func (s *stream) label(n int) int {
	part := n / stretch
	have := s.classes(part * stretch)
	order := make([]int, 0, len(s.originals))
	for label := range have {
		order = append(order, label)
	}
	for i := range shown {
		j := i + int(simd.Mix(s.seed, forClasses, uint64(part), uint64(i))%uint64(have-i))
		order[i], order[j] = order[j], order[i]
	}
	if before := s.classes((part - 3) * stretch); before < have && !slices.Contains(order[:shown], have-1) {
		order[0] = have - 1
	}
	return order[int(simd.Mix(s.seed, forClasses, uint64(n))%shown)]
}

// looks are those of a class at a time.
type looks struct{ slant, thickness, right, down float64 }

// looksOf returns how a class looks at sample n: sums of sines.
func (s *stream) looksOf(label, n int) looks {
	swing := func(i uint64) (sum float64) {
		for k, length := range []float64{0.31, 0.113, 0.047} { // of the stream
			phase := float64(simd.Mix(s.seed, forDrift, uint64(label), i, uint64(k))>>11) / (1 << 53)
			sum += math.Sin(2*math.Pi*(float64(n)/(length*float64(s.length))+phase)) / 3
		}
		return sum
	}
	return looks{slant: 0.35 * swing(0), thickness: 0.5 * swing(1), right: 3 * swing(2), down: 2 * swing(3)}
}

// draw writes sample n as a digit of a class to dst.
func (s *stream) draw(dst []byte, label, n int) {
	list := s.originals[label]
	s.drawAs(dst, list[simd.Mix(s.seed, forOriginals, uint64(n))%uint64(len(list))], s.looksOf(label, n))
}

func (s *stream) drawAs(dst, original []byte, l looks) {
	const middle = (side - 1) / 2.0
	at := func(x, y int) float64 {
		if x < 0 || y < 0 || x >= side || y >= side {
			return 0
		}
		return float64(original[y*side+x])
	}
	for y := range side {
		for x := range side {
			v := float64(y) - l.down
			u := float64(x) - l.right + l.slant*(v-middle)
			left, top := math.Floor(u), math.Floor(v)
			i, j, a, b := int(left), int(top), u-left, v-top
			s.image[y*side+x] = (at(i, j)*(1-a)+at(i+1, j)*a)*(1-b) + (at(i, j+1)*(1-a)+at(i+1, j+1)*a)*b
		}
	}
	s.thicken(dst, l.thickness)
}

// thicken writes the image with a share, −1…1, of what its strokes grow by when each
// pixel becomes the greatest of its neighbours, or shrink by when the least.
func (s *stream) thicken(dst []byte, share float64) {
	for y := range side {
		for x := range side {
			v := s.image[y*side+x]
			far := v
			for _, i := range [4]int{max(y-1, 0)*side + x, min(y+1, side-1)*side + x, y*side + max(x-1, 0), y*side + min(x+1, side-1)} {
				if share > 0 {
					far = max(far, s.image[i])
				} else {
					far = min(far, s.image[i])
				}
			}
			dst[y*side+x] = byte(v + math.Abs(share)*(far-v) + 0.5)
		}
	}
}

// operation makes op the samples from…from+n of the stream.
func (s *stream) operation(op *runtime.Learn, from, n int) error {
	op.Size, op.Classes, op.Labels = side*side, op.Classes[:0], op.Labels[:0]
	if len(op.Pixels) != n*op.Size {
		op.Pixels = make([]byte, n*op.Size)
	}
	for i := range n {
		label := s.label(from + i)
		if len(s.originals[label]) == 0 {
			return fmt.Errorf("no original of class %q", s.names[label])
		}
		place := -1
		for k, name := range op.Classes {
			if name == s.names[label] {
				place = k
			}
		}
		if place < 0 {
			op.Classes, place = append(op.Classes, s.names[label]), len(op.Classes)
		}
		op.Labels = append(op.Labels, place)
		s.draw(op.Pixels[i*op.Size:(i+1)*op.Size], label, from+i)
	}
	return nil
}
