package bench

import (
	"math/rand/v2"
	"strconv"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// patterns are samples to learn from. Each class has inputs of its own, a
// fifth of them, which its samples have lit to different degrees, most of the
// time: as sparse as handwritten digits, and quickly learnt. Every tenth sample
// has half of its inputs from another class, so that there is something
// to be unsure of.
type patterns struct {
	length  int
	inputs  int
	classes [][]int   // the inputs of each class
	x       []float32 // drawn samples, one after the other; they repeat
	labels  []int
}

const (
	drawn      = 500 // different samples to learn from
	lit        = 0.2 // share of the inputs that are a class's own
	litShare   = 0.9 // of these, how many a sample has
	mixedShare = 0.5 // of these, how many are another class's in a mixed sample
	mixedEvery = 10
)

func newPatterns(inputs, classes, length int, seed uint64) *patterns {
	r := rand.New(rand.NewPCG(seed, 7))
	p := &patterns{length: length, inputs: inputs, x: make([]float32, drawn*inputs), labels: make([]int, drawn)}
	for range classes {
		p.classes = append(p.classes, r.Perm(inputs)[:max(int(lit*float64(inputs)), 1)])
	}
	for i := range p.labels {
		p.labels[i] = i % classes
		p.draw(p.x[i*inputs:][:inputs], i, r)
	}
	return p
}

// draw draws a sample like the one numbered i into zeros.
func (p *patterns) draw(x []float32, i int, r *rand.Rand) {
	mine, other := p.classes[i%len(p.classes)], p.classes[(i+1)%len(p.classes)]
	for n := range mine {
		from := mine
		if i%mixedEvery == mixedEvery-1 && r.Float64() < mixedShare {
			from = other
		}
		if r.Float64() < litShare {
			x[from[n]] = 0.2 + 0.8*r.Float32()
		}
	}
}

// Len returns how many samples there seem to be.
func (p *patterns) Len() int { return p.length }

// Sample writes sample i to dst and returns its label.
func (p *patterns) Sample(dst []float32, i int) int {
	i %= drawn
	copy(dst[:p.inputs], p.x[i*p.inputs:])
	return p.labels[i]
}

// rows returns n samples that have not been learnt from, as a matrix.
func (p *patterns) rows(n int) simd.Matrix {
	m, r := simd.NewMatrix(n, p.inputs), rand.New(rand.NewPCG(uint64(p.inputs), 8))
	for i := range n {
		p.draw(m.Row(i), i, r)
	}
	return m
}

// inputOf returns the specification of that many values 0…1.
func inputOf(inputs int) model.Input { return model.Image(inputs, 1) }

// classNames names so many classes.
func classNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	return names
}
