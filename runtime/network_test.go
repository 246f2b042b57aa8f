package runtime

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/oracle"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// network is one random network in both forms, the oracle's and the engine's.
// Every value is a float32, so that both start from the same.
type network struct {
	oc     *oracle.Config
	op     *oracle.Params
	model  *model.Model
	random *rand.Rand
}

type shape struct {
	hidden []int
	group  int
}

func (s shape) String() string { return fmt.Sprintf("hidden=%v,group=%d", s.hidden, s.group) }

// shapes have last lateral groups that are not full, and layers narrower and
// wider than a panel.
var shapes = []shape{
	{[]int{17}, 10}, {[]int{17}, 4},
	{[]int{23, 18}, 10}, {[]int{23, 18}, 4},
	{[]int{19, 33, 12}, 10}, {[]int{19, 33, 12}, 4},
}

func eachShape(t *testing.T, f func(t *testing.T, n *network)) {
	for _, s := range shapes {
		t.Run(s.String(), func(t *testing.T) { f(t, newNetwork(s, 13, 5, 4)) })
	}
}

// newNetwork returns a network of d inputs, c classes and s latents about half
// of whose units are silent.
func newNetwork(s shape, inputs, classes, latents int) *network {
	n := &network{
		oc: &oracle.Config{
			Inputs: inputs, Hidden: s.hidden, Classes: classes, Latents: latents, Group: s.group, Rounds: 4,
			Theta: 3, Alpha: 0.3, LabelScale: 5, Beta: 0.1,
			// With ε well above the rounding errors of a gradient, these
			// cannot turn into whole steps of Adam.
			LR: 1e-2, Beta1: 0.9, Beta2: 0.999, EpsAdam: 1e-3, Clip: 1, Decay: 0.02, GenDecay: 0.03,
		},
		random: rand.New(rand.NewPCG(uint64(len(s.hidden)), uint64(s.group))),
	}
	n.op = oracle.NewParams(n.oc)
	for _, t := range n.op.Tensors() {
		low, high := -0.5, 0.5
		switch t.Name[0] {
		case 'L':
			low, high = -0.03, 0.1
		case 'G':
			low, high = -0.6, 0.9
		}
		n.fill(t.Data, low, high)
	}
	n.model = n.pack()
	return n
}

// pack returns the engine's form of the oracle's parameters.
func (n *network) pack() *model.Model {
	c := model.Config{
		Input: vector(n.oc.Inputs), Classes: classNames(n.oc.Classes), Hidden: n.oc.Hidden, Group: n.oc.Group,
		Leak: float32(n.oc.Alpha), LabelScale: float32(n.oc.LabelScale), Latents: n.oc.Latents,
		Latent: model.Latent{Start: 1, Rate: float32(n.oc.Beta), Moves: 3},
	}
	SetRounds(&c, n.oc.Rounds)
	p := model.NewParams(&c)
	to := p.Tensors()
	for _, from := range n.op.Tensors() {
		for _, tensor := range to {
			if tensor.Name == from.Name {
				eachElement(tensor, c.Group, func(at *float32, i, j int) { *at = float32(from.Data[i][j]) })
			}
		}
	}
	return &model.Model{Config: c, Params: p}
}

func vector(d int) model.Input {
	in := model.Input{Features: d, Offset: make([]float32, d), Scale: make([]float32, d)}
	for i := range in.Scale {
		in.Scale[i] = 1
	}
	return in
}

func classNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint("class ", i)
	}
	return names
}

// settings returns reference-style settings with the oracle's constants and no
// noise.
func (n *network) settings() Settings {
	adam := simd.Adam{Rate: n.oc.LR, Beta1: n.oc.Beta1, Beta2: n.oc.Beta2, Epsilon: n.oc.EpsAdam, Clip: n.oc.Clip}
	return Settings{
		Preset: "test", Epochs: 2, Batch: 6, Seed: 3, Schedule: Constant, Adam: adam, GenAdam: adam,
		Decay: n.oc.Decay, GenDecay: n.oc.GenDecay, Theta: n.oc.Theta, Contrast: n.oc.Contrast, ReadoutRate: 2,
		ReadoutDriven: true, Generative: true, GeneratorDriven: true,
	}
}

func (n *network) fill(m oracle.Matrix, low, high float64) {
	for _, row := range m {
		for j := range row {
			row[j] = float64(float32(low + (high-low)*n.random.Float64()))
		}
	}
}

func (n *network) uniform(rows, cols int, low, high float64) oracle.Matrix {
	m := oracle.NewMatrix(rows, cols)
	n.fill(m, low, high)
	return m
}

// inputs returns samples with about a third of their values zero.
func (n *network) inputs(rows int) oracle.Matrix {
	return oracle.Map(n.uniform(rows, n.oc.Inputs, -0.5, 1), func(v float64) float64 { return max(v, 0) })
}

// batch returns rows/2 positive and rows/2 negative rows, on the same inputs
// where repeated says so.
func (n *network) batch(rows int, repeated bool) oracle.Batch {
	b := oracle.Batch{X: n.inputs(rows), Y: oracle.NewMatrix(rows, n.oc.Classes), Positive: make([]float64, rows)}
	for r := range rows {
		if repeated && r >= rows/2 {
			b.X[r] = b.X[r-rows/2]
		}
		if r < rows/2 {
			b.Positive[r] = 1
		}
		b.Y[r][n.random.IntN(n.oc.Classes)] = 1
	}
	return b
}

// noise returns uniform noise for every layer.
func (n *network) noise(rows int, scale float64) []oracle.Matrix {
	var list []oracle.Matrix
	for _, h := range n.oc.Hidden {
		list = append(list, n.uniform(rows, h, -scale, scale))
	}
	return list
}

func (n *network) engine(t testing.TB) *Engine {
	e, err := New(n.model)
	require.NoError(t, err)
	return e
}

func (n *network) session(t testing.TB, threads int) *Session {
	s := NewSession(n.engine(t), threads)
	t.Cleanup(s.Close)
	return s
}

// eachElement calls f for every element that counts of a tensor.
func eachElement(t model.Tensor, group int, f func(at *float32, i, j int)) {
	index := simd.Packed{K: t.Rows, N: t.Cols}.Index
	if t.Kind == model.LateralTensor {
		index = simd.Blocks{Units: t.Cols, Group: group}.Index
	}
	for i := range t.Rows {
		for j := range t.Cols {
			if t.Kind != model.LateralTensor || oracle.SameGroup(i, j, group) {
				f(&t.Data[index(i, j)], i, j)
			}
		}
	}
}

// dense returns a tensor as a matrix, zero outside the lateral blocks.
func dense(t model.Tensor, group int) oracle.Matrix {
	m := oracle.NewMatrix(t.Rows, t.Cols)
	eachElement(t, group, func(at *float32, i, j int) { m[i][j] = float64(*at) })
	return m
}

func toSimd(m oracle.Matrix) simd.Matrix {
	out := simd.NewMatrix(len(m), len(m[0]))
	for r, row := range m {
		for i, v := range row {
			out.Row(r)[i] = float32(v)
		}
	}
	return out
}

func allToSimd(list []oracle.Matrix) []simd.Matrix {
	var out []simd.Matrix
	for _, m := range list {
		out = append(out, toSimd(m))
	}
	return out
}

func fromSimd(m simd.Matrix) oracle.Matrix {
	out := oracle.NewMatrix(m.Rows, m.Cols)
	for r := range m.Rows {
		for i, v := range m.Row(r) {
			out[r][i] = float64(v)
		}
	}
	return out
}
