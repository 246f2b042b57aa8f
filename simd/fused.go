package simd

import "math"

// fused returns x·y + z, rounded once, as the instruction that the assembly
// kernels use does. The product is exact in float64. The sum is rounded to odd
// there, if it is not exact, so that rounding it to float32 is as good as rounding
// the exact sum (Boldo & Melquiond, "Emulation of FMA and correctly rounded sums",
// IEEE Trans. Computers 57, 2008).
func fused(x, y, z float32) float32 {
	product, addend := float64(x)*float64(y), float64(z)
	sum := product + addend
	back := sum - product
	lost := (product - (sum - back)) + (addend - back)
	if lost != 0 && lost-lost == 0 {
		if bits := math.Float64bits(sum); bits&1 == 0 {
			if (lost > 0) == (sum > 0) {
				bits++
			} else {
				bits--
			}
			sum = math.Float64frombits(bits)
		}
	}
	return float32(sum)
}
