package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/evaluate"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/internal/training"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// The lesson at the end of the demonstration.
const (
	demoLesson = 20  // hearts that are taught
	demoFresh  = 200 // hearts that are then to be recognised
	demoRoom   = 200 // bytes to remember digits in, for each pixel of one: 157 kB
)

// demoTaught is what came of the lesson. Accuracies are those of goodness.
type demoTaught struct {
	Class      string  `json:"class"`
	Samples    int     `json:"samples"`
	Remembered int     `json:"remembered"` // samples of the classes known
	Budget     int     `json:"budget"`     // bytes for them
	Before     float64 `json:"known_before"`
	After      float64 `json:"known_after"`
	Fresh      int     `json:"fresh"` // hearts that were not taught
	Recall     float64 `json:"recall"`
	Seconds    float64 `json:"seconds"` // of the lesson
	Model      string  `json:"model"`
	Picture    string  `json:"picture"`
}

// teachHeart teaches what the demonstration has learned an eleventh class, from few
// samples, and looks at what that does to the ten. It closes the trainer first: both
// at once would take more memory than the training did.
func (a *app) teachHeart(ctx context.Context, job *training.Job, r *training.Result, out string) (*demoTaught, error) {
	job.Trainer.Close()
	job.Trainer = nil
	training.Settled()
	l, err := demoLearner(job, a.threads)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	rehearsal, _ := l.Rehearsal()
	t := &demoTaught{
		Class: data.Heart, Samples: demoLesson, Remembered: l.Memory().Len(), Budget: rehearsal.Budget,
		Before: r.Goodness.Accuracy, Fresh: demoFresh,
		Model: filepath.Join(out, "taught.pff"), Picture: filepath.Join(out, "taught.png"),
	}
	if !a.json {
		fmt.Fprintf(a.stdout, "\nteaching an eleventh class, %s, from %d drawings, beside %s remembered in %s\n",
			t.Class, t.Samples, plural(t.Remembered, "digit"), show.Bytes(int64(t.Budget)))
	}
	shown, err := hearts(ctx, l, data.Train, t.Samples)
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	op := lesson(l.Input(), t.Class, shown)
	op.New = true
	if err := l.Apply(op); err != nil {
		return nil, err
	}
	t.Seconds = time.Since(begin).Seconds()
	training.Settled()
	session := l.Session()
	known, err := evaluate.Predict(ctx, session, job.Test, runtime.Goodness, 0, nil)
	if err != nil {
		return nil, err
	}
	t.After = known.Accuracy
	return t, a.tellHearts(ctx, l, session, shown, t)
}

// demoLearner returns a learner of the model that a job has saved, which remembers
// what the job learned from.
func demoLearner(job *training.Job, threads int) (*runtime.Learner, error) {
	m, err := model.Load(job.Out)
	if err != nil {
		return nil, err
	}
	l, err := runtime.NewLearner(m, threads)
	if err != nil {
		return nil, err
	}
	err = l.Rehearse(runtime.NewRehearsal(demoRoom*l.Input().Size(), l.Input()))
	if err == nil {
		err = l.Remember(job.Train)
	}
	if err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// hearts draws samples for a learner.
func hearts(ctx context.Context, l *runtime.Learner, split data.Split, n int) ([]data.Sample, error) {
	in := l.Input()
	set, err := data.Hearts(ctx, data.Options{Split: split, Seed: syntheticSeed, Input: &in, Samples: n})
	if err != nil {
		return nil, err
	}
	list := make([]data.Sample, n)
	for i := range list {
		list[i].X = make([]float32, in.Size())
		set.Sample(list[i].X, i)
	}
	return list, nil
}

// tellHearts recognises hearts that were never seen, draws some, and saves what was
// learned.
func (a *app) tellHearts(ctx context.Context, l *runtime.Learner, s *runtime.Session, shown []data.Sample, t *demoTaught) error {
	fresh, err := hearts(ctx, l, data.Test, t.Fresh)
	if err != nil {
		return err
	}
	_, x := stack(fresh)
	p, err := s.Predict(ctx, x, runtime.Goodness)
	if err != nil {
		return err
	}
	captions := make([]string, p.Rows)
	for i := range captions {
		best, _ := runtime.Best(p.Row(i))
		if captions[i] = l.Classes()[best]; captions[i] == t.Class {
			t.Recall += 1 / float64(t.Fresh)
		}
	}
	_, taught := stack(shown)
	in := l.Input()
	g := &show.Grid{Width: in.Width, Height: in.Height, Rows: []show.GridRow{
		{Label: "taught", Images: rowsOf(taught)[:demoShown]},
		{Label: "fresh", Images: rowsOf(x)[:demoShown]},
	}}
	if err := saveGrid(t.Picture, g); err != nil {
		return err
	}
	if err := model.Save(t.Model, l.Session().Model()); err != nil {
		return err
	}
	if a.json {
		return nil
	}
	return a.showHearts(in, x, captions, t)
}

func (a *app) showHearts(in model.Input, x simd.Matrix, captions []string, t *demoTaught) error {
	n := min(a.abreast(), x.Rows)
	fmt.Fprintln(a.stdout, "\nothers of them, and what goodness takes them for")
	if err := a.draw(in, rowsOf(x)[:n], captions[:n]); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "the ten digits: goodness %s before the lesson, %s after it; %s of %d other %ss recognised\nmodel: %s\n",
		show.Percent(t.Before), show.Percent(t.After), show.Percent(t.Recall), t.Fresh, t.Class, t.Model)
	return err
}
