package runtime

import (
	"github.com/pffedge/pffedge/internal/oracle"
	"github.com/pffedge/pffedge/simd"
)

// samples is a data set in memory.
type samples struct {
	x [][]float32
	y []int
}

func (s *samples) Len() int { return len(s.x) }

func (s *samples) Sample(dst []float32, i int) int {
	copy(dst, s.x[i])
	return s.y[i]
}

func (s *samples) matrix() simd.Matrix {
	m := simd.NewMatrix(len(s.x), len(s.x[0]))
	for r, x := range s.x {
		copy(m.Row(r), x)
	}
	return m
}

// samples returns rows random samples with random labels.
func (n *network) samples(rows int) *samples {
	s := &samples{}
	for _, row := range n.inputs(rows) {
		s.x = append(s.x, toSimd(oracle.Matrix{row}).Row(0))
		s.y = append(s.y, n.random.IntN(n.oc.Classes))
	}
	return s
}
