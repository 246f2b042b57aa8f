package runtime

import (
	"math"

	"github.com/pffedge/pffedge/simd"
)

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
	contrast float32 // a, see Settings.Contrast; row r's counterpart is row r+inputs
}

// silent is no noise in any layer.
func silent(eps []noise) bool {
	for _, n := range eps {
		if n.given != nil || n.scale != 0 {
			return false
		}
	}
	return true
}

// step runs the dynamics step from the pre-activations and the label biases:
//
//	z_ℓ' = (1−α)·φ(pre + b_ℓ + ε_ℓ) + α·z_ℓ
//
// into s.next and s.nnext, and the logits θ − Σz'² into s.logits. With a
// goal it leaves the gradient of each layer's goodness loss in s.pre:
//
//	d_ℓ = (1−α)·2·z_ℓ'·(lab − σ(logit))/rows
//
// where the rows of an input stay together, summed over them; or that of its
// contrast (see goal.pull), which is zero there. Without a goal, θ is 0.
func (c *circuit) step(s *states, eps []noise, g *goal) {
	after := s.apartAfter(!silent(eps))
	for l, layer := range c.params.Layers {
		c.settle = settleTask{s: s, layer: l, rows: s.inputs, bias: layer.Bias, leak: c.model.Config.Leak, goal: g, reader: c.readerOf(l)}
		if l >= len(s.z)-after {
			c.settle.rows = s.rows
		}
		c.settle.from = s.distinct(l)
		if eps != nil {
			c.settle.noise = eps[l]
		}
		c.pool.Run(&c.settle, c.settle.rows*layer.Up.N*elementCost)
	}
}

type settleTask struct {
	s     *states
	layer int
	rows  int // after the step
	from  int // before it
	bias  []float32
	noise noise
	leak  float32
	goal  *goal

	reader reader
}

func (t *settleTask) Part(i, n int) {
	if t.goal != nil && t.goal.contrast > 0 {
		lo, hi := simd.Share(t.s.inputs, i, n)
		for r := lo; r < hi; r++ {
			t.pair(r)
		}
		return
	}
	lo, hi := simd.Share(t.rows, i, n)
	for r := lo; r < hi; r++ {
		t.row(r)
	}
}

// pair is row for the two rows of an input, of which each is the other's
// yardstick.
func (t *settleTask) pair(r int) {
	s, logits, other := t.s, t.s.logits[t.layer], r+t.s.inputs
	sum := t.state(r)
	logits[r], logits[other] = t.goal.theta-sum, t.goal.theta-sum
	if t.rows == s.inputs {
		clear(s.pre[t.layer].PaddedRow(r))
		return
	}
	logits[other] = t.goal.theta - t.state(other)
	slope := t.goal.pull(logits[r]-logits[other], s.inputs) * (1 - t.leak)
	simd.ScaleF32(s.pre[t.layer].PaddedRow(r), s.next[t.layer].PaddedRow(r), slope)
	simd.ScaleF32(s.pre[t.layer].PaddedRow(other), s.next[t.layer].PaddedRow(other), -slope)
}

func (t *settleTask) row(r int) {
	s, l := t.s, t.layer
	pre, next, sum := s.pre[l].PaddedRow(r), s.next[l].PaddedRow(r), t.state(r)
	slope := float32(0)
	for ; r < s.rows; r += t.rows { // all rows of an input, where they stay together
		s.logits[l][r] = -sum
		if t.goal != nil {
			s.logits[l][r] += t.goal.theta
			slope += t.goal.slope(s.logits[l][r], r, s.rows)
		}
	}
	if t.goal != nil {
		simd.ScaleF32(pre, next, slope*(1-t.leak))
	}
}

// state computes row r's next state and its normalised form and returns its
// sum of squares.
func (t *settleTask) state(r int) (sum float32) {
	s, l := t.s, t.layer
	before, at := r, r
	if t.from < t.rows {
		before = s.of[r]
	}
	if s.joint[l] {
		at = s.of[r]
	}
	pre, next, z := s.pre[l].PaddedRow(at), s.next[l].PaddedRow(r), s.z[l]
	t.noise.add(s.pre[l].Row(r), s.pre[l].Row(r), r)
	sum = simd.StepF32(next, pre, t.biasOf(r), z.PaddedRow(before), t.leak)
	t.reader.write(s.nnext[l].PaddedRow(r), next, sum)
	return sum
}

// biasOf returns what is added to row r's pre-activations in layer l.
func (t *settleTask) biasOf(r int) []float32 {
	switch s := t.s; {
	case t.layer+1 < len(s.z):
		return t.bias
	case len(s.slots) == s.rows:
		return s.labelled.PaddedRow(r)
	default:
		return s.labelled.PaddedRow(s.class[r])
	}
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

// pull is the derivative of a pair's contrast loss, a mean over pairs, by the
// positive row's z', divided by z'; the negative row's is −pull. lead is by how
// much the positive row's logit exceeds the negative one's: g⁻ − g⁺.
func (g *goal) pull(lead float32, pairs int) float32 {
	return 2 * g.contrast * sigmoid(-g.contrast*lead) / float32(pairs)
}

// mean is a layer's goodness loss: the mean over rows of the cross-entropy of
// the logit with the row's kind, or over pairs of softplus(a·(g⁺ − g⁻)).
func (g *goal) mean(logits []float32) (loss float64) {
	if g.contrast > 0 {
		pairs := len(logits) / 2
		for r, logit := range logits[:pairs] {
			loss += softplus(float64(g.contrast) * float64(logits[pairs+r]-logit))
		}
		return loss / float64(pairs)
	}
	for r, logit := range logits {
		loss += softplus(float64(logit))
		if g.positive[r] {
			loss -= float64(logit)
		}
	}
	return loss / float64(len(logits))
}

// softplus is log(1 + eˣ).
func softplus(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// By a softmax, whose exponential has the same bits everywhere.
func sigmoid(x float32) float32 {
	pair, zero := [2]float32{x}, [2]float32{}
	simd.SoftmaxF32(pair[:], pair[:], zero[:])
	return pair[0]
}
