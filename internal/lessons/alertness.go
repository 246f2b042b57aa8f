package lessons

import (
	"context"
	"errors"

	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/novelty"
	"github.com/pffedge/pffedge/simd"
)

// Alertness tells how unlike what a learner knows the samples of a stream are, and
// whether the stream has changed. It is calibrated by the stream itself, whose samples
// have not been learned yet when it is asked about them. Those held back would not do:
// they are remembered in few bits, and a model that was trained on them knows them.
type Alertness struct {
	gauge   *novelty.Gauge
	drift   *novelty.Drift
	signals []novelty.Signal
	warned  bool // of drift that may be
}

// NewAlertness returns one that knows nothing yet.
func NewAlertness(classes int) (*Alertness, error) {
	gauge, err := novelty.NewGauge(novelty.Options{Classes: classes})
	if err != nil {
		return nil, err
	}
	drift, err := novelty.NewDrift(novelty.DriftOptions{})
	return &Alertness{gauge: gauge, drift: drift}, err
}

// Look returns the signals of samples, valid until the next call.
func (a *Alertness) Look(ctx context.Context, s *runtime.Session, x simd.Matrix) ([]novelty.Signal, error) {
	for len(a.signals) < x.Rows {
		a.signals = append(a.signals, novelty.Signal{})
	}
	return a.signals[:x.Rows], s.Signals(ctx, a.signals[:x.Rows], x)
}

// Learn calibrates with a sample of the known kind. What no number can be given to
// calibrates nothing.
func (a *Alertness) Learn(s novelty.Signal) error {
	if err := a.gauge.Add(s); err != nil && !errors.Is(err, novelty.ErrSignal) {
		return err
	}
	return nil
}

// Novelty returns the share of known samples that were less unusual, nil before enough
// are known. It does not count for drift.
func (a *Alertness) Novelty(s novelty.Signal) (*float64, error) {
	v, err := a.gauge.Score(s)
	if errors.Is(err, novelty.ErrUncalibrated) || errors.Is(err, novelty.ErrSignal) {
		return nil, nil
	}
	return &v, err
}

// Score returns the share of known samples that were less unusual, nil before enough
// are known, and what the stream has come to: Warning and Drifting are told once, and
// after Drifting it is calibrated anew.
func (a *Alertness) Score(s novelty.Signal) (*float64, novelty.State, error) {
	v, err := a.Novelty(s)
	if v == nil || err != nil {
		return nil, novelty.Steady, err
	}
	state, err := a.drift.Update(*v)
	if err != nil {
		return nil, novelty.Steady, err
	}
	switch {
	case state == novelty.Drifting:
		fresh, err := NewAlertness(a.gauge.Classes())
		if err != nil {
			return nil, state, err
		}
		*a = *fresh
	case state == novelty.Warning && a.warned:
		state = novelty.Steady
	case state == novelty.Warning:
		a.warned = true
	}
	return v, state, nil
}

// Grow makes room for new classes.
func (a *Alertness) Grow(classes int) error {
	if classes > a.gauge.Classes() {
		return a.gauge.Grow(classes)
	}
	return nil
}
