package continual

import (
	"fmt"
	"strings"

	"github.com/pffedge/pffedge/runtime"
)

// Options say what a pupil is to be.
type Options struct {
	Width, Height int // of an image, in pixels
	Classes       int // that may turn up: labels are below
	Hidden        []int
	Budget        int // bytes that it may keep besides the network
	Protocol      Protocol
	Permuted      bool // neighbouring pixels have nothing to do with each other
	Batch         int  // images that Learn gets at once, at most
	// Batches is how many the stream has. Only pupils that see all classes mixed
	// are told (Kind.Mixed), others get 0.
	Batches int
	Method  runtime.Method
	Seed    uint64
	Threads int
}

// Kind is a sort of pupil.
type Kind struct {
	Name, Doc string
	// Mixed: it sees the samples of all tasks in one random order, not the stream,
	// so it is a bound and no continual learner.
	Mixed bool
	// Joint: it sees them Plan.JointEpochs times, in the preset's batches.
	Joint bool
	New   func(Options) (Pupil, error)
}

// kinds are all there are, the default first.
var kinds = []Kind{
	{Name: "pff", Doc: "the runtime's own learner: replay in few bits, lessons, sleep", New: newPFF},
	{Name: "raw", Doc: "replay of samples in 8 bits a pixel", New: newRaw},
	{Name: "none", Doc: "learns what comes and keeps nothing", New: newPlain},
	{Name: "iid", Doc: "one pass over the samples of all tasks, mixed", Mixed: true, New: newPlain},
	{Name: "joint", Doc: "several passes over them, at a rate that falls", Mixed: true, Joint: true, New: newJoint},
}

// Kinds returns all sorts of pupils, the default first.
func Kinds() []Kind { return kinds }

// KindNames returns their names.
func KindNames() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.Name
	}
	return names
}

// FindKind returns the sort of pupil of that name.
func FindKind(name string) (Kind, error) {
	for _, k := range kinds {
		if k.Name == name {
			return k, nil
		}
	}
	return Kind{}, fmt.Errorf("no learner %q, there are %s", name, strings.Join(KindNames(), ", "))
}
