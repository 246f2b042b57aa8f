package quantize

import (
	"context"
	"math"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/quant"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// Matrix says what int8 does to one matrix, as signal-to-noise ratios in
// decibels; nil where nothing is lost.
type Matrix struct {
	Name    string   `json:"name"`
	Rows    int      `json:"rows"`
	Cols    int      `json:"cols"`
	Weights *float64 `json:"weights_db"`
	// Product is of the matrix's product with what it reads, both in codes,
	// beside that in float32: the error that arises here, not that of before.
	// Absent where matrices are restored for use.
	Product *float64 `json:"product_db,omitempty"`
	Limit   *float32 `json:"limit,omitempty"` // of what it reads; 0: each row's largest value
}

// matrices compares the weights, and on the calibration samples the products.
func (t *trial) matrices(ctx context.Context, train runtime.Samples) ([]Matrix, error) {
	list, places := t.weights(), map[int][]*product{}
	byName := map[string]*product{}
	for _, p := range t.q.Int8.Products() {
		if p.Read >= 0 {
			one := t.product(p)
			places[p.Read], byName[p.Name] = append(places[p.Read], one), one
		}
	}
	pool := simd.NewPool(t.Threads)
	defer pool.Close()
	err := t.before.Observe(ctx, t.followed(train, "comparing products"), t.Samples, func(read int, rows simd.Matrix) {
		for _, p := range places[read] {
			p.compare(pool, rows)
		}
	})
	if err != nil {
		return nil, err
	}
	for i := range list {
		if p := byName[list[i].Name]; p != nil {
			list[i].Product, list[i].Limit = decibels(&p.off), &p.limit
		}
	}
	return list, nil
}

// weights lists what all weights lose.
func (t *trial) weights() (list []Matrix) {
	restored := t.q.Float32().Params.Tensors()
	for i, w := range t.m.Params.Tensors() {
		if w.Kind != model.VectorTensor {
			var off quant.Error
			off.Add(w.Data, restored[i].Data) // zeros where there is padding
			list = append(list, Matrix{Name: w.Name, Rows: w.Rows, Cols: w.Cols, Weights: decibels(&off)})
		}
	}
	return list
}

func decibels(e *quant.Error) *float64 {
	db := e.SNR()
	if math.IsInf(db, 0) || math.IsNaN(db) {
		return nil
	}
	return &db
}

// product is a matrix with what its products lose.
type product struct {
	full  simd.Packed
	codes *quant.Weights
	limit float32
	off   quant.Error
}

func (t *trial) product(p model.Product) *product {
	one := &product{codes: p.Weights, limit: t.q.Int8.Clip[p.Read]}
	for _, w := range t.m.Params.Tensors() {
		if w.Name == p.Name && w.Kind == model.PackedTensor {
			one.full = simd.Packed{K: w.Rows, N: w.Cols, Data: w.Data}
		}
	}
	return one
}

// compare adds the products with rows, which are normalised.
func (p *product) compare(pool *simd.Pool, rows simd.Matrix) {
	n := p.full.N
	want, got, sums := simd.NewMatrix(rows.Rows, n), simd.NewMatrix(rows.Rows, n), simd.NewMatrixI32(rows.Rows, n)
	codes, steps := simd.NewMatrixU7(rows.Rows, p.full.K), make([]float32, rows.Rows)
	for r := range rows.Rows {
		limit := p.limit
		if limit == 0 {
			for _, v := range rows.Row(r) {
				limit = max(limit, v)
			}
		}
		if steps[r] = limit / simd.MaxU7; steps[r] > 0 {
			simd.QuantizeU7(codes.Row(r), rows.Row(r), 1/steps[r])
		}
	}
	pool.GemmF32(want, rows, p.full)
	pool.ProductI8(got, sums, codes, steps, p.codes.PackedI8, p.codes.Scale, false)
	for r := range rows.Rows {
		p.off.Add(want.Row(r), got.Row(r))
	}
}
