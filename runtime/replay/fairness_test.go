package replay

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// chances counts, over many seeds, in which tenth of a stream the samples of class
// 0 that are kept in the end arrived.
func chances(t *testing.T, opt Options, stream int, label func(i int) int, then func(m *Memory)) (tenths [10]float64) {
	for seed := range uint64(400) {
		opt.Seed = seed
		m := newTest(t, opt)
		for i := range stream {
			add(t, m, make([]float32, opt.Inputs), label(i))
		}
		then(m)
		for i, end := m.Range(0); i < end; i++ {
			tenths[int(m.ID(i))*10/stream]++
		}
	}
	return tenths
}

// requireEven is Pearson's test with 9 degrees of freedom at a level of 10⁻⁴.
// Samples of a class compete, so a fair memory stays below even more often.
func requireEven(t *testing.T, counts [10]float64) {
	var total, chi2 float64
	for _, n := range counts {
		total += n
	}
	for _, n := range counts {
		chi2 += (n - total/10) * (n - total/10) / (total / 10)
	}
	require.Greater(t, total, 2000.0)
	require.Less(t, chi2, 33.72, "%v", counts)
}

var small = Options{Inputs: 4, Budget: 900, Bits: 1} // 13 bytes a sample

// TestEverySampleHasTheSameChance: whether it came early or late, also where the
// class has had to shrink when others appeared, and with classes merged.
func TestEverySampleHasTheSameChance(t *testing.T) {
	nothing := func(*Memory) {}
	for name, c := range map[string]struct {
		label func(i int) int
		then  func(m *Memory)
	}{
		"one class": {func(int) int { return 0 }, nothing},
		"two":       {func(i int) int { return i % 2 }, nothing},
		"merged":    {func(i int) int { return i % 7 % 3 }, func(m *Memory) { require.NoError(t, m.Merge(2, 0)) }},
		"room again": {func(i int) int { return i / 2 % 3 * (i % 2) }, func(m *Memory) {
			require.NoError(t, m.RemoveClass(1))
			require.NoError(t, m.RemoveClass(2))
		}},
	} {
		t.Run(name, func(t *testing.T) { requireEven(t, chances(t, small, 500, c.label, c.then)) })
	}
}

// TestClassThatComesLate takes its room from the others, of which every sample
// still has the same chance.
func TestClassThatComesLate(t *testing.T) {
	counts := [10]float64{}
	for seed := range uint64(600) {
		opt := small
		opt.Seed = seed
		m := newTest(t, opt)
		for i := range 300 + 200 {
			add(t, m, make([]float32, 4), i/300)
		}
		a, _ := m.Count(0)
		b, _ := m.Count(1)
		require.LessOrEqual(t, max(a, b)-min(a, b), 2, "%d and %d", a, b)
		for i, end := m.Range(0); i < end; i++ {
			counts[m.ID(i)*10/300]++
		}
	}
	requireEven(t, counts)
}

// TestClassesAreBalanced: however the stream is ordered and however rare a class
// is, none has much more than another that had as many to give.
func TestClassesAreBalanced(t *testing.T) {
	for name, label := range map[string]func(i int) int{
		"in turn":    func(i int) int { return i % 10 },
		"one by one": func(i int) int { return i / 500 },
		"rare":       func(i int) int { return max(0, 9-int(math.Log2(float64(i%1024+1)))) },
	} {
		t.Run(name, func(t *testing.T) {
			m := newTest(t, Options{Inputs: 100, Budget: 8000, Seed: 3})
			r := random(4)
			for i := range 5000 {
				add(t, m, drawing(r, 100), label(i))
			}
			require.Equal(t, 10, m.Classes())
			most, scarce := 0, 0 // classes that have kept all
			for c := range 10 {
				kept, seen := m.Count(c)
				most = max(most, kept)
				if uint64(kept) == seen {
					scarce++
				}
			}
			for c := range 10 {
				kept, seen := m.Count(c)
				require.True(t, uint64(kept) == seen || kept*10 >= most*8, "class %d has %d of %d, another %d", c, kept, seen, most)
			}
			require.Equal(t, name == "rare", scarce > 0)
			require.Greater(t, m.Bytes(), 7500)
		})
	}
}
