package main

import (
	"math"
	"math/rand/v2"

	"github.com/pffedge/pffedge/simd"
)

// mlp is a network that learns by backpropagation:
//
//	a_0 = x,  a_l = relu(a_{l-1}·W_l + b_l),  p = softmax(a_{L-1}·W_L + b_L)
//
// with the cross-entropy of p and the labels, a mean over the batch, and Adam.
// Matrices have one sample a row.
type mlp struct {
	pool   *simd.Pool
	layers []mlpLayer
	adam   simd.Adam
	steps  int // of Adam so far

	x      simd.Matrix // a_0
	labels []int
	loss   []float64 // of each sample
	rows   rowTask   // reused, so that a batch allocates nothing
	turn   turnTask
	sums   []float32 // scratch of the biases' gradients
}

// mlpLayer is one layer: In inputs, N units.
type mlpLayer struct {
	w, m, v    simd.Packed // In×N: weights and Adam's moments
	b, mb, vb  []float32   // N values, padded to whole panels
	transposed simd.Packed // N×In: a copy of the weights, for errors on their way back
	a          simd.Matrix // rows×N: activations, probabilities in the last layer
	d          simd.Matrix // rows×N: the loss's gradient by the layer's sums
}

// yardstick is how the network learns.
var yardstick = simd.Adam{Rate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Clip: math.MaxFloat32}

// mlpBatch is how many samples a batch has.
const mlpBatch = 100

// newMLP returns a network with sizes inputs, hidden units, classes, and room
// for so many rows at a time.
func newMLP(sizes []int, rows int, seed uint64, threads int) *mlp {
	n := &mlp{
		pool: simd.NewPool(threads), adam: yardstick,
		x: simd.NewMatrix(rows, sizes[0]), labels: make([]int, rows), loss: make([]float64, rows),
	}
	r, widest := rand.New(rand.NewPCG(seed, 1)), 0
	for i, units := range sizes[1:] {
		n.layers = append(n.layers, newLayer(sizes[i], units, rows, i == len(sizes)-2, r))
		widest = max(widest, units)
	}
	n.sums = simd.NewVector(widest)
	return n
}

// newLayer draws weights for relu as He et al. (arXiv 1502.01852), for the
// softmax as Glorot & Bengio ("Understanding the difficulty of training deep
// feedforward neural networks", 2010). Biases start at zero.
func newLayer(in, units, rows int, last bool, r *rand.Rand) mlpLayer {
	l := mlpLayer{
		w: simd.NewPacked(in, units), m: simd.NewPacked(in, units), v: simd.NewPacked(in, units),
		b: simd.NewVector(units), mb: simd.NewVector(units), vb: simd.NewVector(units),
		transposed: simd.NewPacked(units, in), a: simd.NewMatrix(rows, units), d: simd.NewMatrix(rows, units),
	}
	he, glorot := math.Sqrt(2/float64(in)), math.Sqrt(6/float64(in+units))
	for k := range in {
		for j := range units {
			if last {
				l.w.Set(k, j, float32(glorot*(2*r.Float64()-1)))
			} else {
				l.w.Set(k, j, float32(he*r.NormFloat64()))
			}
		}
	}
	return l
}

func (n *mlp) close() { n.pool.Close() }

// forward computes the probabilities of the first rows of x.
func (n *mlp) forward(rows int) simd.Matrix {
	a := n.x.Slice(0, rows)
	for i := range n.layers {
		l := &n.layers[i]
		out := l.a.Slice(0, rows)
		n.pool.GemmF32(out, a, l.w)
		n.each(rowTask{kind: n.kindOf(i), a: out, bias: l.b})
		a = out
	}
	return a
}

// kindOf returns what follows layer i's product.
func (n *mlp) kindOf(i int) rowKind {
	if i == len(n.layers)-1 {
		return softmaxRows
	}
	return reluRows
}

// rowKind says what to do with each row.
type rowKind int

const (
	reluRows    rowKind = iota // a = relu(a + bias)
	softmaxRows                // a = softmax(a + bias)
	gateRows                   // d = d where a > 0, else 0
	errorRows                  // d = (a − onehot(label))/rows, and the loss
)

// rowTask does one of these to the rows of a and d.
type rowTask struct {
	kind   rowKind
	a, d   simd.Matrix
	bias   []float32
	labels []int
	loss   []float64
}

// each runs a task on all threads.
func (n *mlp) each(t rowTask) {
	const elementCost = 16 // multiply-adds of a product that take as long as a value here
	n.rows = t
	n.pool.Run(&n.rows, t.a.Rows*t.a.Cols*elementCost)
}

// Part does a share of the rows.
func (t *rowTask) Part(i, n int) {
	lo, hi := simd.Share(t.a.Rows, i, n)
	for r := lo; r < hi; r++ {
		switch t.kind {
		case reluRows:
			simd.BiasReluF32(t.a.PaddedRow(r), t.a.PaddedRow(r), t.bias)
		case softmaxRows:
			simd.SoftmaxF32(t.a.Row(r), t.a.Row(r), t.bias[:t.a.Cols])
		case gateRows:
			gate(t.d.Row(r), t.a.Row(r))
		case errorRows:
			t.loss[r] = misfit(t.d.Row(r), t.a.Row(r), t.labels[r], 1/float32(t.a.Rows))
		}
	}
}

// gate zeroes d where a, which is never negative, is zero. Half of the values
// are, at random: a branch would be mispredicted as often.
func gate(d, a []float32) {
	for i, v := range a {
		open := uint32(int32(-math.Float32bits(v)) >> 31) // all ones unless v is zero
		d[i] = math.Float32frombits(math.Float32bits(d[i]) & open)
	}
}

// misfit writes scale times the gradient of the cross-entropy by the softmax's
// sums to d, and returns the cross-entropy.
func misfit(d, p []float32, label int, scale float32) float64 {
	for i, v := range p {
		d[i] = v * scale
	}
	d[label] -= scale
	return -math.Log(math.Max(float64(p[label]), 1e-30))
}
