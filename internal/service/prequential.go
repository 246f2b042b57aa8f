package service

import (
	"context"
	"slices"

	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// accuracyWindow is how many samples the running accuracy looks back on.
const accuracyWindow = 500

// Accuracy is how many labelled samples were recognised before they were learned.
type Accuracy struct {
	Samples uint64  `json:"samples"` // in this run
	Right   uint64  `json:"right"`
	Window  int     `json:"window"` // of them, the last
	Lately  float64 `json:"lately"` // the share of those that was recognised
}

// prequential counts that.
type prequential struct {
	total Accuracy
	last  []bool
}

func (p *prequential) add(right bool) {
	if len(p.last) == accuracyWindow {
		p.last = slices.Delete(p.last, 0, 1)
	}
	p.last = append(p.last, right)
	p.total.Samples++
	if right {
		p.total.Right++
	}
}

// judge predicts samples that are about to be learned, and counts those whose class,
// classes[labels[i]], the learner tells, by the read-out. It returns what each is taken
// for.
func (s *Service) judge(ctx context.Context, x simd.Matrix, classes []string, labels []int) ([]string, error) {
	names, session := make([]string, 0, x.Rows), s.learner().Session()
	for lo := 0; lo < x.Rows; lo += session.AtOnce() {
		hi := min(lo+session.AtOnce(), x.Rows)
		p, err := session.Predict(ctx, x.Slice(lo, hi), runtime.Readout)
		if err != nil {
			return nil, err
		}
		for i := range hi - lo {
			best, _ := runtime.Best(p.Row(i))
			names = append(names, s.learner().Classes()[best])
		}
	}
	for i, name := range names {
		s.mixed.add(name == classes[labels[i]])
	}
	right := 0
	for _, was := range s.mixed.last {
		if was {
			right++
		}
	}
	a := s.mixed.total
	if a.Window = len(s.mixed.last); a.Window > 0 {
		a.Lately = float64(right) / float64(a.Window)
	}
	s.stats.mu.Lock()
	s.stats.accuracy = a
	s.stats.mu.Unlock()
	s.tell(EventAccuracy, a)
	return names, nil
}
