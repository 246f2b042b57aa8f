package continual

import (
	"context"
	"fmt"
	"strconv"

	"github.com/pffedge/pffedge/internal/bench"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// network is what the pupils of this package learn with: one of preset fast without
// the generative circuit, that has all classes from the start and predicts those
// that it has seen.
type network struct {
	options Options
	trainer *runtime.Trainer
	session *runtime.Session
	set     runtime.Settings
	batch   batch
	seen    []bool
	work    float64 // multiply-adds
}

// newNetwork returns a network that learns at most most samples at once.
func newNetwork(o Options, most int) (*network, error) {
	classes := make([]string, o.Classes)
	for i := range classes {
		classes[i] = strconv.Itoa(i)
	}
	m, set, err := runtime.Untrained("fast", model.Image(o.Width, o.Height), classes, o.Hidden, o.Seed)
	if err != nil {
		return nil, err
	}
	set.Generative = false
	set.SetBatch(most)
	t, err := runtime.NewTrainer(m, set, o.Threads)
	if err != nil {
		return nil, err
	}
	return aroundTrainer(o, t), nil
}

func aroundTrainer(o Options, t *runtime.Trainer) *network {
	set := t.Settings()
	return &network{options: o, trainer: t, session: runtime.NewSession(t.Live(), o.Threads), set: set,
		batch: newBatch(model.Image(o.Width, o.Height), set.Batch), seen: make([]bool, o.Classes)}
}

// fork returns a network that has learned as much and goes on by itself.
func (n *network) fork() (*network, error) {
	c, err := n.trainer.Checkpoint()
	if err != nil {
		return nil, err
	}
	t, err := runtime.Resume(c.Clone(), 0, n.options.Threads)
	if err != nil {
		return nil, err
	}
	other := aroundTrainer(n.options, t)
	copy(other.seen, n.seen)
	other.work, other.batch.first = n.work, n.batch.first
	return other, nil
}

// learn learns the batch at hand, at scale times the settings' rates, and empties it.
func (n *network) learn(scale float64) error {
	for _, label := range n.batch.labels {
		if label < 0 || label >= len(n.seen) {
			return fmt.Errorf("label %d, want 0…%d", label, len(n.seen)-1)
		}
		n.seen[label] = true
	}
	idx := n.batch.numbers()
	n.set.Batch = len(idx)
	n.work += bench.LearnWork(&n.trainer.Live().Model().Config, &n.set)
	_, err := n.trainer.Learn(&n.batch, idx, scale)
	n.batch.clear()
	return err
}

// Predict implements Pupil.
func (n *network) Predict(ctx context.Context, pixels []byte, labels []int) error {
	n.trainer.Live() // what is derived from the weights is fresh
	d, most := n.options.Width*n.options.Height, n.session.AtOnce()
	for lo := 0; lo < len(labels); lo += most {
		x := n.session.Inputs(min(most, len(labels)-lo))
		for r := range x.Rows {
			n.batch.input.ScaleBytes(x.Row(r), pixels[(lo+r)*d:(lo+r+1)*d])
		}
		p, err := n.session.Predict(ctx, x, n.options.Method)
		if err != nil {
			return err
		}
		n.answer(labels[lo:lo+x.Rows], p)
	}
	return nil
}

// answer writes the most likely class of those seen of each row of p.
func (n *network) answer(labels []int, p simd.Matrix) {
	for r := range labels {
		labels[r] = -1
		for class, v := range p.Row(r) {
			if n.seen[class] && (labels[r] < 0 || v > p.Row(r)[labels[r]]) {
				labels[r] = class
			}
		}
	}
}

// Close implements Pupil.
func (n *network) Close() {
	n.session.Close()
	n.trainer.Close()
}
