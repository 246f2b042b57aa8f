package runtime

import "github.com/pffedge/pffedge/model"

// Tiny is the preset for boards with little memory.
const Tiny = "tiny"

// tiny is fast with layers of seven whole panels, so that an MNIST model with
// its mixtures fits 1 MB, and batches that are small enough for learning it to
// fit 16 MB of process memory, program and data included. Latents fill one panel,
// and mixtures are fitted to fewer of them. So small batches take smaller steps,
// and so few units learn from more pixels, and for fewer epochs.
func tiny() (Settings, model.Config) {
	s, c := fast()
	s.Preset, s.Batch, s.Epochs, s.Mask = Tiny, 20, 16, 0.1
	s.Adam.Rate, s.GenAdam.Rate = 1e-3, 5e-3
	s.LatentSamples = 200
	c.Hidden, c.Latents = []int{112, 112}, 16
	return s, c
}
