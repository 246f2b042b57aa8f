package quantize

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pffedge/pffedge/runtime"
)

// Blame is what one matrix alone, in int8, takes from a method's accuracy.
type Blame struct {
	Matrix string         `json:"matrix"`
	Method runtime.Method `json:"method"`
	Drop   float64        `json:"drop"` // in points
}

// blame tries every matrix that predictions read alone, and sorts them by what
// they cost the method that suffers most.
func (t *trial) blame(ctx context.Context, test runtime.Samples, worst Accuracy) (list []Blame, err error) {
	for _, name := range t.predicting() {
		e, err := runtime.NewPartly(t.m, t.q, name)
		if err != nil {
			return nil, err
		}
		s := runtime.NewSession(e, t.Threads)
		share, err := t.share(ctx, s, test, worst.Method, name+" alone in int8, "+string(worst.Method))
		s.Close()
		if err != nil {
			return nil, err
		}
		list = append(list, Blame{name, worst.Method, 100 * (worst.Before - share)})
	}
	slices.SortStableFunc(list, func(a, b Blame) int { return cmp.Compare(b.Drop, a.Drop) })
	return list, nil
}

// predicting names the matrices that predictions read.
func (t *trial) predicting() (names []string) {
	for _, m := range t.weights() {
		if !strings.HasPrefix(m.Name, "G") {
			names = append(names, m.Name)
		}
	}
	return names
}

// worst returns the method that loses most.
func (r *Report) worst() Accuracy {
	return slices.MaxFunc(r.Accuracy, func(a, b Accuracy) int { return cmp.Compare(a.Drop, b.Drop) })
}

// judge fills in why int8 is not to be recommended, if so.
func (r *Report) judge() {
	if worst := r.worst(); worst.Drop > r.MaxDrop {
		r.Refused = append(r.Refused, fmt.Sprintf("accuracy by %s falls by %.2f points, from %.2f%% to %.2f%%, more than %v%s",
			worst.Method, worst.Drop, 100*worst.Before, 100*worst.After, r.MaxDrop, r.culprit(worst)))
	}
	if best := r.fastest(); best.Gain <= 1 {
		r.Refused = append(r.Refused, fmt.Sprintf("nothing gets faster on this machine: at best, %d by %s, it takes %.2f times as long", best.Batch, best.Method, 1/best.Gain))
	}
}

// culprit names the matrix that costs most.
func (r *Report) culprit(worst Accuracy) string {
	if len(r.Blame) == 0 {
		return ""
	}
	first := r.Blame[0]
	if first.Drop < worst.Drop/2 {
		return fmt.Sprintf("; no matrix alone is to blame, %s costs most, %.2f points", first.Matrix, first.Drop)
	}
	return fmt.Sprintf("; %s is to blame, which alone costs %.2f points", first.Matrix, first.Drop)
}

// fastest returns the latency that gains most.
func (r *Report) fastest() Latency {
	return slices.MaxFunc(r.Latency, func(a, b Latency) int { return cmp.Compare(a.Gain, b.Gain) })
}
