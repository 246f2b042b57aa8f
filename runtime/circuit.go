package runtime

import (
	"math"

	"github.com/pffedge/pffedge/simd"
)

// circuit computes with an engine's parameters on a pool of threads: the
// equations that prediction and learning share.
type circuit struct {
	*Engine
	pool *simd.Pool

	// Reused task arguments; see simd.Task.
	normalise normaliseTask
	begin     startTask
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
	c.pool.GemmF32(s.xw, s.nx, c.model.Params.Layers[0].Up)
	for l, layer := range c.model.Params.Layers {
		pre := s.xw
		if l > 0 {
			pre = s.pre[l].Slice(0, s.inputs)
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

// preactivate computes every layer's input from the current states:
//
//	n(z_{ℓ-1})·W_ℓ + n(z_{ℓ+1})·V_{ℓ+1} − z_ℓ·Llat_ℓ
//
// with x below the first layer and the scaled label s·y above the last. It
// takes n(x)·W1 from s.xw, which must be up to date.
func (c *circuit) preactivate(s *states) {
	layers := c.model.Params.Layers
	for l, layer := range layers {
		if l == 0 {
			for from := 0; from < s.rows; from += s.inputs {
				copyRows(s.pre[0].Slice(from, min(from+s.inputs, s.rows)), s.xw)
			}
		} else {
			c.pool.GemmF32(s.pre[l], s.nz[l-1], layer.Up)
		}
		above := s.label
		if l+1 < len(layers) {
			above = s.nz[l+1]
		}
		c.pool.GemmAddF32(s.pre[l], above, layer.Down)
		c.pool.BlockAddF32(s.pre[l], s.z[l], c.competition[l], c.model.Config.Blocks(l))
	}
}

// noise says what is added to a step's pre-activations or to the generative
// circuit's inputs: nothing, given values, or normal deviates of a stream.
type noise struct {
	given *simd.Matrix
	scale float32
	key   uint64
}

// add writes src plus row r's noise to dst, which may be src.
func (n *noise) add(dst, src []float32, r int) {
	switch {
	case n.given != nil:
		for i, v := range n.given.Row(r) {
			dst[i] = src[i] + v
		}
	case n.scale != 0:
		simd.AddNormalF32(dst, src, simd.Mix(n.key, uint64(r)), n.scale)
	case &dst[0] != &src[0]:
		copy(dst, src)
	}
}

// goal says what a learning step needs besides the states.
type goal struct {
	positive []bool  // per row: a real sample with its own label
	theta    float32 // θ
}

// step runs the dynamics step from the pre-activations:
//
//	z_ℓ' = (1−α)·φ(pre + b_ℓ + ε_ℓ) + α·z_ℓ
//
// into s.next and s.nnext, and the logits θ − Σz'² into s.logits. With a
// goal it leaves the gradient of each layer's goodness loss in s.pre:
//
//	d_ℓ = (1−α)·2·z_ℓ'·(lab − σ(logit))/rows
//
// Without one, θ is 0.
func (c *circuit) step(s *states, eps []noise, g *goal) {
	for l, layer := range c.model.Params.Layers {
		c.settle = settleTask{
			z: s.z[l], next: s.next[l], nnext: s.nnext[l], pre: s.pre[l],
			bias: layer.Bias, leak: c.model.Config.Leak, logits: s.logits[l], goal: g,
		}
		if eps != nil {
			c.settle.noise = eps[l]
		}
		c.pool.Run(&c.settle, s.rows*layer.Up.N*elementCost)
	}
}

type settleTask struct {
	z, next, nnext, pre simd.Matrix
	bias                []float32
	noise               noise
	leak                float32
	logits              []float32
	goal                *goal
}

func (t *settleTask) Part(i, n int) {
	lo, hi := simd.Share(t.z.Rows, i, n)
	for r := lo; r < hi; r++ {
		t.row(r)
	}
}

func (t *settleTask) row(r int) {
	pre, next := t.pre.PaddedRow(r), t.next.PaddedRow(r)
	t.noise.add(t.pre.Row(r), t.pre.Row(r), r)
	sum := simd.StepF32(next, pre, t.bias, t.z.PaddedRow(r), t.leak)
	simd.ScaleF32(t.nnext.PaddedRow(r), next, simd.InverseNormF32(sum))
	if t.goal == nil {
		t.logits[r] = -sum
		return
	}
	t.logits[r] = t.goal.theta - sum
	simd.ScaleF32(pre, next, t.goal.slope(t.logits[r], r, t.z.Rows)*(1-t.leak))
}

// slope is the derivative of row r's goodness loss, a mean over rows, by z',
// divided by z'.
func (g *goal) slope(logit float32, r, rows int) float32 {
	lab := float32(0)
	if g.positive[r] {
		lab = 1
	}
	return 2 * (lab - sigmoid(logit)) / float32(rows)
}

// loss is row r's goodness loss: the cross-entropy of the logit with the
// row's kind.
func (g *goal) loss(logit float32, r int) float64 {
	x := float64(logit)
	loss := math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
	if g.positive[r] {
		loss -= x
	}
	return loss
}

func sigmoid(x float32) float32 { return float32(1 / (1 + math.Exp(-float64(x)))) }

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
