package runtime

import (
	"unsafe"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/quant"
	"github.com/pffedge/pffedge/simd"
)

// weights is a matrix to multiply with: float32 or, if codes has values, int8.
type weights struct {
	full    simd.Packed
	codes   simd.PackedI8
	scale   []float32 // of codes: the value of one step, per column
	clip    float32   // of what the product reads, see model.Int8Params.Clip
	rounded bool      // full reads what codes would stand for, see NewPartly
}

func fullWeights(w simd.Packed) weights { return weights{full: w} }

func int8Weights(w *quant.Weights, clip float32) weights {
	return weights{codes: w.PackedI8, scale: w.Scale, clip: clip}
}

// matrices are those that an engine multiplies with.
type matrices struct {
	up, down []weights // W_ℓ, V_{ℓ+1}; of the top layer's V the engine has no need
	readout  weights
	top      weights   // Gy
	gen      []weights // as model.Params.Gen
}

// floatNetwork returns p's matrices.
func floatNetwork(p *model.Params) matrices {
	n := matrices{readout: fullWeights(p.Readout), top: fullWeights(p.GenTop)}
	for _, l := range p.Layers {
		n.up, n.down = append(n.up, fullWeights(l.Up)), append(n.down, fullWeights(l.Down))
	}
	for _, g := range p.Gen {
		n.gen = append(n.gen, fullWeights(g))
	}
	return n
}

// int8Network returns p's matrices.
func int8Network(p *model.Int8Params) matrices {
	layers := len(p.Layers)
	n := matrices{readout: int8Weights(&p.Readout, p.Clip[layers]), top: int8Weights(&p.GenTop, p.Clip[layers+1])}
	for i := range p.Layers {
		l := &p.Layers[i]
		n.up = append(n.up, int8Weights(&l.Up, p.Clip[i]))
		down := weights{}
		if i+1 < layers { // it reads n(z) of the layer above, as the product above that does
			down = int8Weights(&l.Down, p.Clip[i+2])
		}
		n.down = append(n.down, down)
	}
	for i := range p.Gen {
		n.gen = append(n.gen, int8Weights(&p.Gen[i], p.Clip[layers+2+(layers-1-i)]))
	}
	return n
}

// smallParams returns what an engine in int8 needs as float32: biases, lateral
// weights and the matrices that are not multiplied with, those that labels look
// rows up in and that latents are inferred with.
func smallParams(m *model.Model) *model.Params {
	q := m.Int8
	top := len(q.Layers) - 1
	p := &model.Params{
		Layers: make([]model.Layer, len(q.Layers)), ReadoutBias: q.ReadoutBias,
		GenTop: restored(&q.GenTop), Gen: make([]simd.Packed, len(q.Gen)),
	}
	for i := range q.Layers {
		l := &q.Layers[i]
		p.Layers[i] = model.Layer{Bias: l.Bias, Lateral: l.RestoredLateral(m.Config.Group)}
	}
	p.Layers[top].Down = restored(&q.Layers[top].Down)
	return p
}

func restored(w *quant.Weights) simd.Packed {
	full := simd.NewPacked(w.K, w.N)
	w.Restore(full)
	return full
}

// reader says in which form a product reads n(z): in float32, in codes that
// stand for values up to clip, or, rounded, in float32 values of such codes.
type reader struct {
	int8, rounded bool
	clip          float32
}

func (w *weights) reader() reader { return reader{len(w.codes.Data) > 0, w.rounded, w.clip} }

// cols returns the width of a matrix that holds n(z) of that many units. Codes
// take a byte each; the value of one step stands behind them.
func (r reader) cols(units int) int {
	if !r.int8 {
		return units
	}
	return simd.PaddedLen(units)/4 + 1
}

// write writes n(z) to dst, a padded row of a matrix of that width. z ≥ 0 is
// padded, sum is the sum of its squares.
func (r reader) write(dst, z []float32, sum float32) {
	inverse := simd.InverseNormF32(sum)
	if !r.int8 && !r.rounded {
		simd.ScaleF32(dst, z, inverse)
		return
	}
	top := float32(0)
	if r.clip == 0 {
		top = simd.MaxAbsF32(z)
	}
	r.writeCodes(dst, z, inverse, top)
}

// writePositive is write in int8 for n(φ(z)) of any z.
func (r reader) writePositive(dst, z []float32) {
	var sum, top float32
	for _, v := range z {
		if v > 0 {
			sum += float32(v * v)
			top = max(top, v)
		}
	}
	r.writeCodes(dst, z, simd.InverseNormF32(sum), top)
}

// writeCodes writes the codes of z·inverse, of which top is the largest of z.
func (r reader) writeCodes(dst, z []float32, inverse, top float32) {
	clip := r.clip
	if clip == 0 {
		clip = top * inverse
	}
	step := clip / simd.MaxU7
	if r.rounded {
		roundTo(dst, z, inverse, step)
		return
	}
	dst[len(z)/4] = step
	codes := bytesOf(dst)[:len(z)]
	if step == 0 {
		clear(codes)
		return
	}
	simd.QuantizeU7(codes, z, inverse/step)
}

func bytesOf(v []float32) []uint8 {
	return unsafe.Slice((*uint8)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v))
}

// codesOf returns the codes of n(z) of that many units that m holds.
func codesOf(m simd.Matrix, units int) simd.MatrixU7 {
	return simd.MatrixU7{Rows: m.Rows, Cols: units, Stride: 4 * m.Stride, Data: bytesOf(m.Data)}
}

// multiply computes dst = n·w, or dst += n·w, where n holds n(z) in the form
// that w reads.
func (c *circuit) multiply(dst, n simd.Matrix, w *weights, add bool) {
	if len(w.codes.Data) == 0 {
		if add {
			c.pool.GemmAddF32(dst, n, w.full)
		} else {
			c.pool.GemmF32(dst, n, w.full)
		}
		return
	}
	c.factor = c.factor[:0]
	at := simd.PaddedLen(w.codes.K) / 4
	for r := range n.Rows {
		c.factor = append(c.factor, n.Row(r)[at])
	}
	rows := min(n.Rows, simd.SumRows)
	if need := rows * simd.Stride(w.codes.N); need > len(c.sums) {
		c.sums = simd.NewMatrixI32(rows, w.codes.N).Data
	}
	sums := simd.MatrixI32{Rows: rows, Cols: w.codes.N, Stride: simd.Stride(w.codes.N), Data: c.sums}
	c.pool.ProductI8(dst, sums, codesOf(n, w.codes.K), c.factor, w.codes, w.scale, add)
}

// siteOf returns which limit belongs to what generative weights read.
func (c *circuit) siteOf(w *weights) int {
	layers := len(c.w.up)
	for i := range c.w.gen {
		if w == &c.w.gen[i] {
			return layers + 2 + (layers - 1 - i)
		}
	}
	return layers + 1
}
