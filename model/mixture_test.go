package model

import (
	"bytes"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMixtureValidate(t *testing.T) {
	nan := float32(math.NaN())
	for name, test := range map[string]struct {
		change func(x Mixture) Mixture
		want   error
	}{
		"well-formed":          {func(x Mixture) Mixture { return x }, nil},
		"rounded weights":      {func(x Mixture) Mixture { x[0].Weight += 1e-6; return x }, nil},
		"empty":                {func(x Mixture) Mixture { return nil }, ErrFormat},
		"too many":             {func(x Mixture) Mixture { return make(Mixture, MaxComponents+1) }, ErrFormat},
		"short mean":           {func(x Mixture) Mixture { x[2].Mean = x[2].Mean[1:]; return x }, ErrFormat},
		"short Chol":           {func(x Mixture) Mixture { x[2].Chol = x[2].Chol[1:]; return x }, ErrFormat},
		"weight 0":             {func(x Mixture) Mixture { x[1].Weight = 0; return x }, ErrValue},
		"NaN weight":           {func(x Mixture) Mixture { x[1].Weight = nan; return x }, ErrValue},
		"weights sum to 1.1":   {func(x Mixture) Mixture { x[1].Weight += 0.1; return x }, ErrValue},
		"NaN mean":             {func(x Mixture) Mixture { x[1].Mean[3] = nan; return x }, ErrValue},
		"NaN in Chol":          {func(x Mixture) Mixture { x[1].Chol[4] = nan; return x }, ErrValue},
		"above the diagonal":   {func(x Mixture) Mixture { x[1].Chol[2*4+3] = 1; return x }, ErrValue},
		"diagonal 0":           {func(x Mixture) Mixture { x[1].Chol[3*4+3] = 0; return x }, ErrValue},
		"diagonal below 0":     {func(x Mixture) Mixture { x[1].Chol[0] = -1; return x }, ErrValue},
		"infinite on diagonal": {func(x Mixture) Mixture { x[1].Chol[0] = float32(math.Inf(1)); return x }, ErrValue},
	} {
		t.Run(name, func(t *testing.T) {
			r := lcg(1)
			err := test.change(testMixture(3, 4, &r)).Validate(4)
			require.ErrorIs(t, err, test.want)
		})
	}
}

func TestMixtureOfIsInverseOfRows(t *testing.T) {
	r := lcg(2)
	x := testMixture(5, 3, &r)
	for version := 1; version <= FormatVersion; version++ {
		var flat []float32
		for _, row := range x.rows(version) {
			flat = append(flat, row...)
		}
		require.Len(t, flat, 5*gaussianLen(3, version))
		require.Equal(t, x, mixtureOf(flat, 3, version))
	}
}

func TestClassWithoutMixture(t *testing.T) {
	m := smallModel()
	m.PerClass[1] = nil
	var first bytes.Buffer
	require.NoError(t, Encode(&first, m))
	back, err := Decode(bytes.NewReader(first.Bytes()))
	require.NoError(t, err)
	require.Equal(t, m.PerClass, back.PerClass)
	var second bytes.Buffer
	require.NoError(t, Encode(&second, back))
	require.Equal(t, first.Bytes(), second.Bytes())
}
