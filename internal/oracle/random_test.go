package oracle

import (
	"fmt"
	"math/rand/v2"
)

// network is a random network with a batch and everything a round needs.
type network struct {
	c      *Config
	p      *Params
	batch  Batch
	z      []Matrix // a state before a step
	zg     Matrix
	noise  Noise
	random *rand.Rand
}

// shapes are hidden layers of unequal sizes; with groups of 3 or 2 units the
// last block of some is a smaller one.
var shapes = [][]int{{4}, {5, 3}, {4, 6, 3}}

// newNetwork returns a network whose units are all active: small weights, big
// biases, positive generative weights that keep x̂ inside (0, 1).
func newNetwork(hidden []int) *network {
	c := &Config{
		Inputs: 5, Hidden: hidden, Classes: 3, Latents: 3, Group: 3, Rounds: 4,
		Theta: 8, Alpha: 0.3, LabelScale: 5, Beta: 0.1,
		LR: 1e-2, Beta1: 0.9, Beta2: 0.999, EpsAdam: 1e-7, Clip: 1, Decay: 0.02, GenDecay: 0.03,
	}
	n := &network{c: c, p: NewParams(c), random: rand.New(rand.NewPCG(uint64(len(hidden)), 7))}
	for _, t := range n.p.Representation() {
		low, high := -0.1, 0.1
		switch t.Name[0] {
		case 'b':
			low, high = 1, 1.5
		case 'L':
			low, high = -0.05, 0.05
		}
		n.fill(t.Data, low, high)
	}
	for _, t := range n.p.Readouts() {
		n.fill(t.Data, -1, 1)
	}
	for _, t := range n.p.Generative() {
		n.fill(t.Data, 0.05, 0.35)
	}
	const rows = 6
	n.batch = Batch{X: n.uniform(rows, c.Inputs, 0, 1), Y: NewMatrix(rows, c.Classes), Positive: make([]float64, rows)}
	for i := range rows {
		n.batch.Y[i][n.random.IntN(c.Classes)] = 1
		if i < rows/2 {
			n.batch.Positive[i] = 1
		}
	}
	n.zg = n.uniform(rows, c.Latents, 0.5, 1.5)
	for _, h := range hidden {
		n.z = append(n.z, n.uniform(rows, h, 0.5, 1.5))
	}
	n.noise = n.newNoise(0.05)
	return n
}

func (n *network) newNoise(scale float64) (noise Noise) {
	for _, h := range n.c.Hidden {
		noise.Step = append(noise.Step, n.uniform(len(n.zg), h, -scale, scale))
		noise.Generative = append(noise.Generative, n.uniform(len(n.zg), h, -scale, scale))
	}
	return noise
}

func (n *network) uniform(rows, cols int, low, high float64) Matrix {
	m := NewMatrix(rows, cols)
	n.fill(m, low, high)
	return m
}

func (n *network) fill(m Matrix, low, high float64) {
	for _, row := range m {
		for j := range row {
			row[j] = low + (high-low)*n.random.Float64()
		}
	}
}

func (n *network) step() []Matrix {
	next, _ := Step(n.c, n.p, n.batch.X, n.batch.Y, n.z, n.noise.Step)
	return next
}

func (n *network) generate() *Generation {
	return Generate(n.c, n.p, n.batch.X, n.z, n.zg, n.noise.Generative)
}

func shapeName(hidden []int) string { return fmt.Sprintf("hidden=%v", hidden) }
