package simd

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFused compares with exact arithmetic, on random operands, on those whose
// sums lie next to a tie, and on awkward ones.
func TestFused(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	check := func(x, y, z float32) {
		product := new(big.Float).SetPrec(200).Mul(big.NewFloat(float64(x)), big.NewFloat(float64(y)))
		want, _ := product.Add(product, big.NewFloat(float64(z))).Float32()
		require.Equal(t, want, fused(x, y, z), "%v·%v + %v", x, y, z)
	}
	for range 200000 {
		x, y := float32(r.NormFloat64()), float32(r.NormFloat64())
		check(x, y, float32(r.NormFloat64()))
		check(x, y, float32(math.Ldexp(r.NormFloat64(), r.IntN(80)-40)))
		tie := math.Float32frombits(math.Float32bits(x*y)&^0xfff | 1) // far apart exponents meet near ties
		check(float32(math.Ldexp(1, -24)), y, tie)
	}
	for _, x := range []float32{0, 1, -1, math.MaxFloat32, math.SmallestNonzeroFloat32, 0x1p-126} {
		for _, y := range []float32{0, 1, 0x1p-24, -0x1p-24, 3} {
			for _, z := range []float32{1, -1, 0x1p-149, 1 + 0x1p-23} {
				check(x, y, z)
			}
		}
	}
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	require.Equal(t, inf, fused(inf, 1, 2))
	require.True(t, math.IsNaN(float64(fused(inf, 1, -inf))))
	require.True(t, math.IsNaN(float64(fused(nan, 1, 1))))
	require.Equal(t, inf, fused(math.MaxFloat32, 2, 1))
}
