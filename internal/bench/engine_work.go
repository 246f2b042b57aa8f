package bench

import (
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
)

// What the algorithm needs, whatever an engine does: the multiply-adds of its
// matrix products after every exact saving, as a function of the configuration.
// Written with n samples a batch, 2n rows with the negative ones, and symbols
// as in package runtime:
//
//	start       Σ_ℓ n·H_{ℓ-1}·H_ℓ, H_0 = D
//	round k     Σ_ℓ r(ℓ−1,k)·H_{ℓ-1}·H_ℓ + r(ℓ+1,k)·H_{ℓ+1}·H_ℓ + r(ℓ,k)·B_ℓ forward, without the
//	            first term in round 0, which the start state has already computed; as much again,
//	            that term too, for the gradients, and 2n·H_ℓ for those of the biases
//	label       2n·H_L forward and 2n·H_L for the gradient: a one-hot row picks one row of V
//	read-out    n·H_L·C forward and as much for the gradient, once or, driven, every round
//	generative  for Gy 2·n·S·H_L a move (forward, back to the latent), as much as half of that for
//	            each gradient, for G_ℓ twice
//	            n·H_ℓ·H_{ℓ-1}, once a batch; driven, every round one move and the rows of the new states
//
// r(ℓ,k) is how many different rows layer ℓ's states have before round k: n for
// the input, always; n for every layer before round 0; and, where no noise tells
// the halves apart, n as long as the label, which descends one layer a step,
// has not reached the layer (k ≤ L−ℓ). Of a contrast (Settings.Contrast) the
// rounds learn fewer samples than n (Settings.Hardest), a layer rests in round k
// while the halves share its new states, and n(x)·W1 stays what it is as long as
// W1 rests. The gradient of what halves share takes
// the sum of their errors. B_ℓ is the number of lateral weights in the blocks.
//
// The prediction by goodness is counted alike, a sample's C labels in the place
// of the halves. Not counted: zeros in inputs and states, which depend on the
// data; what is done value by value (noise, activations, norms, losses) and
// weight by weight (a step of Adam takes about eight multiply-adds).

// sharing tells how many different rows a layer's states have.
type sharing struct {
	inputs, copies, layers int
	noise, contrast        bool
}

// rests tells whether layer l has nothing to learn in round k.
func (s sharing) rests(l, k int) bool { return s.contrast && !s.noise && l < s.layers-k }

// rows is r(l, k).
func (s sharing) rows(l, k int) float64 {
	if l == 0 || k == 0 || !s.noise && k <= s.layers-l {
		return float64(s.inputs)
	}
	return float64(s.inputs * s.copies)
}

// all is the number of rows that a label tells apart.
func (s sharing) all() float64 { return float64(s.inputs * s.copies) }

// LearnWork returns how many multiply-adds a training batch needs.
func LearnWork(c *model.Config, set *runtime.Settings) float64 {
	s := roundSharing(c, set)
	times := 1.0
	if set.ReadoutDriven {
		times = float64(c.Rounds)
	}
	total := startWork(c, set.Batch) + times*2*readoutWork(c, set.Batch)
	for k := range c.Rounds {
		total += stepWork(c, s, k) + gradientWork(c, s, k)
	}
	if set.Generative {
		total += generativeWork(c, set)
	}
	return total
}

// roundSharing describes the rows of the rounds.
func roundSharing(c *model.Config, set *runtime.Settings) sharing {
	return sharing{set.RoundSamples(set.Batch), 2, len(c.Hidden), set.Noise != 0, set.Contrast > 0}
}

// PredictWork returns how many multiply-adds a prediction of that many samples
// needs, and false for a method whose work depends on the samples.
func PredictWork(c *model.Config, method runtime.Method, samples int) (float64, bool) {
	switch method {
	case runtime.Readout:
		return startWork(c, samples) + readoutWork(c, samples), true
	case runtime.Goodness:
		s := sharing{inputs: samples, copies: len(c.Classes), layers: len(c.Hidden)}
		total := startWork(c, samples)
		for k := range c.GoodnessSteps {
			total += stepWork(c, s, k)
			if k > 0 { // the weights stand still, and so does n(x)·W1
				total -= upWork(c, s, 1, k)
			}
		}
		return total, true
	}
	return 0, false
}

// size returns H_l, or D below the first layer.
func size(c *model.Config, l int) float64 {
	if l == 0 {
		return float64(c.Input.Size())
	}
	return float64(c.Hidden[l-1])
}

func startWork(c *model.Config, samples int) (total float64) {
	for l := range c.Hidden {
		total += float64(samples) * size(c, l) * size(c, l+1)
	}
	return total
}

func readoutWork(c *model.Config, samples int) float64 {
	return float64(samples) * size(c, len(c.Hidden)) * float64(len(c.Classes))
}

// stepWork is the forward part of round k.
func stepWork(c *model.Config, s sharing, k int) (total float64) {
	for l := 1; l <= s.layers; l++ {
		if k > 0 && (l > 1 || !s.rests(1, k-1)) {
			total += upWork(c, s, l, k)
		}
		total += downWork(c, s, l, k) + lateralWork(c, s, l, k)
	}
	return total
}

// gradientWork is the learning part of round k.
func gradientWork(c *model.Config, s sharing, k int) (total float64) {
	for l := 1; l <= s.layers; l++ {
		if !s.rests(l, k) {
			total += upWork(c, s, l, k) + downWork(c, s, l, k) + lateralWork(c, s, l, k) + s.all()*size(c, l)
		}
	}
	return total
}

// upWork is layer l's product with the states below.
func upWork(c *model.Config, s sharing, l, k int) float64 {
	return s.rows(l-1, k) * size(c, l-1) * size(c, l)
}

// downWork is layer l's product with the states above, or with the label.
func downWork(c *model.Config, s sharing, l, k int) float64 {
	if l == s.layers {
		return s.all() * size(c, l)
	}
	return s.rows(l+1, k) * size(c, l+1) * size(c, l)
}

// lateralWork is layer l's product with its blocks.
func lateralWork(c *model.Config, s sharing, l, k int) float64 {
	return s.rows(l, k) * laterals(c, l)
}

// laterals returns B_l.
func laterals(c *model.Config, l int) float64 {
	whole, rest := c.Hidden[l-1]/c.Group, c.Hidden[l-1]%c.Group
	return float64(whole*c.Group*c.Group + rest*rest)
}

func generativeWork(c *model.Config, set *runtime.Settings) (total float64) {
	top := float64(c.Latents) * size(c, len(c.Hidden))
	if !set.GeneratorDriven {
		total = (2*float64(c.Latent.Moves) + topUpdates(c, set)) * float64(set.Batch) * top
		for l := range c.Hidden {
			total += 2 * float64(set.Batch) * size(c, l) * size(c, l+1)
		}
		return total
	}
	s := sharing{inputs: set.Batch, copies: 2, layers: len(c.Hidden), noise: set.Noise != 0 || set.GenNoise != 0}
	for k := range c.Rounds {
		total += 3 * s.all() * top
		for l := range c.Hidden {
			total += 2 * s.rows(l+1, k+1) * size(c, l) * size(c, l+1)
		}
	}
	return total
}

// topUpdates returns how many of the latents' moves of a batch Gy learns at,
// from start states.
func topUpdates(c *model.Config, set *runtime.Settings) float64 {
	if set.TopUpdates == 0 {
		return float64(c.Latent.Moves)
	}
	return float64(min(set.TopUpdates, c.Latent.Moves))
}
