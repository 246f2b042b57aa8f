package training

import (
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
)

// Plan plans the memory of a job that trains a network of c with set on that
// many samples: of all that depends on the network. c and set must be valid.
func Plan(c *model.Config, set *runtime.Settings, threads, samples int) runtime.Plan {
	return runtime.PlanTraining(c, set, threads, samples).WithSaving(model.SaveBytes())
}
