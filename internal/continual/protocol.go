package continual

import (
	"fmt"

	"github.com/pffedge/pffedge/runtime"
)

// Protocol is one of the four; the package comment says what they are.
type Protocol string

// The protocols.
const (
	Batchwise Protocol = "a" // class-incremental, many batches of a task
	Online    Protocol = "b" // class-incremental, one pass
	Domains   Protocol = "c" // domain-incremental
	Teaching  Protocol = "d" // a tenth class from a few samples
)

// Protocols lists them.
func Protocols() []string {
	return []string{string(Batchwise), string(Online), string(Domains), string(Teaching)}
}

// Variant says what changes from task to task in protocol c.
type Variant string

// The variants.
const (
	Rotations    Variant = "rotations"
	Permutations Variant = "permutations"
)

// Plan says what is measured.
type Plan struct {
	Protocol Protocol       `json:"protocol"`
	Variant  Variant        `json:"variant,omitempty"`
	Tasks    int            `json:"tasks,omitempty"`   // of protocol c
	Batch    int            `json:"batch"`             // images that a pupil gets at once
	Batches  int            `json:"batches,omitempty"` // of a task, in protocol a
	Shots    []int          `json:"shots,omitempty"`   // samples of the class taught, in protocol d
	Passes   int            `json:"joint_epochs"`      // of a pupil that sees all data
	Hidden   []int          `json:"hidden"`
	Budget   int            `json:"-"`
	Held     float64        `json:"held"` // share of the samples that a pupil may hold back
	Method   runtime.Method `json:"method"`
	Threads  int            `json:"threads"`

	Every   int `json:"watched_every"` // batches after which accuracy is watched
	Watched int `json:"watched"`       // test images that takes
}

// NewPlan returns what a protocol specifies, and our usual choices for the rest.
func NewPlan(p Protocol) Plan {
	plan := Plan{
		Protocol: p, Batch: 10, Passes: 10, Hidden: []int{400, 400}, Budget: 157_000,
		Method: runtime.Goodness, Threads: 1, Every: 100, Watched: 1000,
	}
	switch p {
	case Batchwise:
		plan.Batch, plan.Batches = 128, 2000
	case Domains:
		plan.Batch, plan.Tasks, plan.Variant = 128, 20, Rotations
	case Teaching:
		plan.Shots = []int{10, 20, 50}
	}
	return plan
}

// Validate reports the first thing wrong with the plan.
func (p *Plan) Validate() error {
	switch {
	case p.Protocol != Batchwise && p.Protocol != Online && p.Protocol != Domains && p.Protocol != Teaching:
		return fmt.Errorf("no protocol %q, there are a, b, c and d", p.Protocol)
	case p.Protocol == Domains && p.Variant != Rotations && p.Variant != Permutations:
		return fmt.Errorf("no variant %q, there are %s and %s", p.Variant, Rotations, Permutations)
	case p.Protocol == Domains && (p.Tasks < 2 || p.Tasks > 1000):
		return fmt.Errorf("%d tasks, want 2…1000", p.Tasks)
	case p.Batch < 1 || p.Batch > runtime.MaxReplays/2:
		return fmt.Errorf("batches of %d, want 1…%d", p.Batch, runtime.MaxReplays/2)
	case p.Protocol == Batchwise && p.Batches < 1:
		return fmt.Errorf("%d batches a task, want at least 1", p.Batches)
	case p.Protocol == Teaching && len(p.Shots) == 0:
		return fmt.Errorf("no number of samples to teach a class from")
	case p.Passes < 1 || p.Every < 1 || p.Watched < 1:
		return fmt.Errorf("%d epochs, watched every %d batches on %d images, want at least 1 of each", p.Passes, p.Every, p.Watched)
	}
	for _, n := range p.Shots {
		if n < 1 || n > runtime.MaxTeachSamples {
			return fmt.Errorf("a class taught from %d samples, want 1…%d", n, runtime.MaxTeachSamples)
		}
	}
	return nil
}

// tasks returns the tasks of a seed.
func (p *Plan) tasks(seed uint64, train, test *Images) []Task {
	if p.Protocol == Domains {
		return domainTasks(seed, p.Variant, p.Tasks, train, test)
	}
	return classTasks(seed, train, test)
}

// options returns what a pupil is told.
func (p *Plan) options(train *Images, seed uint64) Options {
	return Options{
		Width: train.Width, Height: train.Height, Classes: len(train.Classes), Hidden: p.Hidden, Budget: p.Budget, Protocol: p.Protocol,
		Permuted: p.Variant == Permutations, Held: p.Held, Batch: p.Batch, Method: p.Method, Seed: seed, Threads: p.Threads,
	}
}
