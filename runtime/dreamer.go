package runtime

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// What DreamerOptions leave open, chosen by single runs of Split-MNIST with tasks of
// 500 batches: half the units cost 0.5 to 1.2 points of accuracy in the end, half the
// moves 0.3 to 0.8. More latents were not seen to help.
const (
	dreamerUnits      = 400
	dreamerLatents    = 32
	dreamerComponents = 5
	dreamerBatch      = 128
	dreamerMoves      = 24
	dreamerUpdates    = 12 // the moves at which Gy learns
)

// DreamerOptions say how large a Dreamer is. 0 stands for what is in brackets.
type DreamerOptions struct {
	Units      int // H, of its one hidden layer (400)
	Latents    int // S (32)
	Components int // Gaussians of a class, fewer where it had few samples (5)
	Batch      int // samples that it learns at once, at most (128)
	Seed       uint64
}

func (o DreamerOptions) filled() DreamerOptions {
	for _, v := range []struct {
		at    *int
		usual int
	}{{&o.Units, dreamerUnits}, {&o.Latents, dreamerLatents}, {&o.Components, dreamerComponents}, {&o.Batch, dreamerBatch}} {
		if *v.at == 0 {
			*v.at = v.usual
		}
	}
	return o
}

// Dreamer learns what the samples of a task look like, in order to dream them when
// they are gone (Dreams): a generative circuit of its own over one hidden layer
//
//	x  --W1-->  z_1 (H)  --infer-->  z_g (S)  --Gy-->  ẑ_1  --G1-->  x̂ (D)
//
// that learns Gy (S×H) and G1 (H×D) as PFF's does, each from its own error. W1 stays
// as it was drawn: it costs nothing to keep, for it follows from the seed, and its
// features lose less of x than those of a network that learns to tell classes apart.
// On Split-MNIST the squared error of a reconstruction was 24 to 32 from the learner's
// own 2×200 units, 18 to 23 from as many random ones, 6 to 9 from one layer of 400.
//
// It belongs to one goroutine; Close it when done.
type Dreamer struct {
	t          *Trainer
	components int
	latents    [][][]float64 // of the classes' samples that were observed
}

// NewDreamer returns a dreamer for samples of an input, labelled by classes: the
// learner's, so that labels need no translation. threads ≥ 1. What is wrong with the
// options is ErrSettings or model.ErrConfig.
func NewDreamer(input model.Input, classes []string, o DreamerOptions, threads int) (*Dreamer, error) {
	o = o.filled()
	if o.Components < 1 || o.Components > model.MaxComponents {
		return nil, fmt.Errorf("%w: %d components, want 1…%d", ErrSettings, o.Components, model.MaxComponents)
	}
	set, c := fast()
	set.Batch, set.Seed = o.Batch, o.Seed
	set.Mask, set.Hardest, set.GenerativeFrom, set.TopUpdates = 0, 0, 0, dreamerUpdates
	c.Input, c.Classes = input, classes
	c.Hidden, c.Latents, c.Latent.Moves = []int{o.Units}, o.Latents, dreamerMoves
	m, err := model.New(c, o.Seed)
	if err != nil {
		return nil, err
	}
	m.Provenance.Seed, m.Provenance.Settings = o.Seed, set.Preset
	t, err := NewTrainer(m, set, threads)
	if err != nil {
		return nil, err
	}
	return &Dreamer{t: t, components: o.Components, latents: make([][][]float64, len(classes))}, nil
}

// Close ends the dreamer's threads.
func (d *Dreamer) Close() { d.t.Close() }

// Learn learns a batch, the samples idx of data, at scale times its rates, and returns
// the loss before. Let scale fall to 0 towards the end of a task. After ErrDiverged the
// dreamer is spoilt.
func (d *Dreamer) Learn(data Samples, idx []int, scale float64) (loss float64, err error) {
	if err := d.check(idx); err != nil {
		return 0, err
	}
	t := d.t
	if err := t.load(data, idx); err != nil {
		return 0, err
	}
	t.start(t.s)
	loss = t.learnGenerativeFromStart(scale)
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return loss, fmt.Errorf("%w: loss %v", ErrDiverged, loss)
	}
	return loss, nil
}

func (d *Dreamer) check(idx []int) error {
	if len(idx) < 1 || len(idx) > d.t.set.Batch {
		return fmt.Errorf("%w: %d samples, the dreamer learns 1…%d at once", ErrSettings, len(idx), d.t.set.Batch)
	}
	return nil
}

// Observe infers the latents of a batch for Freeze, which fits a mixture to those of
// each class: call it when Learn is about to end, with the last batches of the task.
// Of a class it takes 5,000, of S values, and ignores the others. Samples are not kept.
func (d *Dreamer) Observe(ctx context.Context, data Samples, idx []int) error {
	s := d.t.Session()
	part := &drawnSamples{data, idx}
	all, err := s.latentsByClass(ctx, part)
	if err != nil {
		return err
	}
	for class, latents := range all {
		room := max(s.mixed-len(d.latents[class]), 0)
		d.latents[class] = append(d.latents[class], latents[:min(room, len(latents))]...)
	}
	return nil
}

// drawnSamples are some samples of a data set.
type drawnSamples struct {
	Samples
	idx []int
}

func (s *drawnSamples) Len() int { return len(s.idx) }

func (s *drawnSamples) Sample(dst []float32, i int) int { return s.Samples.Sample(dst, s.idx[i]) }

// Freeze returns a copy of what was learned, with a mixture for each class that was
// observed, and forgets the latents. Without any it fails with ErrNoMixture. Quantise
// the model (model.Model.Quantise) to keep it in a quarter of the bytes.
func (d *Dreamer) Freeze(ctx context.Context) (*model.Model, error) {
	perClass, fitted := make([]model.Mixture, len(d.latents)), false
	for class, latents := range d.latents {
		if len(latents) == 0 {
			continue
		}
		r := rand.New(rand.NewPCG(d.t.set.Seed, simd.Mix(forMixture, uint64(class+1))))
		mixture, err := fitMixture(ctx, latents, d.components, r)
		if err != nil {
			return nil, err
		}
		perClass[class], fitted = mixture, true
	}
	if !fitted {
		return nil, ErrNoMixture
	}
	if name := d.t.nonFinite(); name != "" {
		return nil, fmt.Errorf("%w: %s is no longer finite", ErrDiverged, name)
	}
	clear(d.latents)
	m := d.t.Snapshot()
	m.PerClass = perClass
	return m, nil
}
