package model

import (
	"hash/crc32"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestUntaughtClassIsNeverRead: of states of any direction, the read-out gives a new
// class less than any chance, and never the first place.
func TestUntaughtClassIsNeverRead(t *testing.T) {
	r := lcg(3)
	for _, classes := range classCounts {
		m := testModel(classed(testConfig(testVector(3), 18), classes), false)
		small, err := m.Quantise()
		require.NoError(t, err)
		for _, of := range []*Model{m, small} {
			grown, err := of.AddClass("new")
			require.NoError(t, err)
			p := grown.Float32().Params
			for range 50 {
				z := make([]float64, p.Readout.K)
				var length float64
				for i := range z {
					z[i] = max(float64(r.next()), 0)
					length += z[i] * z[i]
				}
				var sum, top float64
				logits := make([]float64, classes+1)
				for c := range logits {
					logits[c] = float64(p.ReadoutBias[c])
					for i := range z {
						logits[c] += z[i] / math.Sqrt(length) * float64(p.Readout.At(i, c))
					}
					sum += math.Exp(logits[c])
				}
				top = slices.Max(logits[:classes])
				require.Less(t, logits[classes], top-0.5)
				require.Less(t, math.Exp(logits[classes])/sum, 1.1/float64(2*classes+1))
			}
		}
	}
}

// TestUntaughtLabelExcites: the new row of V lies above the others' mean, by their
// standard deviation where none is that large.
func TestUntaughtLabelExcites(t *testing.T) {
	c := classed(testConfig(testVector(3), 3), 4)
	m := testModel(c, false)
	v := m.Params.Layers[0].Down
	for k, row := range [][]float32{{1, 0, 2}, {1, 0, -6}, {-1, 0, 2}, {-1, 0, 2}} {
		for h, x := range row {
			v.Set(k, h, x)
		}
	}
	grown, err := m.AddClass("new")
	require.NoError(t, err)
	got := grown.Params.Layers[0].Down
	require.Equal(t, []float32{1, 0, 2}, []float32{got.At(4, 0), got.At(4, 1), got.At(4, 2)})

	v.Set(1, 0, -1) // 1, −1, −1, −1: mean −½, deviation √¾
	grown, err = m.AddClass("new")
	require.NoError(t, err)
	require.InDelta(t, math.Sqrt(0.75)-0.5, grown.Params.Layers[0].Down.At(4, 0), 1e-6)

	for _, extreme := range []float32{math.MaxFloat32, -math.MaxFloat32} {
		for k := range 4 {
			v.Set(k, 0, extreme)
			m.Params.Readout.Set(0, k, extreme)
			m.Params.ReadoutBias[k] = extreme
		}
		grown, err = m.AddClass("new")
		require.NoError(t, err)
		require.NoError(t, grown.Validate())
	}
}

// TestUntaughtClassStays pins down how a class starts: a log that adds one must lead to
// the same bits for ever, on every machine.
func TestUntaughtClassStays(t *testing.T) {
	m := testModel(classed(testConfig(testVector(3), 17, 9), 16), false)
	small, err := m.Quantise()
	require.NoError(t, err)
	for _, test := range []struct {
		of   *Model
		want uint32
	}{{m, 0x01e3012f}, {small, 0x7db2a76c}} {
		grown, err := test.of.AddClass("new")
		require.NoError(t, err)
		require.Equal(t, test.want, crc32.ChecksumIEEE(encodeModel(t, grown)))
	}
}
