package lessons

import (
	"math"

	"github.com/pffedge/pffedge/runtime"
)

// SleepPart is how many steps an operation has, and SleepProbe the first if it is to
// tell how long a step takes.
const (
	SleepPart  = 25
	SleepProbe = 8
)

// SleepPlan divides a sleep into operations: so many steps, or as many as fit some
// seconds. In that case each operation is planned by how long a step has taken so far,
// such that the rate, which goes with the share of the sleep that is over, goes on from
// where it was and ends at 0.
type SleepPlan struct {
	Steps   int     // 0: by seconds
	Seconds float64 // in all
	Done    int     // steps so far

	spent float64 // seconds, of steps alone
	share float64 // of the sleep that is over, 0…1
}

// Next returns the next operation, or nil if the sleep is over, after as many seconds as
// elapsed says.
func (p *SleepPlan) Next(elapsed func() float64) *runtime.Sleep {
	if p.Steps > 0 {
		if p.Done >= p.Steps {
			return nil
		}
		return &runtime.Sleep{Steps: min(SleepPart, p.Steps-p.Done), From: p.Done, Of: p.Steps}
	}
	if p.Done == 0 {
		return &runtime.Sleep{Steps: SleepProbe, Of: runtime.SleepSteps}
	}
	left := int(min((p.Seconds-elapsed())/(p.spent/float64(p.Done)), runtime.MaxSleepSteps/2))
	if left < 1 || p.share >= 1 {
		return nil
	}
	of := int(min(math.Round(float64(left)/(1-p.share)), runtime.MaxSleepSteps))
	of = max(of, left+1) // only the first part begins at 0
	return &runtime.Sleep{Steps: min(SleepPart, left), From: of - left, Of: of}
}

// Did notes that an operation has been done, in so many seconds.
func (p *SleepPlan) Did(op *runtime.Sleep, seconds float64) {
	p.Done += op.Steps
	p.spent += seconds
	p.share = float64(op.From+op.Steps) / float64(op.Of)
}

// Total returns how many steps the sleep has, as far as one can tell.
func (p *SleepPlan) Total(op *runtime.Sleep) int { return p.Done + op.Of - op.From }
