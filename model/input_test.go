package model

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestInputScalesAndRestores(t *testing.T) {
	plain := Input{Features: 3, Offset: []float32{-10, 0, 7}, Scale: []float32{0.05, 2, 0}}
	coded := plain
	coded.Complement = true
	raw := []float32{5, 0.25, 7}
	for _, test := range []struct {
		in   Input
		want []float32
	}{
		{plain, []float32{0.75, 0.5, 0}},
		{coded, []float32{0.75, 0.5, 0, 0.25, 0.5, 1}},
	} {
		require.NoError(t, test.in.Validate())
		require.Equal(t, 3, test.in.Values())
		x := make([]float32, test.in.Size())
		test.in.ScaleValues(x, raw)
		require.Equal(t, test.want, x)
		back := make([]float32, test.in.Values())
		test.in.Restore(back, x)
		require.Equal(t, raw, back, "a constant feature gets its constant back")
		test.in.ScaleValues(x, []float32{100, -1, 8})
		require.Equal(t, []float32{1, 0, 0}, x[:3], "clamped")
	}

	image := Image(2, 1)
	x := make([]float32, 2)
	image.ScaleBytes(x, []byte{255, 51})
	require.Equal(t, []float32{1, 0.2}, x)
	image.Restore(x, x)
	require.Equal(t, []float32{255, 51}, x)
	image.Complement = true
	require.ErrorIs(t, image.Validate(), ErrConfig)
}
