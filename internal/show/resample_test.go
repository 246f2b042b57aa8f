package show

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestResampleAverages(t *testing.T) {
	require.Equal(t, []float32{0.5, 0.25}, resample([]float32{
		0, 1, 0.5, 0,
		1, 0, 0.5, 0,
	}, 4, 2, 2, 1))
	require.Equal(t, []float32{0.5}, resample([]float32{-7, 9}, 2, 1, 1, 1), "clamped before averaging")
}

func TestResampleRepeats(t *testing.T) {
	require.Equal(t, []float32{
		0, 0, 1, 1,
		0, 0, 1, 1,
		0.5, 0.5, 0.25, 0.25,
		0.5, 0.5, 0.25, 0.25,
	}, resample([]float32{0, 1, 0.5, 0.25}, 2, 2, 4, 4))
}

func TestResampleSharesPixels(t *testing.T) {
	got := resample([]float32{1, 0, 0.5}, 3, 1, 2, 1)
	require.InDeltaSlice(t, []float32{2. / 3, 1. / 3}, got, 1e-6)
}

// TestResampleKeepsTheMean holds because every target pixel covers the same
// area.
func TestResampleKeepsTheMean(t *testing.T) {
	mean := func(v []float32) float64 {
		sum := 0.0
		for _, x := range v {
			sum += float64(x)
		}
		return sum / float64(len(v))
	}
	source := ring(13)
	for w := 1; w < 30; w++ {
		for h := 1; h < 30; h += 3 {
			got := resample(source, 13, 13, w, h)
			require.Len(t, got, w*h)
			require.InDelta(t, mean(source), mean(got), 1e-5, "%d×%d", w, h)
		}
	}
}
