package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/novelty"
	"github.com/pffedge/pffedge/runtime/store"
	"github.com/pffedge/pffedge/simd"
)

// alertness tells how unlike what a learner knows the samples of a stream are, and
// whether the stream has changed. It is calibrated with the samples held back, and
// with those of the stream, none of which has been learned when it is asked about.
type alertness struct {
	gauge   *novelty.Gauge
	drift   *novelty.Drift
	signals []novelty.Signal
	state   novelty.State
}

// calibratedWith is how many samples held back calibrate at most.
const calibratedWith = 2000

func newAlertness(ctx context.Context, l *store.Learner) (*alertness, error) {
	gauge, err := novelty.NewGauge(novelty.Options{Classes: len(l.Classes())})
	if err != nil {
		return nil, err
	}
	drift, err := novelty.NewDrift(novelty.DriftOptions{})
	a := &alertness{gauge: gauge, drift: drift}
	if err != nil || l.Held() == nil {
		return a, err
	}
	session, n := l.Session(), min(l.Held().Len(), calibratedWith)
	for lo := 0; lo < n; lo += session.AtOnce() {
		x := session.Inputs(min(session.AtOnce(), n-lo))
		for i := range x.Rows {
			l.Held().Sample(x.Row(i), (lo+i)*l.Held().Len()/n) // spread over the classes
		}
		signals, err := a.look(ctx, session, x)
		if err != nil {
			return nil, err
		}
		for _, s := range signals {
			if err := a.learn(s); err != nil {
				return nil, err
			}
		}
	}
	return a, nil
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
	if state != a.state && state != novelty.Steady {
		note(fmt.Sprintf("pffedge: warning: drift: the samples of the stream become unlike those known (%s)", driftText(state)))
	}
	if a.state = state; state == novelty.Drifting {
		a.drift.Reset()
		a.state = novelty.Steady
	}
	return &v, nil
}

func driftText(s novelty.State) string {
	if s == novelty.Drifting {
		return "it is all but sure; a new beginning for the watch"
	}
	return "a first warning"
}

// grow makes room for new classes.
func (a *alertness) grow(classes int) error {
	if classes > a.gauge.Classes() {
		return a.gauge.Grow(classes)
	}
	return nil
}
