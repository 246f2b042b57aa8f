package runtime

import "github.com/pffedge/pffedge/model"

// Tiny is the preset for boards with little memory.
const Tiny = "tiny"

// tiny is fast with layers of seven whole panels, so that an MNIST model with
// its mixtures fits 1 MB, and batches that are small enough for learning it to
// fit 16 MB of process memory, program and data included. Small batches take
// more steps of a smaller rate. Latents fill one panel.
func tiny() (Settings, model.Config) {
	s, c := fast()
	s.Preset, s.Batch = Tiny, 20
	s.Adam.Rate, s.GenAdam.Rate = 1e-3, 1e-3
	c.Hidden, c.Latents = []int{112, 112}, 16
	return s, c
}
