package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/lessons"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/novelty"
	"github.com/pffedge/pffedge/runtime/store"
	"github.com/pffedge/pffedge/simd"
)

// learnedSample is one line of `pffedge learn --json`: a sample that is on the medium
// and learned, or held back.
type learnedSample struct {
	Operation uint64 `json:"operation"`
	Name      string `json:"name"`
	Label     string `json:"label"`
	New       bool   `json:"new,omitempty"` // the first of a class that the operation adds
	opinion
	Correct bool    `json:"correct"`
	Seconds float64 `json:"seconds"` // from when the operation's samples were there until they were learned
}

// opinion is what the model says of a sample before it learns it. Whatever else is to
// be known of samples then belongs here, and into opinions.
type opinion struct {
	Predicted  string  `json:"predicted"`
	Confidence float32 `json:"confidence"`
	// Novelty is the share of known samples that looked less unusual; left out until
	// there are enough to tell.
	Novelty *float64 `json:"novelty,omitempty"`
}

// streamWindow is how many samples the running accuracy looks back on, and shownBad
// how many bad samples are told one by one.
const (
	streamWindow = 500
	shownBad     = 10
)

// stream is the work of `pffedge learn`.
type stream struct {
	app     *app
	store   *store.Store
	flags   *learnFlags
	method  runtime.Method
	watcher *watcher // or nil
	alert   *lessons.Alertness

	samples, operations, right, bad int
	window                          []bool // whether the last samples were recognised, the oldest at samples % streamWindow
	added                           []string
	since                           time.Time
}

func newStream(a *app, s *store.Store, f *learnFlags) *stream {
	method, _ := runtime.ParseMethod(f.method) // which check has done
	return &stream{app: a, store: s, flags: f, method: method, since: time.Now()}
}

func (t *stream) learner() *store.Learner { return t.store.State.(*store.Learner) }

// run learns samples until they end, fail or are stopped.
func (t *stream) run(ctx context.Context, samples iter.Seq2[data.Labelled, error]) error {
	t.app.bar = show.NewProgress(t.app.stderr, isTerminal(t.app.stderr), 0, "samples")
	defer t.app.bar.Close()
	err := t.learnFrom(ctx, samples)
	t.app.bar.Close()
	switch {
	case ctx.Err() != nil && (err == nil || errors.Is(err, ctx.Err())):
		return stopped("stopped: " + t.learned())
	case err != nil && t.samples > 0:
		return fmt.Errorf("%w; before that, %s", err, t.learned())
	case err != nil || t.app.json:
		return err
	}
	return t.summarise()
}

func (t *stream) learnFrom(ctx context.Context, samples iter.Seq2[data.Labelled, error]) error {
	var err error
	if t.alert, err = lessons.NewAlertness(len(t.learner().Classes())); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	next := readLabelled(ctx, samples, t.most())
	for {
		batch, more, err := t.take(ctx, next)
		// What came before an error is good.
		if learnErr := t.learn(ctx, batch); learnErr != nil {
			return learnErr
		}
		if err != nil || !more {
			return err
		}
	}
}

// most returns how many samples an operation may have.
func (t *stream) most() int {
	const bytesOfValue = 4
	return max(1, min(t.flags.batch, runtime.MaxTeachBytes/bytesOfValue/t.learner().Input().Size()))
}

type labelledOrError struct {
	sample data.Labelled
	err    error
}

// readLabelled reads samples in a goroutine that ends with them or with ctx.
func readLabelled(ctx context.Context, samples iter.Seq2[data.Labelled, error], ahead int) <-chan labelledOrError {
	next := make(chan labelledOrError, ahead)
	go func() {
		defer close(next)
		for s, err := range samples {
			select {
			case next <- labelledOrError{s, err}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return next
}

// take waits for a sample and takes those behind it, as many as an operation may have
// or as come while it waits for it to fill up.
func (t *stream) take(ctx context.Context, next <-chan labelledOrError) (batch []data.Labelled, more bool, err error) {
	var full <-chan time.Time // nil, for ever, until there is a sample
	for len(batch) < t.most() {
		select {
		case <-ctx.Done():
			return nil, false, ctx.Err()
		case <-full:
			return batch, true, nil
		case got, open := <-next:
			if !open {
				return batch, false, ctx.Err()
			}
			if got.err == nil {
				got.err = t.unknown(got.sample)
			}
			if got.err != nil {
				if err := t.pass(got.err); err != nil {
					return batch, false, err
				}
				continue
			}
			if batch = append(batch, got.sample); full == nil {
				full = time.After(t.flags.wait)
			}
		}
	}
	return batch, true, nil
}

// unknown reports a class that the model does not have, where none is to be added.
func (t *stream) unknown(s data.Labelled) error {
	if !t.flags.known || slices.Contains(t.learner().Classes(), s.Class) {
		return nil
	}
	err := fmt.Errorf("%s: %w %q among the model's %d", s.Name, runtime.ErrNoClass, s.Class, len(t.learner().Classes()))
	if t.flags.skipBad {
		return passedOver{err}
	}
	return err
}

// pass counts and tells of a sample that is passed over. Any other error it returns.
func (t *stream) pass(err error) error {
	skipped, ok := errors.AsType[passedOver](err)
	if !ok {
		return err
	}
	if t.bad++; t.bad <= shownBad {
		t.app.note("pffedge: warning: passed over: " + skipped.Error())
	}
	if t.bad == shownBad {
		t.app.note("pffedge: warning: what else is passed over is only counted")
	}
	return nil
}

// note prints a line to standard error.
func (a *app) note(text string) {
	a.bar.Clear()
	fmt.Fprintln(a.stderr, show.OneLine(text))
}

// learn does one operation, unless it has no samples, and takes a snapshot if one is
// due.
func (t *stream) learn(ctx context.Context, batch []data.Labelled) error {
	if len(batch) == 0 {
		return nil
	}
	began := time.Now()
	opinions, err := t.opinions(ctx, batch)
	if err != nil {
		return err
	}
	before := len(t.learner().Classes())
	sequence, err := t.store.Do(learnOperation(t.learner(), batch))
	if err != nil {
		return err
	}
	t.operations++
	seconds := time.Since(began).Seconds()
	if t.watcher != nil {
		if err := t.watcher.learned(batch); err != nil {
			return err
		}
	}
	added := slices.Clone(t.learner().Classes()[before:])
	if err := t.tell(sequence, batch, opinions, added, seconds); err != nil {
		return err
	}
	if t.store.Due() {
		return t.store.Snapshot()
	}
	return nil
}

// opinions predicts samples that have not been learned.
func (t *stream) opinions(ctx context.Context, batch []data.Labelled) ([]opinion, error) {
	session, classes := t.learner().Session(), t.learner().Classes()
	var list []opinion
	for part := range slices.Chunk(batch, session.AtOnce()) {
		x := session.Inputs(len(part))
		for i, s := range part {
			copy(x.Row(i), s.X)
		}
		p, err := session.Predict(ctx, x, t.method)
		if err != nil {
			return nil, err
		}
		for i := range part {
			best, confidence := runtime.Best(p.Row(i))
			list = append(list, opinion{classes[best], confidence, nil})
		}
		if err := t.novelties(ctx, list[len(list)-len(part):], part, x); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// novelties adds how unusual samples are to what is thought of them. Those of a known
// class calibrate.
func (t *stream) novelties(ctx context.Context, list []opinion, part []data.Labelled, x simd.Matrix) error {
	if err := t.alert.Grow(len(t.learner().Classes())); err != nil {
		return err
	}
	signals, err := t.alert.Look(ctx, t.learner().Session(), x)
	if err != nil {
		return err
	}
	for i, s := range signals {
		var state novelty.State
		if list[i].Novelty, state, err = t.alert.Score(s); err != nil {
			return err
		}
		switch state {
		case novelty.Drifting:
			t.app.note("pffedge: warning: drift: the samples of the stream have become unlike those before, and are the measure from now on")
		case novelty.Warning:
			t.app.note("pffedge: warning: the samples of the stream may be becoming unlike those before")
		}
		if !slices.Contains(t.learner().Classes(), part[i].Class) {
			continue
		}
		if err := t.alert.Learn(s); err != nil {
			return err
		}
	}
	return nil
}

// learnOperation returns the operation that learns samples.
func learnOperation(l *store.Learner, batch []data.Labelled) *runtime.Learn {
	op := &runtime.Learn{Size: l.Input().Size()}
	samples := make([]data.Sample, len(batch))
	for i, s := range batch {
		samples[i] = s.Sample
		label := slices.Index(op.Classes, s.Class)
		if label < 0 {
			label, op.Classes = len(op.Classes), append(op.Classes, s.Class)
		}
		op.Labels = append(op.Labels, label)
	}
	of := lessons.Teaching(l.Input(), "", samples)
	op.Pixels, op.Inputs = of.Pixels, of.Inputs
	return op
}

// tell counts the samples of an operation and prints them.
func (t *stream) tell(sequence uint64, batch []data.Labelled, opinions []opinion, added []string, seconds float64) error {
	for _, class := range added {
		t.added = append(t.added, class)
		t.app.note(fmt.Sprintf("class %s is new, since operation %d", class, sequence))
	}
	for i, s := range batch {
		right := opinions[i].Predicted == s.Class
		t.count(right)
		if !t.app.json {
			continue
		}
		at := slices.Index(added, s.Class)
		if err := t.app.print(learnedSample{sequence, s.Name, s.Class, at >= 0, opinions[i], right, seconds}); err != nil {
			return err
		}
		if at >= 0 {
			added = slices.Delete(added, at, at+1)
		}
	}
	memory, _ := t.remembered()
	t.app.bar.Set(int64(t.samples), fmt.Sprintf("%s recognised, %s", show.Percent(t.lately()), memory))
	return nil
}

func (t *stream) count(right bool) {
	if len(t.window) < streamWindow {
		t.window = append(t.window, right)
	} else {
		t.window[t.samples%streamWindow] = right
	}
	t.samples++
	if right {
		t.right++
	}
}

// lately returns the share of the last samples that were recognised.
func (t *stream) lately() float64 {
	n := 0
	for _, right := range t.window {
		if right {
			n++
		}
	}
	return float64(n) / float64(max(len(t.window), 1))
}

// remembered says what the memory holds, briefly and at length.
func (t *stream) remembered() (brief, long string) {
	l := t.learner()
	r, _ := l.Rehearsal()
	n, held := l.Memory().Len(), 0
	if l.Held() != nil {
		held = l.Held().Len()
	}
	bytes := fmt.Sprintf("%s of %s", show.Bytes(int64(l.RememberedBytes())), show.Bytes(int64(r.Budget)))
	return show.Plural(n, "sample") + " remembered", fmt.Sprintf("%s remembered, %d held back (%s)", show.Plural(n, "sample"), held, bytes)
}

// summarise tells what became of a stream that has ended.
func (t *stream) summarise() error {
	_, memory := t.remembered()
	seconds := time.Since(t.since).Seconds()
	text := fmt.Sprintf("%s\n", t.learned())
	if t.samples > 0 {
		text += fmt.Sprintf("%s recognised before they were learned, %s of the last %d; %.3g samples/s\n",
			show.Percent(float64(t.right)/float64(t.samples)), show.Percent(t.lately()), len(t.window), float64(t.samples)/seconds)
	}
	if len(t.added) > 0 {
		text += fmt.Sprintf("new: %s\n", show.Shorten(strings.Join(t.added, ", "), 200))
	}
	if t.bad > 0 {
		text += fmt.Sprintf("%s passed over\n", show.Plural(t.bad, "bad sample"))
	}
	_, err := fmt.Fprintf(t.app.stdout, "%s%s\n", text, memory)
	return err
}
