package simd

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestShareCoversEveryItemOnce(t *testing.T) {
	for n := 1; n <= 9; n++ {
		for size := range 60 {
			next := 0
			for i := range n {
				lo, hi := Share(size, i, n)
				require.Equal(t, next, lo, "part %d of %d of %d items", i, n, size)
				require.GreaterOrEqual(t, hi, lo)
				require.InDelta(t, float64(size)/float64(n), hi-lo, 1, "part %d of %d of %d items is uneven", i, n, size)
				next = hi
			}
			require.Equal(t, size, next, "%d parts", n)
		}
	}
}

// countTask counts how often each item and each part is done.
type countTask struct {
	items []atomic.Int32
	parts atomic.Int32
	n     atomic.Int32
}

func (c *countTask) Part(i, n int) {
	c.parts.Add(1)
	c.n.Store(int32(n))
	lo, hi := Share(len(c.items), i, n)
	for k := lo; k < hi; k++ {
		c.items[k].Add(1)
	}
}

func TestPoolDoesEveryPartOnce(t *testing.T) {
	for threads := 1; threads <= 5; threads++ {
		p := newTestPool(t, threads)
		require.Equal(t, threads, p.Threads())
		for _, items := range []int{0, 1, 3, 4, 5, 6, 97} {
			for _, cost := range []int{serialBelow - 1, serialBelow} {
				want := threads
				if cost < serialBelow {
					want = 1
				}
				task := &countTask{items: make([]atomic.Int32, items)}
				p.Run(task, cost)
				what := fmt.Sprintf("%d threads, %d items, cost %d", threads, items, cost)
				require.EqualValues(t, want, task.parts.Load(), what)
				require.EqualValues(t, want, task.n.Load(), what)
				for k := range task.items {
					require.EqualValues(t, 1, task.items[k].Load(), "%s: item %d", what, k)
				}
			}
		}
	}
}

func TestPoolHasAtLeastOneThread(t *testing.T) {
	for _, threads := range []int{-1, 0, 1} {
		require.Equal(t, 1, newTestPool(t, threads).Threads())
	}
}

// TestCloseEndsWorkers runs in a bubble, which fails when a goroutine
// outlives it.
func TestCloseEndsWorkers(t *testing.T) {
	for threads := 1; threads <= 5; threads++ {
		synctest.Test(t, func(t *testing.T) {
			p := NewPool(threads)
			p.Run(&countTask{items: make([]atomic.Int32, 10)}, serialBelow)
			p.Close()
			p.Close() // a second time does nothing
		})
	}
}

// TestPoolMovesBetweenGoroutines hands one pool from goroutine to goroutine.
func TestPoolMovesBetweenGoroutines(t *testing.T) {
	p := newTestPool(t, 3)
	s := newSource(60)
	a, b := s.matrix(13, 200), s.packed(200, 110)
	want := NewMatrix(13, 110)
	p.GemmF32(want, a, b)
	for range 4 {
		got := make(chan Matrix)
		go func() {
			dst := NewMatrix(13, 110)
			p.GemmF32(dst, a, b)
			got <- dst
		}()
		requireBits(t, want.Data, (<-got).Data, "another goroutine's product")
	}
}

// TestPoolsShareWeights runs two pools at once on the same weights, as
// sessions of one network do.
func TestPoolsShareWeights(t *testing.T) {
	s := newSource(61)
	b, results := s.packed(200, 110), make(chan Matrix)
	a := s.matrix(13, 200)
	for range 2 {
		go func() {
			p, dst := NewPool(2), NewMatrix(13, 110)
			defer p.Close()
			for range 5 {
				p.GemmF32(dst, a, b)
			}
			results <- dst
		}()
	}
	requireBits(t, (<-results).Data, (<-results).Data, "two pools")
}

// TestOperationsDoNotAllocate counts a steady state: the first call may set
// buffers aside.
func TestOperationsDoNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	eachISA(t, func(t *testing.T) {
		for _, threads := range []int{1, 3} {
			p := newTestPool(t, threads)
			for name, call := range steadyCalls(p) {
				assert.Zero(t, testing.AllocsPerRun(5, call), "%s on %d threads", name, threads)
			}
		}
	})
}

// steadyCalls returns calls of every operation, large enough to be shared
// among threads.
func steadyCalls(p *Pool) map[string]func() {
	const m, k, n = 13, 190, 110
	s := newSource(62)
	blocks := Blocks{Units: serialBelow/10/m + 10, Group: 10}
	a, dst, b := s.matrix(m, k), s.matrix(m, n), s.packed(k, n)
	w, first, second, back := s.packed(k, n), NewPacked(k, n), NewPacked(k, n), NewMatrix(m, k)
	z, e, l, lateral := s.matrix(m, blocks.Units), s.matrix(m, blocks.Units), s.blocks(blocks), alignedFloats(blocks.Len())
	tall := s.matrix(m, serialBelow/m+10)
	sums, scratch, v := NewVector(tall.Cols), NewVector(tall.Cols), NewVector(tall.Cols)
	x, y, bias := s.vector(100), s.vector(100), s.vector(100)
	m16, m8, column8 := NewMoments(len(w.Data), 16), NewMoments(len(w.Data), 8), NewMoments(len(sums), 8)
	return map[string]func(){
		"UpdateMomentsF32":       func() { p.UpdateMomentsF32(w, &m16, a, dst, testStep, 1) },
		"UpdateMomentsF32 8":     func() { p.UpdateMomentsF32(w, &m8, a, dst, testStep, 1) },
		"ColumnUpdateMomentsF32": func() { p.ColumnUpdateMomentsF32(sums, &column8, scratch, tall, testStep, 1) },
		"GemmF32":                func() { p.GemmF32(dst, a, b) },
		"GemmF32 of a row":       func() { p.GemmF32(dst.Slice(0, 1), a.Slice(0, 1), b) },
		"GemmAddF32":             func() { p.GemmAddF32(dst, a, b) },
		"GemmTF32":               func() { p.GemmTF32(first, a, dst) },
		"GemmNTF32":              func() { p.GemmNTF32(back, dst, b) },
		"UpdateF32":              func() { p.UpdateF32(w, first, second, a, dst, testStep) },
		"BlockAddF32":            func() { p.BlockAddF32(e, z, l, blocks) },
		"CompetitionGradientF32": func() { p.CompetitionGradientF32(lateral, l, z, e, blocks) },
		"CompetitionF32":         func() { CompetitionF32(lateral, l, blocks) },
		"ColumnSumsF32":          func() { p.ColumnSumsF32(sums, tall) },
		"ColumnUpdateF32":        func() { p.ColumnUpdateF32(sums, v, v, scratch, tall, testStep) },
		"AdamF32":                func() { AdamF32(x, y, y, bias, testStep) },
		"rows": func() {
			NormalizeF32(x, x)
			ReluF32(x, x)
			AxpyF32(x, y, 2)
			BiasReluF32(x, y, bias)
			StepF32(x, y, bias, x, 0.3)
			SoftmaxF32(x, y, bias)
			AddNormalF32(x, x, Mix(1, 2), 0.1)
		},
	}
}
