package main

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/evaluate"
	"github.com/pffedge/pffedge/runtime"
)

// pupil is something that learns.
type pupil interface {
	// learn learns all epochs, and calls learned after each batch with the
	// epochs done so far.
	learn(ctx context.Context, set *data.Set, learned func(epochs float64) error) error
	// accuracy predicts the test set as pupils of this kind do, by a method.
	accuracy(ctx context.Context, test *data.Set, method string) (float64, error)
	close()
}

// pff is a preset of the project.
type pff struct {
	trainer *runtime.Trainer
	session *runtime.Session
}

// newPFF returns a network that learns by a preset, for the preset's number of
// epochs if epochs is 0.
func newPFF(preset string, o *options, set *data.Set, seed uint64) (*pff, error) {
	m, s, err := runtime.Untrained(preset, set.Input, set.Classes, o.hidden, seed)
	if err != nil {
		return nil, err
	}
	s.Generative = o.generative
	if o.epochs > 0 {
		s.Epochs = o.epochs
	}
	t, err := runtime.NewTrainer(m, s, o.threads)
	if err != nil {
		return nil, err
	}
	return &pff{t, runtime.NewSession(t.Live(), o.threads)}, nil
}

func (p *pff) learn(ctx context.Context, set *data.Set, learned func(epochs float64) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	err := p.trainer.Fit(ctx, set, func(r runtime.Report) {
		if err := learned(float64(r.Epoch) + float64(r.Learned)/float64(set.Len())); err != nil {
			stop(err)
		}
	}, nil)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func (p *pff) accuracy(ctx context.Context, test *data.Set, method string) (float64, error) {
	p.trainer.Live() // what is derived from the weights is fresh
	r, err := evaluate.Predict(ctx, p.session, test, runtime.Method(method), 0, nil)
	return r.Accuracy, err
}

func (p *pff) close() {
	p.session.Close()
	p.trainer.Close()
}

// backprop is the yardstick.
type backprop struct {
	*mlp
	epochs int
	seed   uint64
}

// newBackprop returns a backprop network of the same sizes.
func newBackprop(o *options, set *data.Set, seed uint64) *backprop {
	sizes := append([]int{set.Input.Size()}, o.hidden...)
	return &backprop{newMLP(append(sizes, len(set.Classes)), mlpBatch, seed, o.threads), o.mlpEpochs, seed}
}

func (b *backprop) learn(ctx context.Context, set *data.Set, learned func(epochs float64) error) error {
	for epoch := range b.epochs {
		order := rand.New(rand.NewPCG(b.seed, uint64(2+epoch))).Perm(set.Len())
		for from := 0; from < len(order); from += mlpBatch {
			if err := ctx.Err(); err != nil {
				return err
			}
			to := min(from+mlpBatch, len(order))
			b.load(set, order[from:to])
			if loss := b.mlp.learn(to - from); loss-loss != 0 {
				return fmt.Errorf("backprop diverged: loss %v", loss)
			}
			if err := learned(float64(epoch) + float64(to)/float64(len(order))); err != nil {
				return err
			}
		}
	}
	return nil
}

// load fills the first rows of x and the labels.
func (n *mlp) load(set *data.Set, idx []int) {
	for r, i := range idx {
		n.labels[r] = set.Sample(n.x.Row(r), i)
	}
}

func (b *backprop) accuracy(ctx context.Context, test *data.Set, _ string) (float64, error) {
	correct, idx := 0, make([]int, 0, mlpBatch)
	for from := 0; from < test.Len(); from += mlpBatch {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		idx = idx[:0]
		for i := from; i < min(from+mlpBatch, test.Len()); i++ {
			idx = append(idx, i)
		}
		b.load(test, idx)
		p := b.forward(len(idx))
		for r := range idx {
			if class, _ := runtime.Best(p.Row(r)); class == b.labels[r] {
				correct++
			}
		}
	}
	return float64(correct) / float64(test.Len()), nil
}
