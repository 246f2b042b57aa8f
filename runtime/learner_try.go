package runtime

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/pffedge/pffedge/runtime/replay"
)

// Recall says how well a class is known: of how many samples, held back and so never
// learned, how many are recognised.
type Recall struct {
	Class   string  `json:"class"`
	Held    int     `json:"held"`     // samples held back
	Right   int     `json:"right"`    // of them
	Taught  uint64  `json:"taught"`   // samples of the class seen, held-back ones included
	Kept    int     `json:"kept"`     // of them, remembered
	AtLeast float64 `json:"at_least"` // the recall that Right shows, see lowest; 0 without any held back
}

// Share returns the share of the class's held-back samples that are recognised, 0…1,
// or NaN without any.
func (r *Recall) Share() float64 { return float64(r.Right) / float64(r.Held) }

// Enough tells whether the class has been taught enough for a recall of at least
// that share: whether the samples held back show so much.
func (r *Recall) Enough(share float64) bool { return r.AtLeast >= share }

// More returns about how many samples more of the class would have to be shown until
// those held back of them show a recall of at least that share, if it is recognised as
// well as now; ok is false if it is not recognised so well, or hardly better, or if the
// memory of samples held back is full.
func (l *Learner) More(r *Recall, share float64) (n int, ok bool) {
	if r.Enough(share) {
		return 0, true
	}
	label := slices.Index(l.Classes(), r.Class)
	if l.held == nil || label < 0 || r.Held == 0 || r.Share() <= share {
		return 0, false
	}
	if kept, seen := l.held.Count(label); uint64(kept) < seen {
		return 0, false
	}
	// The end of the interval is at share where (p−share)² = z²·share·(1−share)/m.
	gap := r.Share() - share
	samples := math.Ceil(wilson * wilson * share * (1 - share) / (gap * gap))
	if samples > mostHeld {
		return 0, false
	}
	need := max(int(samples), r.Held)
	soon := min(max(heldEnough-r.Held, 0), need-r.Held)
	every := int(1/l.rehearsal.Held + 0.5)
	return every * (soon + 10*(need-r.Held-soon)), true
}

// mostHeld is how many samples of a class somebody would hold back to be sure of it.
const mostHeld = 1000

// wilson is the quantile of Wilson's interval at 95 %.
const wilson = 1.96

// lowest returns the lower end of Wilson's interval at 95 % for a share of which
// right of n were met (Wilson, JASA 22, 1927).
func lowest(right, n int) float64 {
	if n == 0 {
		return 0
	}
	const z = wilson
	p, m := float64(right)/float64(n), float64(n)
	low := (p + z*z/(2*m) - z*math.Sqrt(p*(1-p)/m+z*z/(4*m*m))) / (1 + z*z/m)
	return min(max(low, 0), p) // rounding errors aside
}

// Recalls predicts the samples held back, by goodness, and returns how well each
// class is known, in label order. It learns nothing.
func (l *Learner) Recalls(ctx context.Context) ([]Recall, error) {
	if l.memory == nil {
		return nil, ErrNoRehearsal
	}
	list := make([]Recall, len(l.Classes()))
	for label, name := range l.Classes() {
		kept, seen := l.memory.Count(label)
		list[label] = Recall{Class: name, Taught: seen, Kept: kept}
		if l.held != nil {
			_, held := l.held.Count(label)
			list[label].Taught += held
		}
	}
	if l.held == nil {
		return list, nil
	}
	err := l.judge(ctx, l.held, l.held.Len(), func(i int) int { return i }, func(label, got int) {
		list[label].Held++
		if got == label {
			list[label].Right++
		}
	})
	for i := range list {
		list[i].AtLeast = lowest(list[i].Right, list[i].Held)
	}
	return list, err
}

// judge predicts n samples of m, at(0) … at(n−1), and says of each what it is and what
// it is taken for.
func (l *Learner) judge(ctx context.Context, m *replay.Memory, n int, at func(i int) int, say func(label, got int)) error {
	s := l.Session()
	for lo := 0; lo < n; lo += s.AtOnce() {
		hi := min(lo+s.AtOnce(), n)
		x, labels := s.Inputs(hi-lo), make([]int, hi-lo)
		for i := range labels {
			labels[i] = m.Sample(x.Row(i), at(lo+i))
		}
		p, err := s.Predict(ctx, x, Goodness)
		if err != nil {
			return err
		}
		for i, label := range labels {
			say(label, argMax(p.Row(i)))
		}
	}
	return nil
}

// Trial is what an operation did to a copy of a learner.
type Trial struct {
	Before, After []Known // the classes known before, in the same order

	payload []byte
	kind    OperationKind
	after   *Learner
}

// Known says how many samples of a class, held back ones and a few remembered ones,
// are recognised.
type Known struct {
	Class   string `json:"class"`
	Samples int    `json:"samples"`
	Right   int    `json:"right"`
}

// Share returns the share that is recognised, or 1 of none.
func (k *Known) Share() float64 {
	if k.Samples == 0 {
		return 1
	}
	return float64(k.Right) / float64(k.Samples)
}

// Harm returns by how much the operation lowers the recall of the known classes, below
// 0 if it raises it: the mean over the classes, and the class that loses most and how
// much. Classes without samples, and one that is forgotten, count for nothing.
func (t *Trial) Harm() (mean, worst float64, class string) {
	classes := 0
	for i := range t.Before {
		if t.Before[i].Samples == 0 || t.After[i].Samples == 0 {
			continue
		}
		loss := t.Before[i].Share() - t.After[i].Share()
		if classes == 0 || loss > worst {
			worst, class = loss, t.Before[i].Class
		}
		mean, classes = mean+loss, classes+1
	}
	return mean / float64(max(classes, 1)), worst, class
}

// about returns the identities of the remembered samples that an operation is about:
// what it makes of them is no harm.
func about(op Operation) []uint64 {
	switch o := op.(type) {
	case *Relabel:
		return []uint64{o.ID}
	case *Forget:
		return o.IDs
	}
	return nil
}

// Try applies op to a copy of the learner, which itself stays as it is, and says what
// that does to the classes known. If op is the next that the learner applies, the
// copy's work is not done again, and sessions end as with AddClass. DropTrial, Close
// and any other operation free the copy.
func (l *Learner) Try(ctx context.Context, op Operation) (*Trial, error) {
	if err := l.Check(op); err != nil {
		return nil, err
	}
	payload, err := op.Append(nil)
	if err != nil {
		return nil, err
	}
	t := &Trial{payload: payload, kind: op.Kind()}
	if t.Before, err = l.known(ctx, l, about(op)); err != nil {
		return nil, err
	}
	if t.after, err = l.Clone(); err != nil {
		return nil, err
	}
	if err = t.after.Apply(op); err == nil {
		t.After, err = t.after.known(ctx, l, about(op))
	}
	if err != nil {
		t.after.Close()
		return nil, err
	}
	l.DropTrial()
	l.trial = t
	return t, nil
}

// DropTrial frees what Try has made, if it was not applied.
func (l *Learner) DropTrial() {
	if l.trial != nil {
		l.trial.after.Close()
		l.trial = nil
	}
}

// adopt takes over what a trial of op has made, if there is one.
func (l *Learner) adopt(op Operation) (done bool) {
	t := l.trial
	if t == nil || t.kind != op.Kind() {
		return false
	}
	if payload, err := op.Append(nil); err != nil || !bytes.Equal(payload, t.payload) {
		return false
	}
	l.t.Close()
	*l = *t.after
	return true
}

// Clone returns a learner that goes on from where this one is, and apart from it.
func (l *Learner) Clone() (*Learner, error) {
	c, err := l.Checkpoint()
	if err != nil {
		return nil, err
	}
	return ResumeLearner(c.Clone(), l.t.pool.Threads())
}

// knownSamples is how many samples of a class known looks at; remembered ones where
// fewer are held back.
const knownSamples = 32

// known tells how well the learner knows the classes of before, on the samples that
// before holds, but for some remembered ones.
func (l *Learner) known(ctx context.Context, before *Learner, but []uint64) ([]Known, error) {
	list := make([]Known, len(before.Classes()))
	for label, name := range before.Classes() {
		list[label].Class = name
	}
	for _, m := range []*replay.Memory{before.held, before.memory} {
		if m == nil {
			continue
		}
		var numbers []int
		for label := range list {
			if !slices.Contains(l.Classes(), list[label].Class) {
				continue // it has been forgotten, as was asked
			}
			room := knownSamples - list[label].Samples
			for i, end := m.Range(label); i < end && room > 0; i++ {
				if m == before.held || !slices.Contains(but, m.ID(i)) {
					numbers = append(numbers, i)
					room--
				}
			}
		}
		err := l.judge(ctx, m, len(numbers), func(i int) int { return numbers[i] }, func(label, got int) {
			list[label].Samples++
			if l.Classes()[got] == list[label].Class {
				list[label].Right++
			}
		})
		if err != nil {
			return nil, fmt.Errorf("looking at what is known: %w", err)
		}
	}
	return list, nil
}
