package model

import (
	"math/rand/v2"

	"github.com/pffedge/pffedge/simd"
)

// mixer is the memory in which New makes one orthogonal matrix after the other.
type mixer struct {
	values []float64
	rows   [][]float64
	order  []int
}

// newMixer returns a mixer for the largest matrix of c.
func newMixer(c *Config) *mixer {
	values, rows := mixerSize(c)
	return &mixer{make([]float64, values), make([][]float64, rows), make([]int, rows)}
}

// InitBytes returns the memory that New takes for c besides that of the
// parameters it makes.
func (c *Config) InitBytes() int64 {
	values, rows := mixerSize(c)
	const rowBytes = 24 + 8 // a slice and a place in the order
	return 8*int64(values) + rowBytes*int64(rows)
}

func mixerSize(c *Config) (values, rows int) {
	p := shapes(c)
	matrices := []simd.Packed{p.Readout}
	for _, l := range p.Layers {
		matrices = append(matrices, l.Up, l.Down)
	}
	for _, w := range matrices {
		values, rows = max(values, w.K*w.N), max(rows, w.K, w.N)
	}
	return values, rows
}

// identity returns the first columns of the n×n identity. Rotations of rows
// act on each column by itself, so that no other column is needed.
func (m *mixer) identity(n, columns int) [][]float64 {
	values, rows := m.values[:n*columns], m.rows[:n]
	clear(values)
	for i := range rows {
		rows[i] = values[i*columns : (i+1)*columns]
		if i < columns {
			rows[i][i] = 1
		}
	}
	return rows
}

// shuffle returns the numbers below n in a random order, rand.Perm's.
func (m *mixer) shuffle(r *rand.Rand, n int) []int {
	order := m.order[:n]
	for i := range order {
		order[i] = i
	}
	r.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
	return order
}
