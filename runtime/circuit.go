package runtime

import "github.com/pffedge/pffedge/simd"

// circuit computes with an engine's parameters on a pool of threads: the
// equations that prediction and learning share.
type circuit struct {
	*Engine
	pool *simd.Pool

	// Reused task arguments; see simd.Task.
	normalise normaliseTask
	begin     startTask
	gather    gatherTask
	settle    settleTask
	soften    softmaxTask

	exciteRows   exciteTask
	activateRows activateTask
	compareRows  compareTask
	moveRows     moveTask
}

func newCircuit(e *Engine, threads int) *circuit {
	return &circuit{Engine: e, pool: simd.NewPool(threads)}
}

// elementCost is what one element of a row-wise pass costs, in multiply-adds
// of a product: it decides when a pass is worth a second thread.
const elementCost = 16

// start computes the start state, one feed-forward pass without a label, in
// the first inputs rows of s:
//
//	z_1 = φ(n(x)·W1 + b1),  z_ℓ = φ(n(z_{ℓ-1})·W_ℓ + b_ℓ)
func (c *circuit) start(s *states) {
	c.normaliseRows(s.nx, s.x)
	c.forward(s)
}

// forward is start for an n(x) that is there already.
func (c *circuit) forward(s *states) {
	s.apart, s.stale, s.fresh = 0, false, true
	c.pool.GemmF32(s.xw, s.nx, c.model.Params.Layers[0].Up)
	for l, layer := range c.model.Params.Layers {
		pre := s.xw
		if l > 0 {
			pre = s.next[l].Slice(0, s.inputs) // where the first step looks for it
			c.pool.GemmF32(pre, s.nz[l-1].Slice(0, s.inputs), layer.Up)
		}
		c.begin = startTask{s.z[l], s.nz[l], pre, layer.Bias}
		c.pool.Run(&c.begin, s.inputs*pre.Cols*elementCost)
	}
}

type startTask struct {
	z, nz, pre simd.Matrix
	bias       []float32
}

func (t *startTask) Part(i, n int) {
	lo, hi := simd.Share(t.pre.Rows, i, n)
	for r := lo; r < hi; r++ {
		z := t.z.PaddedRow(r)
		simd.BiasReluF32(z, t.pre.PaddedRow(r), t.bias)
		simd.NormalizeF32(t.nz.PaddedRow(r), z)
	}
}

// readout computes the softmax read-out of the rows of nz, the normalised
// top states:
//
//	ŷ = softmax(n(z_L)·W + b)
func (c *circuit) readout(yhat, nz simd.Matrix) {
	p := c.model.Params
	c.pool.GemmF32(yhat, nz, p.Readout)
	c.soften = softmaxTask{yhat, p.ReadoutBias}
	c.pool.Run(&c.soften, yhat.Rows*yhat.Cols*elementCost)
}

type softmaxTask struct {
	y    simd.Matrix
	bias []float32
}

func (t *softmaxTask) Part(i, n int) {
	lo, hi := simd.Share(t.y.Rows, i, n)
	for r := lo; r < hi; r++ {
		simd.SoftmaxF32(t.y.Row(r), t.y.Row(r), t.bias)
	}
}

// normaliseRows writes n(src) to dst.
func (c *circuit) normaliseRows(dst, src simd.Matrix) {
	c.normalise = normaliseTask{dst, src}
	c.pool.Run(&c.normalise, src.Rows*src.Cols*elementCost)
}

type normaliseTask struct{ dst, src simd.Matrix }

func (t *normaliseTask) Part(i, n int) {
	lo, hi := simd.Share(t.src.Rows, i, n)
	for r := lo; r < hi; r++ {
		simd.NormalizeF32(t.dst.PaddedRow(r), t.src.PaddedRow(r))
	}
}
