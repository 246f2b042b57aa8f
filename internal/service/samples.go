package service

import (
	"context"
	"fmt"
	"slices"
)

// Sample is a remembered sample.
type Sample struct {
	ID     uint64    `json:"id"` // as long as it is remembered
	Class  string    `json:"class"`
	Values []float32 `json:"-"` // scaled inputs, as they are remembered
}

// Samples are some of the remembered samples.
type Samples struct {
	Total int // of the class, or in all
	List  []Sample
}

// MaxSamples is how many samples are returned at once.
const MaxSamples = 1000

// Samples returns remembered samples of a class, or of all if it is "", the newest first,
// but for the first skip.
func (s *Service) Samples(ctx context.Context, class string, skip, n int) (*Samples, error) {
	if n < 1 || n > MaxSamples || skip < 0 {
		return nil, badRequest("%d samples behind %d, want 1…%d behind 0 or more", n, skip, MaxSamples)
	}
	return order(ctx, s, s.asks, func(context.Context) (*Samples, error) {
		l, out := s.learner(), &Samples{List: []Sample{}}
		if class != "" && !slices.Contains(l.Classes(), class) {
			return nil, noClass(class, l.Classes())
		}
		if l.Memory() == nil {
			return out, nil
		}
		m := l.Memory()
		for label, name := range l.Classes() {
			if class != "" && name != class {
				continue
			}
			first, end := m.Range(label)
			out.Total += end - first
			for i := end - 1; i >= first; i-- {
				if skip > 0 {
					skip--
					continue
				}
				if len(out.List) == n {
					break
				}
				x := make([]float32, m.Inputs())
				m.Sample(x, i)
				out.List = append(out.List, Sample{m.ID(i), name, x})
			}
		}
		return out, nil
	})
}

// Sample returns a remembered sample.
func (s *Service) Sample(ctx context.Context, id uint64) (*Sample, error) {
	return order(ctx, s, s.asks, func(context.Context) (*Sample, error) {
		if err := s.find(id); err != nil {
			return nil, err
		}
		l := s.learner()
		at, _ := l.Memory().Find(id)
		out := &Sample{ID: id, Class: l.Classes()[l.Memory().Label(at)], Values: make([]float32, l.Memory().Inputs())}
		l.Memory().Sample(out.Values, at)
		return out, nil
	})
}

// find reports that a sample is not remembered.
func (s *Service) find(id uint64) error {
	if m := s.learner().Memory(); m != nil {
		if _, ok := m.Find(id); ok {
			return nil
		}
	}
	return fmt.Errorf("%w: no sample %d is remembered", ErrNotFound, id)
}
