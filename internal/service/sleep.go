package service

import (
	"context"
	"time"

	"github.com/pffedge/pffedge/internal/lessons"
	"github.com/pffedge/pffedge/runtime"
)

// SleepState is how far a sleep is.
type SleepState struct {
	Asked bool    `json:"asked"` // for; or it came of idleness
	Done  int     `json:"done"`  // steps
	Of    int     `json:"of"`    // as far as one can tell
	Over  bool    `json:"over"`
	Since float64 `json:"seconds"`
}

// sleep is a sleep under way. One that was asked for goes on after an operation that comes
// between its parts; any other ends, and begins anew when nothing is to be done again.
type sleep struct {
	plan  *lessons.SleepPlan
	asked bool
	since time.Time
}

// after returns what is left of a sleep after an operation that is not part of it.
func (p *sleep) after(op runtime.Operation) *sleep {
	if _, part := op.(*runtime.Sleep); part || p != nil && p.asked {
		return p
	}
	return nil
}

// Sleep begins a sleep of so many steps, or of so many seconds, between whose parts other
// operations are done, and returns at once. Another one that is under way is ended.
func (s *Service) Sleep(ctx context.Context, steps int, seconds float64) (*SleepState, error) {
	switch {
	case steps < 0 || steps > runtime.MaxSleepSteps || seconds < 0 || !(seconds <= 1e6) || steps > 0 && seconds > 0:
		return nil, badRequest("a sleep of %d steps, %v seconds", steps, seconds)
	case steps == 0 && seconds == 0:
		steps = runtime.SleepSteps
	}
	return order(ctx, s, s.jobs, func(context.Context) (*SleepState, error) {
		l := s.learner()
		if _, rehearses := l.Rehearsal(); !rehearses {
			return nil, runtime.ErrNoRehearsal
		}
		if l.Memory().Len() == 0 {
			return nil, badRequest("no sample is remembered that sleep could learn")
		}
		return s.begin(&lessons.SleepPlan{Steps: steps, Seconds: seconds}, true), nil
	})
}

// Wake ends a sleep.
func (s *Service) Wake(ctx context.Context) (*SleepState, error) {
	return order(ctx, s, s.asks, func(context.Context) (*SleepState, error) {
		if s.sleep == nil {
			return &SleepState{Over: true}, nil
		}
		return s.wake(), nil
	})
}

func (s *Service) begin(plan *lessons.SleepPlan, asked bool) *SleepState {
	s.sleep = &sleep{plan, asked, time.Now()}
	return s.tellSleep(plan.Steps, false)
}

// wake ends the sleep at hand.
func (s *Service) wake() *SleepState {
	state := s.tellSleep(s.sleep.plan.Done, true)
	s.sleep = nil
	return state
}

func (s *Service) tellSleep(of int, over bool) *SleepState {
	p := s.sleep
	state := &SleepState{p.asked, p.plan.Done, of, over, time.Since(p.since).Seconds()}
	s.stats.mu.Lock()
	s.stats.sleep = state
	if over {
		s.stats.sleep = nil
	}
	s.stats.mu.Unlock()
	s.tell(EventSleep, *state)
	return state
}

// idle returns a channel on which something comes when the service has been idle for long
// enough to sleep; never, if there is nothing new to sleep over.
func (s *Service) idle() (<-chan time.Time, func()) {
	if s.opt.SleepAfter == 0 || !s.fresh || s.Err() != nil {
		return nil, func() {}
	}
	if _, rehearses := s.learner().Rehearsal(); !rehearses || s.learner().Memory().Len() == 0 {
		return nil, func() {}
	}
	t := time.NewTimer(s.opt.SleepAfter)
	return t.C, func() { t.Stop() }
}

func (s *Service) fallAsleep() { s.begin(&lessons.SleepPlan{Steps: s.opt.SleepSteps}, false) }

// dream does the next part of the sleep at hand.
func (s *Service) dream() {
	p := s.sleep
	if p == nil {
		return
	}
	if s.Err() != nil || s.stopping.Err() != nil {
		s.sleep = nil
		return
	}
	op := p.plan.Next(func() float64 { return time.Since(p.since).Seconds() })
	if op == nil {
		s.rested()
		return
	}
	began := time.Now()
	s.working.Store(began.UnixNano())
	defer s.working.Store(0)
	if _, err := s.store.Do(op); err != nil {
		s.opt.Log.Error("sleep: " + err.Error())
		if s.store != nil && s.stateSpoilt(err) {
			s.fail(err)
		}
		s.wake()
		s.fresh = false // until something is learned: it would fail again
		return
	}
	p.plan.Did(op, time.Since(began).Seconds())
	if err := s.publish(); err != nil {
		s.opt.Log.Error("publishing: " + err.Error())
	}
	s.save()
	s.tellSleep(p.plan.Total(&runtime.Sleep{From: op.From + op.Steps, Of: op.Of}), false)
}

// rested ends a sleep that is complete.
func (s *Service) rested() {
	s.fresh = false
	s.settle(false)
	s.wake()
	// What has taken long is not to be done again by whoever opens the store.
	if err := s.snapshot(); err != nil {
		s.opt.Log.Error("snapshot: " + err.Error())
	}
}
