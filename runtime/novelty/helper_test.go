package novelty

import (
	"bytes"
	"encoding"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// known draws a signal of a known kind: its quantities depend on each other and on
// the class.
func known(r *rand.Rand, classes int) Signal {
	common, c := r.NormFloat64(), r.IntN(classes)
	return Signal{
		Class: c, Surprise: float32(-20 - r.ExpFloat64()), Lead: float32(5 + float64(c)/4 + common + r.NormFloat64()),
		Confidence: float32(1 - r.Float64()/3), Energy: float32(3 + common/2 + r.NormFloat64()/3), Error: float32(0.1 * (1 + r.ExpFloat64())),
	}
}

// unknown is one with less lead and energy, and more error.
func unknown(r *rand.Rand, classes int) Signal {
	s := known(r, classes)
	s.Lead, s.Energy, s.Error = s.Lead-4, s.Energy-1, 3*s.Error
	return s
}

// calibrated returns a gauge of 4 classes that counted n known samples.
func calibrated(t testing.TB, n int, seed uint64) *Gauge {
	g, err := NewGauge(Options{Classes: 4})
	require.NoError(t, err)
	fill(t, g, ScaleSamples+n, seed)
	return g
}

func fill(t testing.TB, g *Gauge, n int, seed uint64) {
	r := random(seed)
	for range n {
		require.NoError(t, g.Add(known(r, 4)))
	}
}

func encoded(t testing.TB, m encoding.BinaryAppender) []byte {
	b, err := m.AppendBinary(nil)
	require.NoError(t, err)
	return b
}

func decoded(t testing.TB, b []byte) *Gauge {
	g, err := DecodeGauge(bytes.NewReader(b))
	require.NoError(t, err)
	return g
}
