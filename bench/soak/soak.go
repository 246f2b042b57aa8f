package main

import (
	"context"
	goruntime "runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/machine"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
)

const (
	tenths     = 10
	batch      = 10
	minSamples = tenths * batch
	originals  = 3_000
	judged     = 2_000 // samples that an accuracy is of
)

// learner returns one that knows nothing of the first classes.
func (o *options) learner(names []string) (*runtime.Learner, error) {
	m, _, err := runtime.Untrained("fast", model.Image(side, side), names[:first], []int{200, 200}, o.seed)
	if err != nil {
		return nil, err
	}
	l, err := runtime.NewLearner(m, o.threads)
	if err != nil {
		return nil, err
	}
	r := runtime.NewRehearsal(o.budget, l.Input())
	r.Batch = batch
	if err := l.Rehearse(r); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// soak learns the stream. The report is nil if nothing could be measured.
func (o *options) soak(ctx context.Context) (*report, error) {
	train, err := newStream(ctx, data.Train, o.seed, o.samples, originals)
	if err != nil {
		return nil, err
	}
	test, err := newStream(ctx, data.Test, o.seed, o.samples, judged)
	if err != nil {
		return nil, err
	}
	l, err := o.learner(train.names)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	r, op := newReport(o), &runtime.Learn{}
	for tenth := range tenths {
		from, to := o.samples/tenths*tenth, o.samples/tenths*(tenth+1)
		begin := time.Now()
		for n := from; n < to; n += batch {
			if err := ctx.Err(); err != nil {
				return r, err
			}
			if err := train.operation(op, n, min(batch, to-n)); err != nil {
				return r, err
			}
			if err := l.Apply(op); err != nil {
				return r, err // ErrDiverged, say
			}
		}
		w := window{Samples: to, Pace: float64(to-from) / time.Since(begin).Seconds()}
		if err := w.look(ctx, l, test); err != nil {
			return r, err
		}
		r.Windows = append(r.Windows, w)
	}
	return r, nil
}

// look fills in what can be seen of the learner.
func (w *window) look(ctx context.Context, l *runtime.Learner, test *stream) error {
	right, err := w.judge(ctx, l, test)
	if err != nil {
		return err
	}
	w.Accuracy = float64(right) / judged
	if err := l.Snapshot().Validate(); err != nil {
		return err // a value is not finite
	}
	w.Remembered = l.RememberedBytes()
	debug.FreeOSMemory() // collects garbage first
	var m goruntime.MemStats
	goruntime.ReadMemStats(&m)
	w.Heap, w.Resident = int64(m.HeapAlloc), machine.ResidentMemory()
	return nil
}

// judge counts the samples that are recognised, of all classes that have come.
func (w *window) judge(ctx context.Context, l *runtime.Learner, test *stream) (right int, err error) {
	s, pixels := l.Session(), make([]byte, side*side)
	w.Classes = len(l.Classes())
	labels := make([]int, w.Classes) // to the stream
	for i, name := range l.Classes() {
		labels[i] = slices.Index(test.names, name)
	}
	for lo := 0; lo < judged; lo += s.AtOnce() {
		hi := min(lo+s.AtOnce(), judged)
		x := s.Inputs(hi - lo)
		for i := lo; i < hi; i++ {
			test.draw(pixels, labels[i%w.Classes], w.Samples+i)
			l.Input().ScaleBytes(x.Row(i-lo), pixels)
		}
		p, err := s.Predict(ctx, x, runtime.Goodness)
		if err != nil {
			return 0, err
		}
		for i := lo; i < hi; i++ {
			if best, _ := runtime.Best(p.Row(i - lo)); best == i%w.Classes {
				right++
			}
		}
	}
	return right, nil
}
