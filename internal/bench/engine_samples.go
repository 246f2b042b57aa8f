package bench

import (
	"math/rand/v2"
	"strconv"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// patterns are samples to learn from. Each class has inputs of its own, a
// fifth of them, which its samples have lit to different degrees, most of the
// time: as sparse as handwritten digits, and quickly learnt.
type patterns struct {
	length int
	x      []float32 // drawn samples, one after the other; they repeat
	labels []int
	inputs int
}

// drawn is how many different samples there are; with litShare, how many of a
// class's inputs a sample has.
const (
	drawn    = 500
	lit      = 0.2
	litShare = 0.9
)

func newPatterns(inputs, classes, length int, seed uint64) *patterns {
	r := rand.New(rand.NewPCG(seed, 7))
	own := make([][]int, classes)
	for class := range own {
		own[class] = r.Perm(inputs)[:max(int(lit*float64(inputs)), 1)]
	}
	p := &patterns{length: length, inputs: inputs, x: make([]float32, drawn*inputs), labels: make([]int, drawn)}
	for i := range p.labels {
		p.labels[i] = i % classes
		x := p.x[i*inputs:][:inputs]
		for _, j := range own[p.labels[i]] {
			if r.Float64() < litShare {
				x[j] = 0.2 + 0.8*r.Float32()
			}
		}
	}
	return p
}

// Len returns how many samples there seem to be.
func (p *patterns) Len() int { return p.length }

// Sample writes sample i to dst and returns its label.
func (p *patterns) Sample(dst []float32, i int) int {
	i %= drawn
	copy(dst[:p.inputs], p.x[i*p.inputs:])
	return p.labels[i]
}

// rows returns the first n samples as a matrix.
func (p *patterns) rows(n int) simd.Matrix {
	m := simd.NewMatrix(n, p.inputs)
	for i := range n {
		p.Sample(m.Row(i), i)
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
