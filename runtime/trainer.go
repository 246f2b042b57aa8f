package runtime

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// Samples is a labelled data set.
type Samples interface {
	Len() int
	// Sample writes sample i, D scaled inputs, to dst and returns its label.
	Sample(dst []float32, i int) int
}

// Errors of learning.
var (
	// ErrDiverged: a loss is no longer finite. The parameters are spoilt;
	// go back to a checkpoint and lower the learning rate.
	ErrDiverged = errors.New("learning diverged")
	// ErrSample: a sample cannot be learnt from: its label is out of range or
	// an input is not finite.
	ErrSample = errors.New("bad sample")
)

// clock counts the optimiser steps taken, each Adam's t.
type clock struct {
	Rounds  int `json:"rounds"`  // dynamics steps with updates; also numbers the noise
	Readout int `json:"readout"` // W, b
	Top     int `json:"top"`     // Gy
	Down    int `json:"down"`    // G_L … G_1
}

// Trainer learns. It owns the parameters that it changes and belongs to one
// goroutine; Close it when done.
type Trainer struct {
	*circuit
	set     Settings
	moments *model.Moments // what the optimiser remembers
	fine    *fine          // what learns in int8, or nil
	// The memory of moments of 32 bits; nil for others.
	first, second *model.Params

	epoch, batch int     // the next batch to learn
	done         float64 // progress before it
	clock        clock
	data         string       // what SetData was told
	kept         []model.Blob // of the checkpoint that it began with: for its next ones

	s    *states
	g    *imagery // nil while the generative circuit does not learn
	goal goal

	order    []int // of the samples in the epoch at hand
	labels   []int
	positive []bool      // the goal's, for a whole batch
	folded   simd.Matrix // inputs×H_ℓ: d_ℓ summed over the rows of each input
	misread  simd.Matrix // rows×C: the gradient of the read-out's cross-entropy by its logits
	sums     []float32   // gradient of a bias
	lateral  []float32   // gradient of lateral blocks
	eps      []noise

	foldRows foldTask
	mask     maskTask
	session  *Session  // see Session
	ranked   []int     // of the samples in the batch at hand, see hardest
	wrong    []int     // per sample kept: its negative label
	demanded []int     // per sample of the batch, if any: the negative label that it must have, or -1
	still    []float32 // D: an image before it is shifted

	record *model.Params // where gradients go while replaying, else empty
}

// NewTrainer returns a trainer that goes on from m's parameters, which it
// changes in place, with threads ≥ 1. Parameters that cannot be changed, and
// those in int8, are copied to float32 first.
func NewTrainer(m *model.Model, set Settings, threads int) (*Trainer, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	if err := set.Validate(); err != nil {
		return nil, err
	}
	// Moments come before the weights are converted: in the place of weights that
	// are gone they would be cleared at once, and take memory even where the
	// generative circuit does not learn.
	fresh := &model.Checkpoint{}
	if bits := set.MomentBits(); bits == 32 {
		fresh.First, fresh.Second = model.NewParams(&m.Config), model.NewParams(&m.Config)
	} else {
		fresh.Lean = model.NewMoments(&m.Config, bits)
	}
	m, err := learnable(m, set.Int8)
	if err != nil {
		return nil, err
	}
	fresh.Model = m
	return newTrainer(fresh, set, threads)
}

// learnable returns m with weights of the wanted kind in memory of its own if they
// are not of that kind, or cannot be changed.
func learnable(m *model.Model, int8 bool) (own *model.Model, err error) {
	switch {
	case int8 && m.Int8 == nil:
		return m.Quantise()
	case !int8 && m.Int8 != nil:
		return m.Float32(), nil
	case m.ReadOnly() || int8: // whose scales get another place
		return m.Clone(), nil
	}
	return m, nil
}

// newTrainer returns a trainer with the model and the moments of c.
func newTrainer(c *model.Checkpoint, set Settings, threads int) (*Trainer, error) {
	m := c.Model
	if err := set.Validate(); err != nil {
		return nil, err
	}
	moments := c.Lean
	if moments == nil {
		moments = model.MomentsOf(c.First, c.Second)
	}
	if moments.Bits != set.MomentBits() {
		return nil, fmt.Errorf("%w: moments of %d bits in the checkpoint, the settings want %d", ErrSettings, moments.Bits, set.MomentBits())
	}
	if err := checkScratch(&m.Config, set.Batch); err != nil {
		return nil, err
	}
	if set.Shift > 0 && !m.Config.Input.IsImage() {
		return nil, fmt.Errorf("%w: a shift of %d pixels, but samples are no images (%s)", ErrSettings, set.Shift, m.Config.Input)
	}
	if set.Int8 != (m.Int8 != nil) {
		return nil, fmt.Errorf("%w: the settings and the checkpoint disagree about int8", ErrSettings)
	}
	var small *fine
	if set.Int8 {
		small = newFine(m, c.Residuals)
	}
	t := &Trainer{
		fine:    small,
		circuit: newCircuit(newEngine(m), threads),
		set:     set,
		moments: moments,
		first:   c.First,
		second:  c.Second,
		kept:    c.Kept,
		record:  &model.Params{Layers: make([]model.Layer, len(m.Config.Hidden)), Gen: make([]simd.Packed, len(m.Config.Hidden))},
	}
	if c.Residuals != nil { // the engine has what the codes restore to
		for l := range t.params.Layers {
			t.params.Layers[l].Lateral = c.Residuals.Layers[l].Lateral
		}
	}
	t.reserve(&memory{}, set.Batch)
	t.pool.Reserve(poolScratch(&m.Config, &set, threads))
	return t, nil
}

// maxScratchValues bounds a trainer's scratch memory: 8 GiB.
const maxScratchValues = 1 << 31

// checkScratch reports why batches of n samples need too much memory.
func checkScratch(c *model.Config, n int) error {
	if values := scratchValues(c, n); values > maxScratchValues {
		return fmt.Errorf("%w: a batch of %d would take %d MiB of scratch memory, at most %d allowed", ErrSettings, n, values>>18, maxScratchValues>>18)
	}
	return nil
}

// scratchValues returns about how many values of scratch memory a batch of n
// positive samples takes.
func scratchValues(c *model.Config, n int) int64 {
	perRow := 2*c.Input.Size() + len(c.Classes)
	for _, h := range c.Hidden {
		perRow += 9 * h
	}
	return 2 * int64(n) * int64(perRow)
}

// reserve makes the scratch memory for batches of up to n positive samples.
func (t *Trainer) reserve(m *memory, n int) {
	c := &t.model.Config
	t.s = newStates(m, c, n, trainerRows(c, &t.set, n), true, t.set.Int8)
	if t.fine != nil {
		rows := 0
		if t.set.Generative {
			rows = imagined(&t.set, n)
		}
		t.fine.reserve(m, c, batchRows(&t.set, n), rows)
	}
	if t.set.Generative {
		t.g = newImagery(m, c, imagined(&t.set, n), t.set.Int8)
	}
	t.labels, t.positive = list[int](m, n), list[bool](m, 2*n)
	t.folded = m.matrix(t.set.RoundSamples(n), slices.Max(c.Hidden))
	t.misread = m.matrix(2*n, len(c.Classes))
	t.eps = list[noise](m, len(c.Hidden))
	t.ranked, t.wrong = list[int](m, n), list[int](m, n)
	if t.set.Shift > 0 {
		t.still = list[float32](m, c.Input.Size())
	}
	widest, blocks := len(c.Classes), 0
	for i, h := range c.Hidden {
		widest, blocks = max(widest, h), max(blocks, c.Blocks(i).Len())
	}
	t.sums, t.lateral = m.vector(widest), m.vector(blocks)
}

// trainerRows returns how many rows a trainer has room for: those of a batch of n
// samples, and at least all labels of one sample, so that its session can
// predict.
func trainerRows(c *model.Config, set *Settings, n int) int {
	return max(batchRows(set, n), len(c.Classes))
}

// batchRows returns how many rows learning n samples takes: one each for the
// start state, a positive and a negative one for each that the rounds learn.
func batchRows(set *Settings, n int) int { return max(n, 2*set.RoundSamples(n)) }

// imagined returns how many rows the generative circuit learns from in a batch
// of n positive samples.
func imagined(set *Settings, n int) int {
	if set.GeneratorDriven {
		return 2 * n
	}
	return n
}

// Close ends the trainer's threads.
func (t *Trainer) Close() { t.pool.Close() }

// Settings returns the trainer's settings.
func (t *Trainer) Settings() Settings { return t.set }

// Epoch returns the number of completed passes over the data.
func (t *Trainer) Epoch() int { return t.epoch }

// Live returns an engine on the parameters being learned, for use between
// batches by the trainer's own goroutine.
func (t *Trainer) Live() *Engine {
	t.refresh()
	return t.Engine
}

// Snapshot returns a copy of what has been learned so far.
func (t *Trainer) Snapshot() *model.Model {
	if t.fine != nil {
		t.model.Int8.StoreLateral(t.params, t.model.Config.Group)
	}
	return t.model.Clone()
}

// Report describes one learned batch.
type Report struct {
	Epoch, Batch, Batches int // counted from 0
	Samples               int // positive samples in this batch
	Learned               int // positive samples of this epoch so far
	Correct               int // of Samples, by the read-out before learning them; 0 when the read-out is driven

	Goodness   float64 // goodness loss, all layers
	Readout    float64 // read-out cross-entropy
	Generative float64 // generative losses, all layers; 0 when off
}

// Fit learns data until all epochs are done, ctx ends, or a batch fails. After
// each batch it calls onBatch, after each epoch onEpoch, whose error ends
// training. However it ends, the trainer is between two batches, and another
// Fit or a Checkpoint goes on from there; only after ErrDiverged nothing does.
func (t *Trainer) Fit(ctx context.Context, data Samples, onBatch func(Report), onEpoch func(epoch int) error) error {
	if data.Len() == 0 {
		return fmt.Errorf("%w: no samples", ErrSample)
	}
	batches := (data.Len() + t.set.Batch - 1) / t.set.Batch
	if t.batch > batches {
		return fmt.Errorf("%w: the run stands at batch %d, and the data make %d", ErrSettings, t.batch, batches)
	}
	for t.epoch < t.set.Epochs {
		t.order = epochOrder(t.order, t.set.Seed, t.epoch, data.Len())
		for t.batch < batches {
			if err := ctx.Err(); err != nil {
				return err
			}
			from := t.batch * t.set.Batch
			t.done = t.progress(batches)
			report, err := t.learn(data, t.order[from:min(from+t.set.Batch, len(t.order))], t.rateScale(batches))
			report.Epoch, report.Batch, report.Batches = t.epoch, t.batch, batches
			if err != nil {
				return fmt.Errorf("epoch %d, batch %d: %w", t.epoch+1, t.batch+1, err)
			}
			report.Learned = from + report.Samples
			t.batch++
			if onBatch != nil {
				onBatch(report)
			}
		}
		// Losses are taken before an update; what the last one did shows here.
		if name := t.nonFinite(); name != "" {
			return fmt.Errorf("epoch %d: %w: %s is no longer finite", t.epoch+1, ErrDiverged, name)
		}
		t.epoch, t.batch = t.epoch+1, 0
		if onEpoch != nil {
			if err := onEpoch(t.epoch); err != nil {
				return err
			}
		}
	}
	return nil
}

// progress returns the share of the run that lies behind the next batch.
func (t *Trainer) progress(batches int) float64 {
	return float64(t.epoch*batches+t.batch) / float64(t.set.Epochs*batches)
}
