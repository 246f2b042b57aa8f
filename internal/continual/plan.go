package continual

import (
	"context"
	"errors"
	"fmt"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/replay"
)

// ErrPlan: a plan asks for what makes no sense.
var ErrPlan = errors.New("bad plan")

// Plan says what to measure. NewPlan fills in what a protocol usually has.
type Plan struct {
	Protocol    Protocol
	Variant     Variant // of protocol c
	Tasks       int     // of protocol c
	Budget      int     // bytes
	Hidden      []int
	Batch       int   // images at once
	Batches     int   // a task of protocol a
	Shots       []int // of protocol d, rising
	JointEpochs int
	Method      runtime.Method
	Threads     int

	Every int // batches between two looks at how much is still known
	Watch int // test images looked at then

	// Tell, if not nil, hears how far a run is, in batches.
	Tell func(done, total int, text string)
}

// NewPlan returns what is usual for a protocol.
func NewPlan(p Protocol) Plan {
	return Plan{
		Protocol: p, Variant: Rotations, Tasks: 20, Budget: 157_000, Hidden: []int{400, 400}, Batch: p.batch(), Batches: 2000,
		Shots: []int{10, 20, 50}, JointEpochs: 10, Method: runtime.Readout, Threads: 1, Every: 100, Watch: 1000,
	}
}

// Limits of a plan.
const (
	maxBatch   = 1 << 12
	maxBatches = 1 << 20
	maxTasks   = 1000
	maxEpochs  = 1000
	minBudget  = 1000 // bytes
)

// Check reports the first thing about the plan that makes no sense for pupils of a
// kind.
func (p *Plan) Check(kind Kind) error {
	for _, f := range []struct {
		name             string
		value, from, end int
	}{
		{"budget", p.Budget, minBudget, replay.MaxBudget}, {"batch", p.Batch, 1, maxBatch}, {"batches", p.Batches, 1, maxBatches},
		{"tasks", p.Tasks, 1, maxTasks}, {"joint epochs", p.JointEpochs, 1, maxEpochs},
	} {
		if f.value < f.from || f.value > f.end {
			return fmt.Errorf("%w: %s %d, want %d…%d", ErrPlan, f.name, f.value, f.from, f.end)
		}
	}
	if p.Protocol == Teaching && kind.Mixed {
		return fmt.Errorf("%w: in protocol d a class is taught afterwards, and learner %s sees everything mixed", ErrPlan, kind.Name)
	}
	return errors.Join(p.checkHidden(), p.checkShots())
}

func (p *Plan) checkHidden() error {
	if len(p.Hidden) == 0 {
		return fmt.Errorf("%w: no hidden layer", ErrPlan)
	}
	for _, n := range p.Hidden {
		if n < 1 || n > model.MaxUnits {
			return fmt.Errorf("%w: a layer of %d units, want 1…%d", ErrPlan, n, model.MaxUnits)
		}
	}
	return nil
}

func (p *Plan) checkShots() error {
	if p.Protocol == Teaching && len(p.Shots) == 0 {
		return fmt.Errorf("%w: no numbers of shots", ErrPlan)
	}
	for i, n := range p.Shots {
		if n < 1 || i > 0 && n <= p.Shots[i-1] {
			return fmt.Errorf("%w: shots %v, want rising numbers from 1", ErrPlan, p.Shots)
		}
	}
	return nil
}

// Run measures a pupil of a kind with one seed.
func (p *Plan) Run(ctx context.Context, kind Kind, seed uint64, train, test *Images) (*Run, error) {
	if err := p.Check(kind); err != nil {
		return nil, err
	}
	if err := errors.Join(train.covers("training"), test.covers("test")); err != nil {
		return nil, err
	}
	if p.Protocol == Teaching {
		return p.runTeaching(ctx, kind, seed, train, test)
	}
	return p.runStream(ctx, kind, seed, train, test)
}

// tasks returns what the stream is made of.
func (p *Plan) tasks(seed uint64, train, test *Images) []Task {
	if p.Protocol == DomainIncremental {
		return domainTasks(seed, p.Variant, p.Tasks, train, test)
	}
	return classTasks(seed, train, test)
}

// batches is how many batches of a task come; 0 stands for one pass.
func (p *Plan) batches() int {
	if p.Protocol == ClassIncremental {
		return p.Batches
	}
	return 0
}

// length is how many batches the stream has.
func (p *Plan) length(tasks []Task) (n int) {
	for i := range tasks {
		if b := p.batches(); b > 0 {
			n += b
		} else {
			n += batchesOf(len(tasks[i].Train), p.Batch)
		}
	}
	return n
}

// options are those of a pupil.
func (p *Plan) options(seed uint64, train *Images) Options {
	return Options{
		Width: train.Width, Height: train.Height, Classes: len(train.Classes), Hidden: p.Hidden, Budget: p.Budget,
		Protocol: p.Protocol, Permuted: p.Protocol == DomainIncremental && p.Variant == Permutations, Batch: p.Batch, Method: p.Method, Seed: seed, Threads: p.Threads,
	}
}
