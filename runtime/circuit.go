package runtime

import "github.com/pffedge/pffedge/simd"

// circuit computes with an engine's parameters on a pool of threads: the
// equations that prediction and learning share.
type circuit struct {
	*Engine
	pool *simd.Pool

	// watch sees n(z) as products read it: of x, of z_1 … z_L, then what Gy and
	// G_L … G_1 read. See Calibrate.
	watch func(site int, rows simd.Matrix)

	// Scratch of products in int8.
	sums   []int32
	factor []float32

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
	c.normaliseRows(s.nx, s.x, c.w.up[0].reader())
	c.forward(s)
	if c.watch != nil {
		c.watch(0, s.nx)
		c.show(s)
	}
}

// forward is start for an n(x) that is there already.
func (c *circuit) forward(s *states) {
	s.apart, s.stale, s.fresh = 0, false, true
	c.multiply(s.xw, s.nx, &c.w.up[0], false)
	for l, layer := range c.params.Layers {
		pre := s.xw
		if l > 0 {
			pre = s.next[l].Slice(0, s.inputs) // where the first step looks for it
			c.multiply(pre, s.nz[l-1].Slice(0, s.inputs), &c.w.up[l], false)
		}
		c.begin = startTask{s.z[l], s.nz[l], pre, layer.Bias, c.readerOf(l)}
		c.pool.Run(&c.begin, s.inputs*pre.Cols*elementCost)
	}
}

type startTask struct {
	z, nz, pre simd.Matrix
	bias       []float32
	reader     reader
}

func (t *startTask) Part(i, n int) {
	lo, hi := simd.Share(t.pre.Rows, i, n)
	for r := lo; r < hi; r++ {
		z := t.z.PaddedRow(r)
		simd.BiasReluF32(z, t.pre.PaddedRow(r), t.bias)
		t.reader.write(t.nz.PaddedRow(r), z, simd.SumSquaresF32(z))
	}
}

// show lets watch see the states.
func (c *circuit) show(s *states) {
	for l := range s.nz {
		c.watch(l+1, s.states(s.nz, l))
	}
}

// readerOf returns in which form n(z) of layer l is read.
func (c *circuit) readerOf(l int) reader {
	if l+1 < len(c.w.up) {
		return c.w.up[l+1].reader()
	}
	return c.w.readout.reader()
}

// readout computes the softmax read-out of the rows of nz, the normalised
// top states:
//
//	ŷ = softmax(n(z_L)·W + b)
func (c *circuit) readout(yhat, nz simd.Matrix) {
	c.multiply(yhat, nz, &c.w.readout, false)
	c.soften = softmaxTask{yhat, c.params.ReadoutBias}
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

// normaliseRows writes n(src) to dst in the form that is read.
func (c *circuit) normaliseRows(dst, src simd.Matrix, form reader) {
	c.normalise = normaliseTask{dst, src, form}
	c.pool.Run(&c.normalise, src.Rows*src.Cols*elementCost)
}

type normaliseTask struct {
	dst, src simd.Matrix
	reader   reader
}

func (t *normaliseTask) Part(i, n int) {
	lo, hi := simd.Share(t.src.Rows, i, n)
	for r := lo; r < hi; r++ {
		src := t.src.PaddedRow(r)
		t.reader.write(t.dst.PaddedRow(r), src, simd.SumSquaresF32(src))
	}
}
