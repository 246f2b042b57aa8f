package replay

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// uneven returns a memory with 40, 3, 0 and 9 samples of its classes.
func uneven(t testing.TB) *Memory {
	m := newTest(t, Options{Inputs: 5, Budget: 4000, Bits: 8, Seed: 9})
	r := random(9)
	for label, n := range []int{40, 3, 0, 9} {
		for range n {
			add(t, m, greys(r, 5), label)
		}
	}
	require.Equal(t, 52, m.Len())
	return m
}

func TestDrawsAreBalanced(t *testing.T) {
	m := uneven(t)
	counts, extra := [52]int{}, [4]int{}
	const steps, n = 3000, 10
	for step := range uint64(steps) {
		dst := m.Draw(make([]int, n), Balanced, step)
		labels, once := [4]int{}, map[int]bool{}
		for _, i := range dst {
			counts[i]++
			labels[m.Label(i)]++
			once[i] = true
		}
		for _, c := range []int{0, 1, 3} {
			require.Contains(t, []int{3, 4}, labels[c])
			extra[c] += labels[c] - 3
		}
		require.GreaterOrEqual(t, len(once), n-1, "only class 1, of 3, may give one twice")
	}
	for _, c := range []int{0, 1, 3} {
		require.InDelta(t, steps/3, extra[c], 4*26, "class %d", c) // four deviations
	}
	for i, got := range counts {
		kept, _ := m.Count(m.Label(i))
		want := float64(steps*n) / 3 / float64(kept)
		require.InEpsilon(t, want, got, 0.2, "sample %d", i)
	}
}

func TestDrawsAreUniform(t *testing.T) {
	m := uneven(t)
	counts := [52]int{}
	const steps, n = 4000, 13
	for step := range uint64(steps) {
		once := map[int]bool{}
		for _, i := range m.Draw(make([]int, n), Uniform, step) {
			counts[i]++
			once[i] = true
		}
		require.Len(t, once, n)
	}
	for i, got := range counts {
		require.InEpsilon(t, steps*n/52, got, 0.15, "sample %d", i)
	}
}

// TestDrawOfAll, and of more than there are.
func TestDrawOfAll(t *testing.T) {
	m := uneven(t)
	counts := [52]int{}
	for _, i := range m.Draw(make([]int, 52), Uniform, 1) {
		counts[i]++
	}
	for _, n := range counts {
		require.Equal(t, 1, n)
	}
	for _, how := range []Draws{Balanced, Uniform} {
		require.Len(t, m.Draw(make([]int, 1000), how, 1), 1000)
		require.Empty(t, m.Draw(nil, how, 1))
		for _, i := range m.Draw(make([]int, 2), how, 1) {
			require.Less(t, i, 52)
		}
		require.Empty(t, newTest(t, Options{Inputs: 5, Budget: 4000}).Draw(make([]int, 9), how, 1))
	}
}

// TestDrawDependsOnSeedAndStep alone.
func TestDrawDependsOnSeedAndStep(t *testing.T) {
	m := uneven(t)
	for _, how := range []Draws{Balanced, Uniform} {
		want := m.Draw(make([]int, 20), how, 7)
		m.Draw(make([]int, 33), Balanced, 8)
		require.Equal(t, want, m.Draw(make([]int, 20), how, 7))
		require.Equal(t, want, decoded(t, encoded(t, m)).Draw(make([]int, 20), how, 7))
		require.NotEqual(t, want, m.Draw(make([]int, 20), how, 8))
	}
}
