package continual

import (
	"fmt"
	goruntime "runtime"

	"github.com/pffedge/pffedge/internal/machine"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// Report is what was measured of one sort of pupil. Shares are of 1.
type Report struct {
	Learner string `json:"learner"`
	Conditions
	Runs    []*Run  `json:"runs"`
	Summary Summary `json:"summary"`
	Tail
}

// Conditions are what the runs of a report have in common.
type Conditions struct {
	CPU     string         `json:"cpu"`
	Go      string         `json:"go"`
	Kernels simd.ISA       `json:"kernels"`
	Threads int            `json:"threads"`
	Data    string         `json:"data"`
	Split   string         `json:"split"` // test or validation
	Train   int            `json:"train"` // images
	Test    int            `json:"test"`
	Variant Variant        `json:"variant,omitempty"`
	Hidden  []int          `json:"hidden"`
	Method  runtime.Method `json:"method"`
	Batch   int            `json:"batch"`
}

// Tail is what every document ends with: means over the seeds, after sleep unless
// they say stream.
type Tail struct {
	Protocol         Protocol `json:"protocol"`
	Budget           int      `json:"budget_bytes"`
	Seeds            int      `json:"seeds"` // how many
	ACCMean          float64  `json:"acc_mean"`
	ACCSD            float64  `json:"acc_sd"`
	StreamACCMean    float64  `json:"stream_acc_mean"`
	Forgetting       *float64 `json:"forgetting"` // null for mixed tasks
	MinACC           float64  `json:"min_acc"`
	SamplesPerSecond float64  `json:"samples_per_second"`
}

// Split names where test images came from.
const (
	TestSplit       = "test"
	ValidationSplit = "validation"
)

// NewReport puts runs of a kind of pupil together. train and test are what they had,
// from the split of that name of a data set.
func NewReport(p *Plan, kind Kind, data, split string, train, test *Images, runs []*Run) *Report {
	r := &Report{Learner: kind.Name, Conditions: Conditions{
		CPU: machine.Look().CPU, Go: goruntime.Version(), Kernels: simd.Active(), Threads: p.Threads, Data: data, Split: split,
		Train: train.Len(), Test: test.Len(), Hidden: p.Hidden, Method: p.Method, Batch: p.Batch,
	}, Runs: runs, Summary: summaryOf(runs)}
	if p.Protocol == DomainIncremental {
		r.Variant = p.Variant
	}
	if kind.Joint {
		r.Batch = mixedBatch
	}
	r.Tail = Tail{Protocol: p.Protocol, Budget: p.Budget, Seeds: len(runs)}
	r.Tail.fill(&r.Summary)
	return r
}

// title names protocol and variant.
func (r *Report) title() string {
	if r.Variant == "" {
		return "protocol " + string(r.Protocol)
	}
	return fmt.Sprintf("protocol %s, %s", r.Protocol, r.Variant)
}

// fill takes over what a summary of at least one run says.
func (t *Tail) fill(s *Summary) {
	if s.ACC == nil {
		return
	}
	t.ACCMean, t.ACCSD, t.StreamACCMean = s.ACC.Mean, s.ACC.SD, s.StreamACC.Mean
	t.MinACC, t.SamplesPerSecond = s.MinACC.Mean, s.SamplesPerSecond.Mean
	if s.Forgetting != nil {
		t.Forgetting = &s.Forgetting.Mean
	}
}
