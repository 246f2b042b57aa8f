package simd

import (
	"fmt"
	"math"
)

// FineI8 is a K×N int8 weight matrix that can learn: beside each code, which
// products read, it keeps a residual of another 8 bits, which they do not. A
// weight's value is
//
//	Scale[n]·(code + residual/256)
//
// so that steps of less than a code add up. Scale grows where a weight outgrows
// its column's.
type FineI8 struct {
	PackedI8
	// Residual holds a value for each weight, −128…127, row by row of a panel:
	//
	//	Residual[((n/16)·4·⌈K/4⌉ + k)·16 + n%16]
	Residual []int8
	Scale    []float32 // a value for each column, whole panels of them
}

// fineSteps is the number of residuals in a code, fineMost the largest value in
// residuals.
const (
	fineSteps = 256
	fineMost  = 127 * fineSteps
)

// NewFineI8 returns a zero K×N matrix.
func NewFineI8(k, n int) FineI8 {
	p := NewPackedI8(k, n)
	return FineI8{p, asInt8s(alignedFloats(len(p.Data) / 4)), NewVector(n)}
}

// At returns the value of the weight in row k, column n.
func (w *FineI8) At(k, n int) float32 {
	v := int32(w.Data[w.Index(k, n)])*fineSteps + int32(w.Residual[w.fine(k, n)])
	return float32(v) * (w.Scale[n] / fineSteps)
}

func (w *FineI8) fine(k, n int) int {
	return ((n/PanelWidth)*groupsOf(w.K)*4+k)*PanelWidth + n%PanelWidth
}

func (w *FineI8) check(operation string) {
	w.PackedI8.check(operation, "w")
	if len(w.Residual) < len(w.Data) || len(w.Scale) < PaddedLen(w.N) {
		panic(fmt.Sprintf("simd: %s: w is malformed: %d codes, %d residuals, %d scales for %d columns", operation, len(w.Data), len(w.Residual), len(w.Scale), w.N))
	}
}

// expandFineGeneric writes the values of a panel of groups·4 rows to dst, row by
// row. unit holds a residual's value for each of its columns.
//
//	dst[16k+j] = float32(256·codes[k][j] + residual[16k+j])·unit[j]
func expandFineGeneric(dst []float32, codes, residual []int8, unit *[PanelWidth]float32, groups int) {
	for g := range groups {
		line, rest := codes[g*lineBytes:(g+1)*lineBytes], residual[g*lineBytes:(g+1)*lineBytes]
		out := dst[g*lineBytes : (g+1)*lineBytes]
		for j := range PanelWidth {
			for i := range 4 {
				at := i*PanelWidth + j
				out[at] = float32(int32(line[4*j+i])*fineSteps+int32(rest[at])) * unit[j]
			}
		}
	}
}

// storeFineGeneric is the inverse: the value of a weight, in residuals, goes up or
// down to a whole number at random, in proportion to how near it is. inverse
// holds one over a residual's value for each column, 0 where that is 0. It leaves
// the largest magnitude of each column, in residuals, in peak; what is larger than
// fineMost is stored as that.
//
//	h = start + (16k+j)·hashStep, u = (h div 2¹⁶)/2¹⁶ + 2⁻¹⁷ − ½
//	whole = round(clamp(src[16k+j]·inverse[j]) + u) = 256·codes[k][j] + residual[16k+j]
func storeFineGeneric(codes, residual []int8, src []float32, inverse, peak *[PanelWidth]float32, groups int, start uint32) {
	*peak = [PanelWidth]float32{}
	for g := range groups {
		line, rest := codes[g*lineBytes:(g+1)*lineBytes], residual[g*lineBytes:(g+1)*lineBytes]
		in := src[g*lineBytes : (g+1)*lineBytes]
		for i := range 4 {
			for j := range PanelWidth {
				at := i*PanelWidth + j
				v := float32(in[at] * inverse[j])
				if size := max(v, -v); peak[j] < size {
					peak[j] = size
				}
				h := start + uint32(g*lineBytes+at)*hashStep
				u := float32(float32(h>>16)*0x1p-16) + (0x1p-17 - 0.5)
				if !(v > -fineMost) { // NaN too
					v = -fineMost
				}
				whole := int32(math.RoundToEven(float64(min(v, fineMost) + u)))
				code := (whole + fineSteps/2) >> 8
				line[4*j+i], rest[at] = int8(code), int8(whole-code*fineSteps)
			}
		}
	}
}

// packS8Generic quantises groups·4 rows of a panel's 16 columns of d, a row every
// dRow values, rows of them real:
//
//	dst[64g+4j+i] = clamp(round(d[4g+i][j]·inverse), ±127)
func packS8Generic(dst []int8, d []float32, dRow, rows int, inverse float32) {
	for r := range (rows + 3) / 4 * 4 {
		line := dst[r/4*lineBytes:][:lineBytes]
		for j := range PanelWidth {
			v := float32(0)
			if r < rows {
				v = float32(d[r*dRow+j] * inverse)
			}
			if !(v > -127) { // NaN too
				v = -127
			}
			line[4*j+r%4] = int8(math.RoundToEven(float64(min(v, 127))))
		}
	}
}

// maxAbsF32Generic: peak[i mod 16] = max(peak[i mod 16], |x[i]|); NaN is passed over.
func maxAbsF32Generic(peak *[PanelWidth]float32, x []float32) {
	for i, v := range x {
		if p := &peak[i%PanelWidth]; *p < max(v, -v) {
			*p = max(v, -v)
		}
	}
}
