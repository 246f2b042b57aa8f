package ridge

import (
	"context"
	"math"

	"github.com/pffedge/pffedge/simd"
)

// factor is the Cholesky factor R of ΦᵀΦ + λI ≈ RᵀR in float32, which rounding
// makes an approximation: what it solves is corrected afterwards (see Solve).
type factor struct {
	r       triangle[float32] // in the first square of a band, only the upper half counts
	inverse []float32         // 1/R_ii
	pool    *simd.Pool
	product []float32 // memory of a band's product
}

func newFactor(width int, pool *simd.Pool) *factor {
	return &factor{newTriangle[float32](width), make([]float32, width), pool, make([]float32, simd.PackedLen(bandRows, width))}
}

// compute factors gram + shift·I, and reports whether that went well: of a matrix
// that is nearly singular, float32 may leave a pivot that is not positive. ctx is asked once a band.
func (f *factor) compute(ctx context.Context, gram triangle[int32], shift float64) (ok bool, err error) {
	for i := range gram.bands() {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		b := f.r.band(i)
		load(b, gram.band(i), shift)
		for j := range i {
			f.subtract(b, f.r.band(j))
		}
		if !f.eliminate(b) {
			return false, nil
		}
	}
	return true, nil
}

// load copies a band of sums and adds shift to the diagonal.
func load(dst band[float32], src band[int32], shift float64) {
	for i, v := range src.data {
		dst.data[i] = float32(uint32(v))
	}
	for r := range src.rows {
		dst.row(r)[0] = float32(float64(uint32(src.row(r)[0])) + shift)
	}
}

// subtract takes from band b the products of a band before it,
// R[before, rows of b]ᵀ·R[before, columns of b].
func (f *factor) subtract(b, before band[float32]) {
	skip := b.first - before.first
	// The last row goes by itself: a matrix that starts in the middle of a row must
	// not reach past the memory.
	d := simd.Matrix{Rows: before.rows - 1, Cols: b.cols, Stride: before.cols, Data: before.data[skip:]}
	a := d
	a.Cols = b.rows
	p := simd.Packed{K: b.rows, N: b.cols, Data: f.product[:simd.PackedLen(b.rows, b.cols)]}
	f.pool.GemmTF32(p, a, d)
	subtractPacked(b, p)
	last := before.data[(before.rows-1)*before.cols+skip:]
	for r := range b.rows {
		simd.AxpyF32(b.row(r), last[r:], -last[r])
	}
}

// subtractPacked takes p, of the same shape, from b.
func subtractPacked(b band[float32], p simd.Packed) {
	for j := range p.Panels() {
		panel := p.Panel(j)
		for r := range b.rows {
			row := b.data[r*b.cols+j*simd.PanelWidth:][:simd.PanelWidth]
			for k, v := range panel[r*simd.PanelWidth:][:simd.PanelWidth] {
				row[k] -= v
			}
		}
	}
}

// eliminate factors the first square of a band and solves the rest by it.
func (f *factor) eliminate(b band[float32]) bool {
	for r := range b.rows {
		row := b.row(r)
		pivot := float64(row[0])
		if !(pivot > 0) {
			return false
		}
		inverse := float32(1 / math.Sqrt(pivot))
		f.inverse[b.first+r] = inverse
		simd.ScaleF32(row, row, inverse)
		for s := r + 1; s < b.rows; s++ {
			simd.AxpyF32(b.row(s), row[s-r:], -row[s-r])
		}
	}
	return true
}

// solve replaces x by the solution of RᵀR·z = x.
func (f *factor) solve(x []float32) {
	for i := range f.r.bands() {
		b := f.r.band(i)
		for r := range b.rows {
			at := b.first + r
			x[at] *= f.inverse[at]
			simd.AxpyF32(x[at+1:], b.row(r)[1:], -x[at])
		}
	}
	for i := f.r.bands() - 1; i >= 0; i-- {
		b := f.r.band(i)
		for r := b.rows - 1; r >= 0; r-- {
			at := b.first + r
			x[at] = (x[at] - simd.DotF32(x[at+1:], b.row(r)[1:])) * f.inverse[at]
		}
	}
}
