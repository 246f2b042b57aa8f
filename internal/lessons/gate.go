package lessons

import (
	"context"
	"fmt"

	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/runtime"
)

// Gate says how much an operation may take from the classes that a learner knows,
// in points: percent of their samples.
type Gate struct {
	Limit      float64 // on average over the classes
	ClassLimit float64 // from any class
}

// DefaultGate lets pass what lessons usually take.
var DefaultGate = Gate{Limit: 3, ClassLimit: 20}

// Check refuses limits that are no points.
func (g *Gate) Check() error {
	for name, points := range map[string]float64{"limit": g.Limit, "class-limit": g.ClassLimit} {
		if !(points >= 0 && points <= 100) {
			return fmt.Errorf("%s %v, want 0…100 points", name, points)
		}
	}
	return nil
}

// Harm is what an operation takes from the classes known before, in points; below
// zero they gain.
type Harm struct {
	Mean  float64 `json:"mean"`
	Worst float64 `json:"worst"`
	Class string  `json:"class"` // the one that loses most
}

// HarmOf returns what a trial took.
func HarmOf(t *runtime.Trial) Harm {
	mean, worst, class := t.Harm()
	return Harm{100 * mean, 100 * worst, class}
}

// Excess says in words how an operation exceeds the limits, or nothing.
func (g *Gate) Excess(h Harm) string {
	most := fmt.Sprintf("%s, which loses most, %.1f", show.Shorten(show.OneLine(h.Class), 40), h.Worst)
	switch {
	case h.Mean > g.Limit:
		return fmt.Sprintf("the classes known would lose %.1f points of recall on average (at most %g), %s", h.Mean, g.Limit, most)
	case h.Worst > g.ClassLimit:
		return fmt.Sprintf("class %s would lose %.1f points of recall (at most %g)", show.Shorten(show.OneLine(h.Class), 40), h.Worst, g.ClassLimit)
	}
	return ""
}

// EnoughRecall is the recall of which the samples held back must make sure for a
// class to count as taught enough.
const EnoughRecall = 0.8

// Recalled says how well a class is known.
type Recalled struct {
	runtime.Recall
	Enough bool `json:"enough"` // taught
}

// Effect is what an operation did to a store that rehearses.
type Effect struct {
	Seconds float64   `json:"seconds"`
	Recall  *Recalled `json:"recall,omitempty"` // of the class it was about
	Harm    Harm      `json:"harm"`
}

// RecallOf tells how well a class is known, nil if it is not the learner's.
func RecallOf(ctx context.Context, l *runtime.Learner, class string) (*Recalled, error) {
	list, err := l.Recalls(ctx)
	for _, r := range list {
		if r.Class == class {
			return &Recalled{r, r.Enough(EnoughRecall)}, err
		}
	}
	return nil, err
}

// String says how well the class is known, and whether that has been shown.
func (r *Recalled) String() string {
	switch {
	case r.Held == 0:
		return "no sample held back so far that could tell; show more to be sure"
	case r.Enough:
		return fmt.Sprintf("%d of %d held back recognised: taught enough, %s at the least", r.Right, r.Held, show.Percent(r.AtLeast))
	case r.Right < r.Held && r.Share() < EnoughRecall:
		return fmt.Sprintf("%d of %d held back recognised; show more", r.Right, r.Held)
	}
	return fmt.Sprintf("%d of %d held back recognised; show more to be sure", r.Right, r.Held)
}
