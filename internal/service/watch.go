package service

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pffedge/pffedge/internal/lessons"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/novelty"
	"github.com/pffedge/pffedge/simd"
)

// watchEvery is how often a sample that was predicted is looked at, at most: its
// signals take many times the work of a read-out.
const watchEvery = 100 * time.Millisecond

// watch tells whether what is predicted has become unlike what it was. A few of the
// samples calibrate it and are looked at, on the side.
type watch struct {
	shown chan []float32
	last  atomic.Int64 // when the last one was shown, Unix nanoseconds
	drift atomic.Int64 // alarms
	seen  atomic.Int64 // samples looked at
	done  chan struct{}
	stop  context.CancelFunc
	ctx   context.Context

	mu    sync.Mutex
	alert *lessons.Alertness
}

func (w *watch) init(classes int) (err error) {
	w.shown, w.done = make(chan []float32, 1), make(chan struct{})
	w.ctx, w.stop = context.WithCancel(context.Background())
	w.alert, err = lessons.NewAlertness(classes)
	return err
}

// show lets a sample be looked at, if it is time for one.
func (w *watch) show(x []float32) {
	now, last := time.Now().UnixNano(), w.last.Load()
	if now-last < int64(watchEvery) || !w.last.CompareAndSwap(last, now) {
		return
	}
	select {
	case w.shown <- slices.Clone(x):
	default:
	}
}

// run looks at samples until it is told to end.
func (w *watch) run(s *Service) {
	defer close(w.done)
	for {
		select {
		case <-w.ctx.Done():
			return
		case x := <-w.shown:
			if err := w.look(s, x); err != nil && w.ctx.Err() == nil {
				s.opt.Log.Warn("watching for drift: " + err.Error())
			}
		}
	}
}

func (w *watch) end() {
	w.stop()
	<-w.done
}

func (w *watch) look(s *Service, x []float32) error {
	p := s.Current()
	if len(x) != p.Input().Size() {
		return nil // of before a change of the model
	}
	var signal [1]novelty.Signal
	row := simd.NewMatrix(1, len(x))
	copy(row.Row(0), x)
	err := p.with(w.ctx, func(session *runtime.Session) error { return session.Signals(w.ctx, signal[:], row) })
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.alert.Grow(len(p.Classes)); err != nil {
		return err
	}
	v, state, err := w.alert.Score(signal[0])
	if err != nil {
		return err
	}
	w.seen.Add(1)
	if state != novelty.Steady {
		if state == novelty.Drifting {
			w.drift.Add(1)
		}
		s.tell(EventDrift, Drift{State: state.String(), Novelty: v})
	}
	return w.alert.Learn(signal[0])
}

// novelty returns the share of samples seen that looked less unusual; nil before enough
// were seen.
func (w *watch) novelty(signal novelty.Signal) (*float64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.alert.Novelty(signal)
}
