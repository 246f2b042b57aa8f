package replay

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/shared"
)

func mnist(t testing.TB) *data.Set {
	s, err := data.Open(context.Background(), shared.Dir(t, "data/mnist"), data.Options{Split: data.Train})
	require.NoError(t, err)
	return s
}

// TestMNIST: what a budget of 157 kB holds, with and without runs.
func TestMNIST(t *testing.T) {
	if testing.Short() {
		t.Skip("50,000 images")
	}
	set, x := mnist(t), make([]float32, 784)
	for _, c := range []struct{ bits, least int }{{0, 3500}, {1, 3500}, {2, 2000}, {4, 1300}, {8, 770}} {
		m := newTest(t, Options{Inputs: 784, Budget: 157_000, Bits: c.bits})
		for i := range 10_000 {
			add(t, m, x, set.Sample(x, i))
		}
		requireSound(t, m)
		t.Logf("%d bits (%d): %d samples in %d bytes, %.1f each; %d would be packed", c.bits, m.Bits(), m.Len(), m.Bytes(),
			float64(m.Bytes())/float64(m.Len()), (157_000-10*classBytes)/(entryBytes+maxRecordBytes(784, m.Bits())))
		require.Greater(t, m.Len(), c.least)
		require.Equal(t, max(c.bits, 1), m.Bits())
		for label := range 10 {
			kept, _ := m.Count(label)
			require.InEpsilon(t, m.Len()/10, kept, 0.1, "%d", label)
		}
		back := decoded(t, encoded(t, m))
		require.Equal(t, m.Len(), back.Len())
	}
}

func mnistMemory(b *testing.B, set *data.Set, budget, bits int) *Memory {
	m := newTest(b, Options{Inputs: 784, Budget: budget, Bits: bits})
	x := make([]float32, 784)
	for i := range set.Len() {
		add(b, m, x, set.Sample(x, i))
	}
	return m
}

func eachBits(b *testing.B, run func(b *testing.B, set *data.Set, m *Memory)) {
	set := mnist(b)
	for _, budget := range []int{157_000, 4_000_000} {
		for _, bits := range []int{1, 8} {
			m := mnistMemory(b, set, budget, bits)
			b.Run(fmt.Sprintf("budget=%d,bits=%d", budget, bits), func(b *testing.B) { run(b, set, m) })
		}
	}
}

// BenchmarkAdd offers samples to a full memory, which keeps few of them, and to
// one that forgets that it is full and so encodes and stores every one.
func BenchmarkAdd(b *testing.B) {
	eachBits(b, func(b *testing.B, set *data.Set, m *Memory) {
		images := make([][]float32, 1000)
		labels := make([]int, len(images))
		for i := range images {
			images[i] = make([]float32, 784)
			labels[i] = set.Sample(images[i], i)
		}
		b.Run("full", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				add(b, m, images[i%1000], labels[i%1000])
			}
		})
		b.Run("every-one-stored", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				m.classes[labels[i%1000]].threshold = noThreshold
				add(b, m, images[i%1000], labels[i%1000])
			}
		})
	})
}

// BenchmarkDraw draws 64 samples and decodes them.
func BenchmarkDraw(b *testing.B) {
	eachBits(b, func(b *testing.B, _ *data.Set, m *Memory) {
		idx, x, step := make([]int, 64), make([]float32, 784), uint64(0)
		for b.Loop() {
			step++
			for _, i := range m.Draw(idx, Balanced, step) {
				m.Sample(x, i)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(64*b.N), "ns/sample")
	})
}
