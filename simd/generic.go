package simd

// The pure Go kernels of the products: the oracle of every other
// implementation, and what runs where no other does.

// tileRows is the height of a tile in rows, unless tileShape says otherwise.
const tileRows = 6

// tileF32Generic computes a tile of rows×16·panels results from steps outer
// products; distances are in values:
//
//	for r in 0…rows−1, p in 0…panels−1, j in 0…15:
//	    dst[r·dstRow+p·dstPanel+j] (+)= Σ_s a[r·aRow+s·aStep] · b[p·bPanel+s·bStep+j]
//
// A sum that accumulates starts from dst, so that a product may be cut into
// pieces of any number of steps and give the same bits. dst must not overlap a
// or b.
func tileF32Generic(rows, panels int, dst []float32, dstRow, dstPanel int, a []float32, aRow, aStep int, b []float32, bStep, bPanel, steps int, accumulate bool) {
	for r := range rows {
		for p := range panels {
			// Eight sums at a time stay in registers; sixteen would spill.
			for j := 0; j < PanelWidth; j += 8 {
				eightSums(dst[r*dstRow+p*dstPanel+j:], a[r*aRow:], aStep, b[p*bPanel+j:], bStep, steps, accumulate)
			}
		}
	}
}

func eightSums(dst []float32, a []float32, aStep int, b []float32, bStep, steps int, accumulate bool) {
	out := dst[:8]
	if !accumulate {
		clear(out)
	}
	s0, s1, s2, s3, s4, s5, s6, s7 := out[0], out[1], out[2], out[3], out[4], out[5], out[6], out[7]
	for s := range steps {
		x := a[s*aStep]
		w := b[s*bStep : s*bStep+8]
		s0 += float32(x * w[0])
		s1 += float32(x * w[1])
		s2 += float32(x * w[2])
		s3 += float32(x * w[3])
		s4 += float32(x * w[4])
		s5 += float32(x * w[5])
		s6 += float32(x * w[6])
		s7 += float32(x * w[7])
	}
	out[0], out[1], out[2], out[3], out[4], out[5], out[6], out[7] = s0, s1, s2, s3, s4, s5, s6, s7
}

// rowPanelsF32Generic computes one row of 1, 4 or 8 neighbouring panels:
//
//	for p in 0…panels−1, j in 0…15: dst[16p+j] (+)= Σ_s a[s] · b[p·panelLen+16s+j]
//
// in the order of tileF32.
func rowPanelsF32Generic(panels int, dst, a, b []float32, panelLen, steps int, accumulate bool) {
	tileF32Generic(1, panels, dst, 0, PanelWidth, a, 0, 1, b, PanelWidth, panelLen, steps, accumulate)
}

// sparseRowF32Generic computes one row of 1, 4 or 8 neighbouring panels from
// the inputs that are not zero:
//
//	for p in 0…panels−1, j in 0…15: dst[16p+j] (+)= Σ_i a[i] · b[p·panelLen+16·rows[i]+j]
//
// Inputs that are zero add nothing to a sum, so with rising rows the bits are
// those of rowPanelsF32 as long as the weights left out are finite.
func sparseRowF32Generic(panels int, dst, a []float32, rows []int32, b []float32, panelLen int, accumulate bool) {
	for p := range panels {
		out := (*[PanelWidth]float32)(dst[p*PanelWidth:])
		if !accumulate {
			clear(out[:])
		}
		for i, x := range a {
			w := (*[PanelWidth]float32)(b[p*panelLen+int(rows[i])*PanelWidth:])
			for j := range out {
				out[j] += float32(x * w[j])
			}
		}
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
