package continual

import (
	"context"
	"math"
	"strconv"

	"github.com/pffedge/pffedge/internal/bench"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
)

// plain is a network of all classes that learns each batch once, and keeps nothing.
type plain struct {
	o       Options
	input   model.Input
	trainer *runtime.Trainer
	seen    []bool
	batch   batch
	falls   bool // the rate, along half a cosine over Options.Batches
	done    int  // batches
	work    float64
}

func imageInput(o Options) model.Input { return model.Image(o.Width, o.Height) }

// newModel returns an untrained network.
func newModel(o Options, in model.Input, classes []string) (*model.Model, error) {
	_, c, err := runtime.Preset("fast")
	if err != nil {
		return nil, err
	}
	c.Hidden, c.Input, c.Classes = o.Hidden, in, classes
	runtime.SetRounds(&c, runtime.RoundsFor(c.Rounds, len(c.Hidden)))
	m, err := model.New(c, o.Seed)
	if err == nil {
		m.Provenance.Seed = o.Seed
	}
	return m, err
}

// newPlain learns at the rate of a learner that rehearses.
func newPlain(o Options) (Pupil, error) {
	return newTrained(o, func(s *runtime.Settings) { s.Adam.Rate *= runtime.RehearsalRate })
}

// newJoint learns as a run of the preset does, whose rate falls.
func newJoint(o Options) (Pupil, error) {
	p, err := newTrained(o, func(*runtime.Settings) {})
	if err == nil {
		p.falls = true
	}
	return p, err
}

func newTrained(o Options, change func(*runtime.Settings)) (*plain, error) {
	s, _, err := runtime.Preset("fast")
	if err != nil {
		return nil, err
	}
	s.SetBatch(o.Batch)
	s.Seed, s.Generative, s.Schedule = o.Seed, false, runtime.Constant
	s.Hardest, s.Mask = 0, 0
	change(&s)
	p := &plain{o: o, input: imageInput(o), seen: make([]bool, o.Classes)}
	var names []string
	for i := range o.Classes {
		names = append(names, strconv.Itoa(i))
	}
	m, err := newModel(o, p.input, names)
	if err != nil {
		return nil, err
	}
	p.trainer, err = runtime.NewTrainer(m, s, o.Threads)
	return p, err
}

// batch is images as a data set.
type batch struct {
	input  model.Input
	pixels []byte
	labels []int
	all    []int
}

func (b *batch) Len() int { return len(b.labels) }

func (b *batch) Sample(dst []float32, i int) int {
	size := b.input.Size()
	b.input.ScaleBytes(dst, b.pixels[i*size:(i+1)*size])
	return b.labels[i]
}

// numbers returns 0 … Len()−1.
func (b *batch) numbers() []int {
	for len(b.all) < len(b.labels) {
		b.all = append(b.all, len(b.all))
	}
	return b.all[:len(b.labels)]
}

// Learn implements Pupil.
func (p *plain) Learn(pixels []byte, labels []int) error {
	p.batch.input, p.batch.pixels, p.batch.labels = p.input, pixels, labels
	for _, label := range labels {
		p.seen[label] = true
	}
	scale := 1.0
	if p.falls {
		scale = 0.5 + 0.5*math.Cos(math.Pi*float64(p.done)/float64(p.o.Batches))
	}
	p.done++
	set := p.trainer.Settings()
	p.work += bench.LearnWork(&p.trainer.Live().Model().Config, &set)
	_, err := p.trainer.Learn(&p.batch, p.batch.numbers(), scale)
	return err
}

// Task implements Pupil.
func (p *plain) Task(int, int) error { return nil }

// Finish implements Pupil: it keeps nothing to sleep on.
func (p *plain) Finish(context.Context) error { return nil }

// teachPasses is how often a plain pupil learns the samples of a class.
const teachPasses = 30

// Teach implements Pupil.
func (p *plain) Teach(pixels []byte, label int) error {
	size := p.input.Size()
	n := len(pixels) / size
	for range teachPasses {
		for lo := 0; lo < n; lo += p.o.Batch {
			hi := min(lo+p.o.Batch, n)
			labels := make([]int, hi-lo)
			for i := range labels {
				labels[i] = label
			}
			if err := p.Learn(pixels[lo*size:hi*size], labels); err != nil {
				return err
			}
		}
	}
	return nil
}

// Predict implements Pupil.
func (p *plain) Predict(ctx context.Context, pixels []byte, labels []int) error {
	s, size := p.trainer.Session(), p.input.Size()
	for lo := 0; lo < len(labels); lo += s.AtOnce() {
		hi := min(lo+s.AtOnce(), len(labels))
		x := s.Inputs(hi - lo)
		for i := range x.Rows {
			p.input.ScaleBytes(x.Row(i), pixels[(lo+i)*size:(lo+i+1)*size])
		}
		y, err := s.Predict(ctx, x, p.o.Method)
		if err != nil {
			return err
		}
		for i := range y.Rows {
			labels[lo+i] = p.best(y.Row(i))
		}
	}
	return nil
}

// best returns the likeliest of the classes seen, −1 before there are any.
func (p *plain) best(probabilities []float32) int {
	best := -1
	for class, v := range probabilities {
		if p.seen[class] && (best < 0 || v > probabilities[best]) {
			best = class
		}
	}
	return best
}

// Fork implements Forker.
func (p *plain) Fork() (Pupil, error) {
	twin, err := newTrained(p.o, func(s *runtime.Settings) { *s = p.trainer.Settings() })
	if err != nil {
		return nil, err
	}
	twin.trainer.Close()
	twin.trainer, err = runtime.NewTrainer(p.trainer.Snapshot(), p.trainer.Settings(), p.o.Threads)
	copy(twin.seen, p.seen)
	return twin, err
}

// Cost implements Pupil.
func (p *plain) Cost() Cost { return Cost{MultiplyAdds: p.work} }

// Close implements Pupil.
func (p *plain) Close() { p.trainer.Close() }
