package simd

import (
	"encoding/binary"
	"math"
)

// The pure Go int8 kernels. Integer sums are exact, so every implementation
// gives the same values in any order of summation.

// tileI8Generic computes a tile of rows×16·panels results from groups of four
// steps; distances are in values:
//
//	for r in 0…rows−1, p in 0…panels−1, j in 0…15:
//	    dst[r·dstRow+16p+j] (+)= Σ_g Σ_{i<4} a[r·aRow+4g+i] · b[p·bPanel+64g+4j+i]
//
// a holds values 0…127 and b values −127…127: the sum of two products fits 16
// bits, that of 133,000 fits 32. Pairs of zeros, of which activations have many,
// are passed over.
func tileI8Generic(rows, panels int, dst []int32, dstRow int, a []uint8, aRow int, b []int8, bPanel, groups int, accumulate bool) {
	for r := range rows {
		for p := range panels {
			out := (*[PanelWidth]int32)(dst[r*dstRow+p*PanelWidth:])
			if !accumulate {
				clear(out[:])
			}
			for g := range groups {
				x := (*[4]uint8)(a[r*aRow+4*g:])
				w := (*[4 * PanelWidth]int8)(b[p*bPanel+4*PanelWidth*g:])
				if x0, x1 := int32(x[0]), int32(x[1]); x0|x1 != 0 {
					for j := range out {
						out[j] += x0*int32(w[4*j]) + x1*int32(w[4*j+1])
					}
				}
				if x2, x3 := int32(x[2]), int32(x[3]); x2|x3 != 0 {
					for j := range out {
						out[j] += x2*int32(w[4*j+2]) + x3*int32(w[4*j+3])
					}
				}
			}
		}
	}
}

// rowPanelsI8Generic computes one row of 1 or 4 neighbouring panels: tileI8
// with a single row.
func rowPanelsI8Generic(panels int, dst []int32, a []uint8, b []int8, panelLen, groups int, accumulate bool) {
	tileI8Generic(1, panels, dst, 0, a, 0, b, panelLen, groups, accumulate)
}

// sparseRowI8Generic computes one row of 1 or 4 neighbouring panels from some
// groups of four steps: number i's values are the bytes of a[i] as they lie in
// memory, its weights those from b[at[i]] on, of each panel.
func sparseRowI8Generic(panels int, dst []int32, a []uint32, at []int32, b []int8, panelLen int, accumulate bool) {
	if !accumulate {
		clear(dst[:panels*PanelWidth])
	}
	var x [4]uint8
	for i, v := range a {
		binary.NativeEndian.PutUint32(x[:], v)
		tileI8Generic(1, panels, dst, 0, x[:], 0, b[at[i]:], panelLen, 1, true)
	}
}

// singlesRowI8Generic computes one row of neighbouring panels from some of its
// values: number i is a[i], its weight for column j of a panel b[at[i]+4j].
func singlesRowI8Generic(panels int, dst []int32, a []uint32, at []int32, b []int8, panelLen int, accumulate bool) {
	const reach = 4*(PanelWidth-1) + 1
	for p := range panels {
		out, panel := (*[PanelWidth]int32)(dst[p*PanelWidth:]), b[p*panelLen:]
		if !accumulate {
			clear(out[:])
		}
		i := 0
		for ; i+1 < len(a); i += 2 { // two at a time, for fewer sums to load and store
			x, y := int32(a[i]), int32(a[i+1])
			v, w := (*[reach]int8)(panel[at[i]:]), (*[reach]int8)(panel[at[i+1]:])
			for j := range out {
				out[j] += x*int32(v[4*j]) + y*int32(w[4*j])
			}
		}
		if i < len(a) {
			x, v := int32(a[i]), (*[reach]int8)(panel[at[i]:])
			for j := range out {
				out[j] += x * int32(v[4*j])
			}
		}
	}
}

// quantizeU7Generic: dst[i] = x[i]·inverse to the nearest integer, ties to
// even, within 0…127; NaN becomes 0.
func quantizeU7Generic(dst []uint8, x []float32, inverse float32) {
	for i, v := range x {
		dst[i] = roundU7(float32(v * inverse))
	}
}

// dequantizeI32Generic: dst[i] = (float32(acc[i])·scale[i])·factor.
func dequantizeI32Generic(dst []float32, acc []int32, scale []float32, factor float32) {
	for i, v := range acc {
		dst[i] = float32(float32(float32(v)*scale[i]) * factor)
	}
}

// dequantizeAddI32Generic: dst[i] += (float32(acc[i])·scale[i])·factor.
func dequantizeAddI32Generic(dst []float32, acc []int32, scale []float32, factor float32) {
	for i, v := range acc {
		dst[i] += float32(float32(float32(v)*scale[i]) * factor)
	}
}

// requantizeU7Generic: dst[i] = (float32(acc[i])·scale[i] + bias[i]) to the
// nearest integer, ties to even, within 0…127; NaN becomes 0. scale and bias
// carry the factors of both operands and of the result; the lower bound is the
// relu.
func requantizeU7Generic(dst []uint8, acc []int32, scale, bias []float32) {
	for i, v := range acc {
		dst[i] = roundU7(float32(float32(v)*scale[i]) + bias[i])
	}
}

// roundU7 clamps before it converts, so that no value is out of range for the
// conversion: a sum with 2²³ is rounded to a whole number, ties to even, and holds
// it in its lowest bits.
func roundU7(v float32) uint8 {
	if !(v > 0) { // NaN too
		return 0
	}
	if v > MaxU7 {
		v = MaxU7
	}
	return uint8(math.Float32bits(float32(v + 1<<23)))
}
