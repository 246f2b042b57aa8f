//go:build !race

package replay

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSteadyStateAllocatesNothing: a full memory adds, draws and hands out.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	for _, bits := range []int{0, 1, 8} {
		m := newTest(t, Options{Inputs: 100, Budget: 8000, Bits: bits})
		fill(t, m, 2000, 5, 1)
		r, x, idx, label := random(2), make([]float32, 100), make([]int, 64), 0
		samples := [][]float32{drawing(r, 100), greys(r, 100), drawing(r, 100)}
		step, kept := uint64(0), 0
		require.Zero(t, testing.AllocsPerRun(500, func() {
			label, step = (label+1)%5, step+1
			ok, err := m.Add(samples[step%3], label)
			if err != nil {
				t.Error(err)
			}
			if ok {
				kept++
			}
			for _, i := range m.Draw(idx, Draws(step%2), step) {
				m.Sample(x, i)
			}
			if err := m.Relabel(idx[0], label); err != nil {
				t.Error(err)
			}
		}), "%d bits", bits)
		require.NotZero(t, kept)
	}
}
