package training

import (
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
)

// spareBytes is what Go's allocator keeps besides a small heap's blocks while
// phases of a job come and go: pages that are partly used or not given back.
const spareBytes = 256 << 10

// Plan plans the memory of a job that trains a network of c with set on that
// many samples: of all that depends on the network. c and set must be valid.
func Plan(c *model.Config, set *runtime.Settings, threads, samples int) runtime.Plan {
	p := runtime.PlanTraining(c, set, threads, samples)
	p.Saving = c.SaveBytes()
	p.Garbage = spareBytes + (p.Weights+p.Moments+p.Scratch)*garbageLearning/100
	p.Sum()
	return p
}
