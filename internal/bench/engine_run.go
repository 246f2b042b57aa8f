package bench

import (
	"context"
	"errors"
	goruntime "runtime"
	"time"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// running is an engine under measurement.
type running struct {
	plan    *EnginePlan
	data    *patterns
	trainer *runtime.Trainer
	session *runtime.Session
	limits  *limits
}

// epochBatches is how many batches an epoch has: what happens between epochs
// is no part of a batch.
const epochBatches = 64

func (p *EnginePlan) open() (*running, error) {
	m, err := model.New(p.Config, p.Settings.Seed)
	if err != nil {
		return nil, err
	}
	t, err := runtime.NewTrainer(m, p.Settings, p.Threads)
	if err != nil {
		return nil, err
	}
	data := newPatterns(p.Inputs, p.Classes, epochBatches*p.Settings.Batch, p.Settings.Seed)
	return &running{plan: p, data: data, trainer: t, session: runtime.NewSession(t.Live(), p.Threads)}, nil
}

func (e *running) close() {
	e.session.Close()
	e.trainer.Close()
	if e.limits != nil {
		e.limits.pool.Close()
	}
}

// warmUp learns and predicts a little, so that all memory is in use.
func (e *running) warmUp(ctx context.Context) error {
	if err := e.learn(ctx, batchesOf(2), nil); err != nil {
		return err
	}
	e.trainer.Live()
	for _, method := range runtime.Methods() {
		for _, samples := range callSizes {
			if _, err := e.session.Predict(ctx, e.data.rows(samples), method); err != nil {
				return err
			}
		}
	}
	return nil
}

// prepare makes what the machine's limits are measured with, beside weights and
// moments of so many bytes.
func (e *running) prepare(learnt float64) {
	e.limits = newLimits(e.plan.Threads, learnt)
	goruntime.GC() // now, not while the clock runs
}

// learn learns batch after batch until learned, called after each, says that
// there are enough. Between two epochs it calls epoch, if that is not nil.
func (e *running) learn(ctx context.Context, learned func() (enough bool), epoch func()) error {
	inner, stop := context.WithCancel(ctx)
	defer stop()
	err := e.trainer.Fit(inner, e.data, func(runtime.Report) {
		if learned() {
			stop()
		}
	}, func(int) error {
		if epoch != nil {
			epoch()
		}
		return nil
	})
	if errors.Is(err, context.Canceled) {
		return ctx.Err()
	}
	return err
}

// batchesOf says that there are enough after so many.
func batchesOf(n int) (learned func() (enough bool)) {
	return func() bool {
		n--
		return n <= 0
	}
}

// learning measures training batches.
func (e *running) learning(ctx context.Context, r *EngineResult) error {
	l, err := e.schedule(ctx)
	if err != nil {
		return err
	}
	if err := e.learn(ctx, l.learned, l.restart); err != nil {
		return err
	}
	a := allocationCount{}
	if err := e.learn(ctx, a.learned, a.restart); err != nil {
		return err
	}
	if err := e.practise(ctx); err != nil {
		return err
	}
	r.BatchAllocs, r.BatchAllocBytes = a.each()
	e.limits.describe(r, l.seconds)
	return nil
}

// practise goes on learning for a while, so that a prediction that looks closer
// at what it is not sure of is measured where it is sure of something.
func (e *running) practise(ctx context.Context) error {
	const enough, longest = 500, 3
	start, done := time.Now(), batchesOf(enough)
	err := e.learn(ctx, func() bool { return done() || time.Since(start) > longest*e.plan.Time }, nil)
	e.trainer.Live() // what is derived from the weights is fresh
	return err
}

// longBatch is what a batch takes that fills the caches itself in no time.
const longBatch = 100 * time.Millisecond

// schedule times one batch and decides how many make a sample, and how many
// samples fit the plan's time.
func (e *running) schedule(ctx context.Context) (*lesson, error) {
	start := time.Now()
	if err := e.learn(ctx, batchesOf(1), nil); err != nil {
		return nil, err
	}
	each, budget := max(time.Since(start), 1).Seconds(), e.plan.Time.Seconds()
	e.limits.measure()
	l := &lesson{each: max(int(sampleTime.Seconds()/each), 1), want: slowSamples, pause: e.limits.measure, long: each >= longBatch.Seconds()}
	l.restart()
	if each < slow*budget {
		l.want = min(max(int(budget/each/float64(l.each)), leastSamples), mostSamples)
	}
	return l, nil
}

// predicting measures one method on one number of samples.
func (e *running) predicting(ctx context.Context, r *EngineResult, method runtime.Method, samples int) error {
	x, isa := e.data.rows(samples), simd.Active()
	var failed error
	w := &workload{bound: FMA, run: func() {
		if _, err := e.session.Predict(ctx, x, method); err != nil {
			failed = err
		}
	}}
	reading := method == runtime.Readout && samples == 1
	if reading {
		w.bound, w.memory = Read, readoutMemory(e.trainer.Live().Model().Params)
	}
	all, err := sample(ctx, e.limits.peaks, w, []simd.ISA{isa}, e.plan.Time)
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	s := all[isa]
	enter(r.Predict, method, samples, median(s.seconds))
	enter(r.PredictSpread, method, samples, spread(s.seconds))
	enter(r.PredictAllocs, method, samples, allocations(w.run))
	if work, known := PredictWork(&e.plan.Config, method, samples); known {
		enter(r.PredictGFlops, method, samples, 2*work/median(s.seconds)/1e9)
	}
	if reading {
		r.ReadoutReadRatio = median(s.seconds) * median(s.peaks) / float64(lengths(w.memory))
	}
	return failed
}

func enter(figures map[runtime.Method]Calls, method runtime.Method, samples int, v float64) {
	c := figures[method]
	c.set(samples, v)
	figures[method] = c
}

// readoutMemory returns the weights that the read-out goes through.
func readoutMemory(p *model.Params) (memory [][]byte) {
	for _, l := range p.Layers {
		memory = append(memory, bytesOf(l.Up.Data))
	}
	return append(memory, bytesOf(p.Readout.Data))
}

func lengths(memory [][]byte) (total int) {
	for _, x := range memory {
		total += len(x)
	}
	return total
}
