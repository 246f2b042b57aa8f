package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/evaluate"
	"github.com/pffedge/pffedge/internal/lessons"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/internal/training"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
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
			t.Class, t.Samples, show.Plural(t.Remembered, "digit"), show.Bytes(int64(t.Budget)))
	}
	in := l.Input()
	of := data.Options{Seed: syntheticSeed, Input: &in, Samples: t.Samples}
	shown, err := data.Hearts(ctx, of)
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	if err := l.Apply(lessons.Teaching(in, t.Class, firstOf(shown, t.Samples))); err != nil {
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
	of.Split, of.Samples, of.Classes = data.Test, t.Fresh, l.Classes()
	fresh, err := data.Hearts(ctx, of)
	if err != nil {
		return nil, err
	}
	recognised, err := evaluate.Predict(ctx, session, fresh, runtime.Goodness, 0, nil)
	if err != nil {
		return nil, err
	}
	t.Recall = recognised.Accuracy
	if err := model.Save(t.Model, session.Model()); err != nil {
		return nil, err
	}
	return t, a.drawHearts(ctx, session, firstOf(shown, demoShown), firstOf(fresh, demoShown), t)
}

// firstOf returns the first n samples of a set.
func firstOf(set *data.Set, n int) []data.Sample {
	list := make([]data.Sample, min(n, set.Len()))
	for i := range list {
		list[i].X = make([]float32, set.Input.Size())
		set.Sample(list[i].X, i)
	}
	return list
}

// demoLearner returns a learner of the model that a job has saved, with one class
// more, which remembers what the job learned from. (Teach.New would add the class too,
// but take the memory of moments twice.)
func demoLearner(job *training.Job, threads int) (*runtime.Learner, error) {
	m, err := model.Load(job.Out)
	if err == nil {
		m, err = m.AddClass(data.Heart)
	}
	if err != nil {
		return nil, err
	}
	training.Settled()
	l, err := runtime.NewLearner(m, threads)
	if err != nil {
		return nil, err
	}
	err = l.Rehearse(runtime.NewRehearsal(demoRoom*l.Input().Size(), l.Input()))
	training.Settled()
	if err == nil {
		err = l.Remember(job.Train)
	}
	if err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// drawHearts draws some hearts that were taught and some that were not, as a picture,
// and the latter on the terminal, with what they are taken for.
func (a *app) drawHearts(ctx context.Context, s *runtime.Session, shown, fresh []data.Sample, t *demoTaught) error {
	in := s.Model().Config.Input
	_, taught := stack(shown)
	_, x := stack(fresh)
	g := &show.Grid{Width: in.Width, Height: in.Height, Rows: []show.GridRow{
		{Label: "taught", Images: rowsOf(taught)}, {Label: "others", Images: rowsOf(x)},
	}}
	if err := saveGrid(t.Picture, g); err != nil || a.json {
		return err
	}
	p, err := s.Predict(ctx, x, runtime.Goodness)
	if err != nil {
		return err
	}
	captions := make([]string, min(a.abreast(), x.Rows))
	for i := range captions {
		best, _ := runtime.Best(p.Row(i))
		captions[i] = s.Model().Config.Classes[best]
	}
	fmt.Fprintln(a.stdout, "\nothers of them, and what goodness takes them for")
	if err := a.draw(in, rowsOf(x)[:len(captions)], captions); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "the ten digits: goodness %s before the lesson, %s after it; %s of %d other %ss recognised\nmodel: %s\n",
		show.Percent(t.Before), show.Percent(t.After), show.Percent(t.Recall), t.Fresh, t.Class, t.Model)
	return err
}
