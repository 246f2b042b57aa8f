package main

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func picture(pixels ...float32) image { return image{pixels, 3, make([]float32, len(pixels))} }

func TestRotate(t *testing.T) {
	for degrees, want := range map[float64][]float32{
		0:   {1, 0.5, 0, 0, 0.25, 0, 0, 0, 0},
		90:  {0, 0, 1, 0, 0.25, 0.5, 0, 0, 0},
		180: {0, 0, 0, 0, 0.25, 0, 0, 0.5, 1},
		360: {1, 0.5, 0, 0, 0.25, 0, 0, 0, 0},
	} {
		m := picture(1, 0.5, 0, 0, 0.25, 0, 0, 0, 0)
		m.rotate(degrees)
		require.InDeltaSlice(t, want, m.pixels, 1e-6, "%v degrees", degrees)
	}
	m := picture(1, 1, 1, 1, 1, 1, 1, 1, 1)
	m.rotate(45)
	require.Less(t, m.pixels[0], float32(1), "zeros come in")
	require.InDelta(t, 1, m.pixels[4], 1e-6)
}

func TestChanges(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, c := range changes {
		m := picture(1, 0.5, 0, 0, 0.25, 0, 0, 0, 0)
		c.make(m, r)
		require.NotEqual(t, picture(1, 0.5, 0, 0, 0.25, 0, 0, 0, 0).pixels, m.pixels, c.name)
		for _, v := range m.pixels {
			require.True(t, v >= 0 && v <= 1, c.name)
		}
		if c.name == "shuffled" {
			slices.Sort(m.pixels)
			require.Equal(t, []float32{0, 0, 0, 0, 0, 0, 0.25, 0.5, 1}, m.pixels)
		}
	}
	m := picture(1, 0.5, 0, 0, 0.25, 0, 0, 0, 0)
	m.invert()
	require.Equal(t, []float32{0, 0.5, 1, 1, 0.75, 1, 1, 1, 1}, m.pixels)
}
