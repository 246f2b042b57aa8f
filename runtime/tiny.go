package runtime

import "github.com/pffedge/pffedge/model"

// Tiny is the preset for boards with little memory.
const Tiny = "tiny"

// tiny is fast with layers of seven whole panels, so that an MNIST model with
// its mixtures fits 1 MB, and batches that are small enough for learning it to
// fit 16 MB of process memory, program and data included. Latents fill one panel,
// and mixtures are fitted to fewer of them.
func tiny() (Settings, model.Config) {
	s, c := fast()
	s.Preset, s.Batch = Tiny, 20
	s.LatentSamples = 250
	c.Hidden, c.Latents = []int{112, 112}, 16
	return s, c
}
