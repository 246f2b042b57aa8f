package oracle

// Config is the shape of a network, the constants of its dynamics and how it
// learns. The zero values of the switches are the reference's behaviour.
type Config struct {
	Inputs  int   // D
	Hidden  []int // H_1 … H_L
	Classes int   // C
	Latents int   // S
	Group   int   // units in a lateral block; a last block may be smaller
	Rounds  int   // K, rounds a training batch

	Theta      float64 // θ, goodness threshold while learning
	Alpha      float64 // α, share of the old state that stays
	LabelScale float64 // s
	Beta       float64 // β, rate of the latent's moves

	LR, Beta1, Beta2, EpsAdam float64 // Adam
	Clip                      float64 // bound on each element of a gradient
	Decay                     float64 // λ, weight decay of W, V and the read-out
	GenDecay                  float64 // λ_g, weight decay of Gy and G

	// Contrast, if not 0, is the a of the contrast loss softplus(a·(g⁺ − g⁻))
	// between rows r and r + rows/2, one sample under its label and under a
	// wrong one; see ContrastError.
	Contrast float64
	// ReadoutFromStart lets the read-out learn once a batch from the
	// label-free start state with a one-hot target, instead of every round
	// from the state before the step with target s·y.
	ReadoutFromStart bool
	// LatentPerSample moves each sample's latent by its own gradient, summed
	// over units, instead of by that of the mean over the batch.
	LatentPerSample bool
}

// Layers returns L, the number of hidden layers.
func (c *Config) Layers() int { return len(c.Hidden) }

// below returns H_{ℓ−1}, the size of what layer index l reads from below.
func (c *Config) below(l int) int {
	if l == 0 {
		return c.Inputs
	}
	return c.Hidden[l-1]
}

// above returns H_{ℓ+1}, the size of what layer index l reads from above.
func (c *Config) above(l int) int {
	if l == c.Layers()-1 {
		return c.Classes
	}
	return c.Hidden[l+1]
}

// GoodnessWindow returns the reference's window of goodness prediction:
// steps = K_high = ⌊K/2⌋+1 dynamics steps a label, the logits summed from
// step from = K_low = ⌊K/2⌋−1 on, counted from 0. So two steps are summed,
// or the only one where K = 1.
func (c *Config) GoodnessWindow() (from, steps int) {
	return c.Rounds/2 - 1, c.Rounds/2 + 1
}
