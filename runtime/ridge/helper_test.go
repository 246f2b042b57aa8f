package ridge

import (
	"bytes"
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/simd"
)

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 13)) }

func newTest(t testing.TB, opt Options) *Classifier {
	c, err := New(opt)
	require.NoError(t, err)
	return c
}

// small are options of a classifier whose last panel and band are not whole.
var small = Options{Inputs: 20, Features: 70, Seed: 3}

// samples is a labelled set.
type samples struct {
	x      simd.Matrix
	labels []int
}

// clouds returns n samples, each near the centre of its class.
func clouds(n, inputs, classes int, seed uint64) samples {
	r, centres := random(99), simd.NewMatrix(classes, inputs)
	for k := range classes {
		for i := range inputs {
			centres.Row(k)[i] = r.Float32()
		}
	}
	r = random(seed)
	s := samples{simd.NewMatrix(n, inputs), make([]int, n)}
	for i := range n {
		s.labels[i] = r.IntN(classes)
		for j, v := range centres.Row(s.labels[i]) {
			s.x.Row(i)[j] = min(1, max(0, v+0.2*float32(r.NormFloat64())))
		}
	}
	return s
}

// some returns the samples lo…hi.
func (s samples) some(lo, hi int) samples { return samples{s.x.Slice(lo, hi), s.labels[lo:hi]} }

func (s samples) add(t testing.TB, c *Classifier) { require.NoError(t, c.AddBatch(s.x, s.labels)) }

func (s samples) remove(t testing.TB, c *Classifier) {
	require.NoError(t, c.RemoveBatch(s.x, s.labels))
}

// shuffled adds them one by one in another order.
func (s samples) shuffled(t testing.TB, c *Classifier, seed uint64) {
	for _, i := range random(seed).Perm(len(s.labels)) {
		require.NoError(t, c.Add(s.x.Row(i), s.labels[i]))
	}
}

func filled(t testing.TB, opt Options, s samples) *Classifier {
	c := newTest(t, opt)
	s.add(t, c)
	return c
}

func solve(t testing.TB, c *Classifier) *Classifier {
	require.NoError(t, c.Solve(context.Background()))
	return c
}

func encoded(t testing.TB, c *Classifier) []byte {
	b, err := c.MarshalBinary()
	require.NoError(t, err)
	return b
}

func decoded(t testing.TB, b []byte) *Classifier {
	c, err := Decode(bytes.NewReader(b))
	require.NoError(t, err)
	return c
}

// scores returns those of all samples, and the share that is right.
func (s samples) scores(t testing.TB, c *Classifier) (all []float32, accuracy float64) {
	row, right := make([]float32, c.Classes()), 0
	for i, label := range s.labels {
		got, err := c.Predict(row, s.x.Row(i))
		require.NoError(t, err)
		all = append(all, row...)
		if got == label {
			right++
		}
	}
	return all, float64(right) / float64(len(s.labels))
}
