package service

import (
	"context"
	"slices"
	"time"

	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/novelty"
	"github.com/pffedge/pffedge/simd"
)

// MaxPredicted is how many samples one request may have predicted.
const MaxPredicted = 1 << 12

// Predictions is what the model says of samples.
type Predictions struct {
	Sequence      uint64 // what has been learned
	Classes       []string
	Probabilities simd.Matrix // samples × classes
	Explained     []Explained // of each sample, if that was asked for
}

// Explained tells how a sample looks to the model.
type Explained struct {
	Surprise []float32 // of each class: the lower, the better does it fit
	Lead     float32   // by how much the best exceeds the mean in goodness
	// Novelty is the share of known samples that looked less unusual; nil before enough
	// samples have been seen to tell.
	Novelty        *float64
	Reconstruction []float32 // the input as the model sees it; nil if it does not reconstruct
	Error          float32   // relative squared error of the reconstruction
}

// Predict returns what the model last published says of samples, rows of scaled inputs.
// With explain it also tells how they look to it, which takes about ten times as long as
// a read-out.
func (s *Service) Predict(ctx context.Context, x simd.Matrix, method runtime.Method, explain bool) (*Predictions, error) {
	if x.Rows < 1 || x.Rows > MaxPredicted {
		return nil, badRequest("%d samples, want 1…%d", x.Rows, MaxPredicted)
	}
	p := s.Current()
	out := &Predictions{Sequence: p.Sequence, Classes: p.Classes, Probabilities: simd.NewMatrix(x.Rows, len(p.Classes))}
	err := p.with(ctx, func(session *runtime.Session) error {
		got, err := session.Predict(ctx, x, method)
		if err != nil {
			return err
		}
		for i := range got.Rows {
			copy(out.Probabilities.Row(i), got.Row(i))
		}
		if explain {
			out.Explained, err = s.explain(ctx, p, session, x)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	s.stats.predicted(method, x.Rows)
	s.watch.show(x.Row(0))
	return out, nil
}

func (s *Service) explain(ctx context.Context, p *Published, session *runtime.Session, x simd.Matrix) ([]Explained, error) {
	list := make([]Explained, x.Rows)
	surprise, err := session.Surprise(ctx, x)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Surprise = slices.Clone(surprise.Row(i))
	}
	signals := make([]novelty.Signal, x.Rows)
	if err := session.Signals(ctx, signals, x); err != nil {
		return nil, err
	}
	for i, signal := range signals {
		list[i].Lead, list[i].Error = signal.Lead, signal.Error
		if list[i].Novelty, err = s.watch.novelty(signal); err != nil {
			return nil, err
		}
	}
	if !p.Reconstructs() {
		return list, nil
	}
	images := simd.NewMatrix(x.Rows, x.Cols)
	if err := session.Reconstruct(ctx, images, x); err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Reconstruction = images.Row(i)
	}
	return list, nil
}

// Reconstructs tells whether the model has learned to reconstruct and imagine.
func (p *Published) Reconstructs() bool { return len(p.engine.Model().Overall) > 0 }

// Reconstruct returns samples as the model sees them.
func (s *Service) Reconstruct(ctx context.Context, x simd.Matrix) (simd.Matrix, error) {
	if x.Rows < 1 || x.Rows > MaxPredicted {
		return simd.Matrix{}, badRequest("%d samples, want 1…%d", x.Rows, MaxPredicted)
	}
	p := s.Current()
	if !p.Reconstructs() {
		return simd.Matrix{}, runtime.ErrNoMixture
	}
	images := simd.NewMatrix(x.Rows, x.Cols)
	err := p.with(ctx, func(session *runtime.Session) error { return session.Reconstruct(ctx, images, x) })
	return images, err
}

// MaxImagined is how many samples one request may have imagined.
const MaxImagined = 256

// Imagine returns n new samples of a class, or of none in particular if it is "".
func (s *Service) Imagine(ctx context.Context, class string, n int, seed uint64) (simd.Matrix, error) {
	if n < 1 || n > MaxImagined {
		return simd.Matrix{}, badRequest("%d samples to imagine, want 1…%d", n, MaxImagined)
	}
	p, label := s.Current(), runtime.AnyClass
	if class != "" {
		if label = slices.Index(p.Classes, class); label < 0 {
			return simd.Matrix{}, noClass(class, p.Classes)
		}
	}
	images := simd.NewMatrix(n, p.Input().Size())
	err := p.with(ctx, func(session *runtime.Session) error { return session.Imagine(ctx, images, label, seed) })
	return images, err
}

// Alive tells whether the service predicts.
func (s *Service) Alive(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, aliveTime)
	defer cancel()
	p := s.Current()
	return p.with(ctx, func(session *runtime.Session) error {
		_, err := session.Predict(ctx, simd.NewMatrix(1, p.Input().Size()), runtime.Readout)
		return err
	}) == nil
}

// aliveTime is how long that may take.
const aliveTime = 5 * time.Second
