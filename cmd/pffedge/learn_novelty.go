package main

import (
	"context"
	"errors"

	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/novelty"
	"github.com/pffedge/pffedge/simd"
)

// alertness tells how unlike what a learner knows the samples of a stream are, and
// whether the stream has changed. It is calibrated by the stream itself, whose samples
// have not been learned yet when it is asked about them. Those held back would not do:
// they are remembered in few bits, and a model that was trained on them knows them.
type alertness struct {
	gauge   *novelty.Gauge
	drift   *novelty.Drift
	signals []novelty.Signal
	warned  bool // of drift that may be
}

func newAlertness(classes int) (*alertness, error) {
	gauge, err := novelty.NewGauge(novelty.Options{Classes: classes})
	if err != nil {
		return nil, err
	}
	drift, err := novelty.NewDrift(novelty.DriftOptions{})
	return &alertness{gauge: gauge, drift: drift}, err
}

// look returns the signals of samples, valid until the next call.
func (a *alertness) look(ctx context.Context, s *runtime.Session, x simd.Matrix) ([]novelty.Signal, error) {
	for len(a.signals) < x.Rows {
		a.signals = append(a.signals, novelty.Signal{})
	}
	return a.signals[:x.Rows], s.Signals(ctx, a.signals[:x.Rows], x)
}

// learn calibrates with a sample of the known kind. What no number can be given to
// calibrates nothing.
func (a *alertness) learn(s novelty.Signal) error {
	if err := a.gauge.Add(s); err != nil && !errors.Is(err, novelty.ErrSignal) {
		return err
	}
	return nil
}

// score returns the share of known samples that were less unusual, nil before enough
// are known, and tells of drift when it is first seen.
func (a *alertness) score(s novelty.Signal, note func(string)) (*float64, error) {
	v, err := a.gauge.Score(s)
	if errors.Is(err, novelty.ErrUncalibrated) || errors.Is(err, novelty.ErrSignal) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	state, err := a.drift.Update(v)
	if err != nil {
		return nil, err
	}
	switch {
	case state == novelty.Drifting:
		note("pffedge: warning: drift: the samples of the stream have become unlike those before, and are the measure from now on")
		fresh, err := newAlertness(a.gauge.Classes())
		if err != nil {
			return nil, err
		}
		*a = *fresh
	case state == novelty.Warning && !a.warned:
		note("pffedge: warning: the samples of the stream may be becoming unlike those before")
		a.warned = true
	}
	return &v, nil
}

// grow makes room for new classes.
func (a *alertness) grow(classes int) error {
	if classes > a.gauge.Classes() {
		return a.gauge.Grow(classes)
	}
	return nil
}
