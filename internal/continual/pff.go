package continual

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/pffedge/pffedge/internal/bench"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
)

// pff is the runtime's own learner, which rehearses. Its network grows by a class for
// every label that turns up.
type pff struct {
	o       Options
	input   model.Input
	learner *runtime.Learner // nil until two classes have come up
	early   runtime.Learn    // what came before
	work    float64
}

// newPFF rehearses with the defaults for a stream of small batches. Large ones come
// with twice as many remembered samples, of which the rounds learn the harder half;
// permuted pixels are no image that could be shifted, and few samples a task are soon
// known by heart: some pixels are hidden, and sleep is light.
func newPFF(o Options) (Pupil, error) {
	p := &pff{o: o, input: model.Image(o.Width, o.Height)}
	r := p.rehearsal()
	return p, r.Validate(p.input)
}

func (p *pff) rehearsal() runtime.Rehearsal {
	r := runtime.NewRehearsal(p.o.Budget, p.input)
	r.Held = 0 // nobody asks how sure it is
	if r.Batch = p.o.Batch; r.Batch > r.Replays/2 {
		r.Replays, r.Hardest = 2*p.o.Batch, 0.5
	}
	if p.o.Permuted {
		r.Shift, r.Warp, r.Mask, r.SleepRate = 0, false, 0.1, 0.3
	}
	return r
}

// Learn implements Pupil.
func (p *pff) Learn(pixels []byte, labels []int) error {
	for _, label := range labels {
		if label < 0 || label >= p.o.Classes {
			return fmt.Errorf("label %d, want 0…%d", label, p.o.Classes-1)
		}
	}
	op := p.operation(pixels, labels)
	if p.learner == nil {
		p.early.Pixels = append(p.early.Pixels, pixels...)
		p.early.Size = op.Size
		for _, label := range op.Labels {
			p.early.Labels = append(p.early.Labels, add(&p.early.Classes, op.Classes[label]))
		}
		if len(p.early.Classes) < 2 {
			return nil
		}
		if err := p.begin(); err != nil {
			return err
		}
		op = &p.early
	}
	if err := p.learner.Apply(op); err != nil {
		return err
	}
	p.count((op.Len() + p.o.Batch - 1) / p.o.Batch)
	return nil
}

// operation returns a batch as the learner takes it: the classes are named by their
// labels.
func (p *pff) operation(pixels []byte, labels []int) *runtime.Learn {
	op := &runtime.Learn{Size: p.input.Size(), Pixels: pixels}
	for _, label := range labels {
		op.Labels = append(op.Labels, add(&op.Classes, strconv.Itoa(label)))
	}
	return op
}

// add returns the place of name in list, to which it is added if it is not there.
func add(list *[]string, name string) int {
	if i := slices.Index(*list, name); i >= 0 {
		return i
	}
	*list = append(*list, name)
	return len(*list) - 1
}

// begin makes the network, of the first classes.
func (p *pff) begin() error {
	m, _, err := runtime.Untrained("fast", p.input, p.early.Classes, p.o.Hidden, p.o.Seed)
	if err != nil {
		return err
	}
	if p.learner, err = runtime.NewLearner(m, p.o.Threads); err != nil {
		return err
	}
	return p.learner.Rehearse(p.rehearsal())
}

// count adds the work of so many steps.
func (p *pff) count(steps int) {
	set := p.learner.Settings()
	set.Batch = min(set.Batch, p.o.Batch+p.learner.Memory().Len())
	p.work += float64(steps) * bench.LearnWork(p.learner.Config(), &set)
}

// Task implements Pupil. The learner does not want to know.
func (p *pff) Task(int, int) error { return nil }

// sleepPart is how many steps of sleep go by before it can be interrupted.
const sleepPart = 50

// Finish implements Pupil: it sleeps.
func (p *pff) Finish(ctx context.Context) error {
	if p.learner == nil {
		return nil
	}
	for from := 0; from < runtime.SleepSteps; from += sleepPart {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.learner.Apply(&runtime.Sleep{Steps: sleepPart, From: from, Of: runtime.SleepSteps}); err != nil {
			return err
		}
	}
	p.count(runtime.SleepSteps)
	return nil
}

// Teach implements Pupil.
func (p *pff) Teach(pixels []byte, label int) error {
	return p.learner.Apply(&runtime.Teach{Class: strconv.Itoa(label), New: true, Size: p.input.Size(), Pixels: pixels})
}

// Predict implements Pupil.
func (p *pff) Predict(ctx context.Context, pixels []byte, labels []int) error {
	if p.learner == nil {
		for i := range labels {
			labels[i] = -1
			if len(p.early.Classes) > 0 {
				labels[i], _ = strconv.Atoi(p.early.Classes[0])
			}
		}
		return nil
	}
	s, size := p.learner.Session(), p.input.Size()
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
			class, _ := runtime.Best(y.Row(i))
			labels[lo+i], _ = strconv.Atoi(p.learner.Classes()[class])
		}
	}
	return nil
}

// Fork implements Forker.
func (p *pff) Fork() (Pupil, error) {
	twin := *p
	var err error
	twin.learner, err = p.learner.Clone()
	return &twin, err
}

// Cost implements Pupil.
func (p *pff) Cost() Cost {
	if p.learner == nil {
		return Cost{Bytes: int64(len(p.early.Pixels))}
	}
	return Cost{Bytes: int64(p.learner.RememberedBytes()), MultiplyAdds: p.work}
}

// Close implements Pupil.
func (p *pff) Close() {
	if p.learner != nil {
		p.learner.Close()
	}
}
