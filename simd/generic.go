package simd

import "math"

// The pure Go kernels: the oracle of every other implementation, and what
// runs where no other does.

// tileRows is the height of a tile in rows.
const tileRows = 6

// tileF32Generic computes a tile of rows×16 results from steps outer
// products; strides are in values:
//
//	for r in 0…rows−1, j in 0…15:
//	    dst[r·dstStride+j] (+)= Σ_s a[r·aRow+s·aStep] · b[s·bStep+j]
//
// dst must not overlap a or b.
func tileF32Generic(rows int, dst []float32, dstStride int, a []float32, aRow, aStep int, b []float32, bStep, steps int, accumulate bool) {
	for r := range rows {
		// Eight sums at a time stay in registers; sixteen would spill.
		for j := 0; j < PanelWidth; j += 8 {
			out := dst[r*dstStride+j : r*dstStride+j+8]
			var s0, s1, s2, s3, s4, s5, s6, s7 float32
			for s := range steps {
				x := a[r*aRow+s*aStep]
				w := b[s*bStep+j : s*bStep+j+8]
				s0 += float32(x * w[0])
				s1 += float32(x * w[1])
				s2 += float32(x * w[2])
				s3 += float32(x * w[3])
				s4 += float32(x * w[4])
				s5 += float32(x * w[5])
				s6 += float32(x * w[6])
				s7 += float32(x * w[7])
			}
			if !accumulate {
				clear(out)
			}
			out[0] += s0
			out[1] += s1
			out[2] += s2
			out[3] += s3
			out[4] += s4
			out[5] += s5
			out[6] += s6
			out[7] += s7
		}
	}
}

// rowPanelsF32Generic computes one row of four neighbouring panels:
//
//	for p in 0…3, j in 0…15: dst[16p+j] (+)= Σ_s a[s] · b[p·panelLen+16s+j]
func rowPanelsF32Generic(dst, a, b []float32, panelLen, steps int, accumulate bool) {
	for p := range 4 {
		tileF32Generic(1, dst[p*PanelWidth:], 0, a, 0, 1, b[p*panelLen:], PanelWidth, steps, accumulate)
	}
}

// dotRowsF32Generic computes the products of one row with four rows of packed
// weights:
//
//	for i in 0…3: dst[i] = Σ_p Σ_j a[16p+j] · b[p·panelLen+16i+j]
func dotRowsF32Generic(dst, a, b []float32, panelLen, panels int) {
	for i := range 4 {
		var sum float32
		for p := range panels {
			x := a[p*PanelWidth : (p+1)*PanelWidth]
			w := b[p*panelLen+i*PanelWidth:][:PanelWidth]
			for j, xj := range x {
				sum += float32(xj * w[j])
			}
		}
		dst[i] = sum
	}
}

// adamF32Generic applies one step to each value, with no fused operation so
// that every implementation gives the same bits:
//
//	grad = min(max(g + Decay·w, −Clip), Clip)
//	m    = β1·m + (1−β1)·grad
//	v    = β2·v + (1−β2)·grad·grad
//	w   −= Rate·m / (√v + ε)
func adamF32Generic(w, m, v, g []float32, c *AdamStep) {
	for i, gi := range g {
		grad := gi + float32(c.Decay*w[i])
		grad = min(max(grad, -c.Clip), c.Clip)
		m[i] = float32(c.Beta1*m[i]) + float32(c.OneMinusBeta1*grad)
		v[i] = float32(c.Beta2*v[i]) + float32(float32(c.OneMinusBeta2*grad)*grad)
		root := float32(math.Sqrt(float64(v[i])))
		w[i] -= float32(c.Rate*m[i]) / (root + c.Epsilon)
	}
}
