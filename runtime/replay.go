package runtime

import (
	"context"
	"fmt"
	"slices"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// Replay learns one batch round by round with labels and noise given from
// outside, and shows every quantity on the way: the means to compare this
// implementation with another. It runs the code that Trainer runs, except that
// gradients are stored before they are applied.
type Replay struct {
	t     *Trainer
	image simd.Matrix
}

// ReplayBatch is a stacked training batch. If the second half of X repeats the
// first, the halves share their work as in training.
type ReplayBatch struct {
	X        simd.Matrix // rows×D
	Y        simd.Matrix // rows×C, one-hot, not yet scaled
	Positive []bool      // per row
	ZG       simd.Matrix // rows×S, the latents before the first round
}

// Trace is what one round computed. Matrices and parameters are the replay's
// own, valid until its next round.
type Trace struct {
	Z    []simd.Matrix // per layer rows×H_ℓ, after the dynamics step
	YHat simd.Matrix   // rows×C, read-out of the state before the step

	Goodness, Readout, Generative float64 // losses; goodness and generative summed over layers

	// Gradient holds the gradients with weight decay, before clipping.
	Gradient *model.Params
	Params   *model.Params // after the round
	Image    simd.Matrix   // rows×D, x̂
	ZG       simd.Matrix   // rows×S, after their move
}

// NewReplay returns a replay that changes m's parameters. The settings must be
// driven, as the reference's are: a read-out and generative circuit that learn
// once a batch have nothing to show round by round.
func NewReplay(m *model.Model, set Settings, b ReplayBatch, threads int) (*Replay, error) {
	c := &m.Config
	rows := b.X.Rows
	if b.X.Cols != c.Input.Size() || b.Y.Rows != rows || b.Y.Cols != len(c.Classes) || len(b.Positive) != rows ||
		b.ZG.Rows != rows || b.ZG.Cols != c.Latents || rows == 0 {
		return nil, fmt.Errorf("%w: replay of %d×%d inputs, %d×%d labels, %d×%d latents", ErrInput, rows, b.X.Cols, b.Y.Rows, b.Y.Cols, b.ZG.Rows, b.ZG.Cols)
	}
	if !set.ReadoutDriven || !set.GeneratorDriven || !set.Generative {
		return nil, fmt.Errorf("%w: a replay needs a driven read-out and generator", ErrSettings)
	}
	if set.Contrast != 0 {
		return nil, fmt.Errorf("%w: a replay judges every row by itself; contrast must be 0", ErrSettings)
	}
	for r := range rows {
		if !oneHot(b.Y.Row(r)) {
			return nil, fmt.Errorf("%w: replay: the label of row %d is not one-hot", ErrInput, r)
		}
	}
	inputs := rows
	if half := rows / 2; rows%2 == 0 && sameRows(b.X.Slice(0, half), b.X.Slice(half, rows)) {
		inputs = half
	}
	set.Batch = inputs
	t, err := NewTrainer(m, set, threads)
	if err != nil {
		return nil, err
	}
	t.record = model.NewParams(c)
	t.s.resize(inputs, rows)
	t.g.resize(rows)
	t.goal = goal{positive: b.Positive, theta: float32(set.Theta)}
	copyRows(t.s.x, b.X)
	for r := range rows {
		t.s.setLabel(r, argMax(b.Y.Row(r)), c.LabelScale)
		copy(t.g.zg.Row(r), b.ZG.Row(r))
	}
	return &Replay{t: t, image: simd.NewMatrix(rows, b.X.Cols)}, nil
}

// oneHot tells whether y is 1 in one place and 0 elsewhere.
func oneHot(y []float32) bool {
	top := argMax(y)
	for c, v := range y {
		if c == top && v != 1 || c != top && v != 0 {
			return false
		}
	}
	return true
}

func sameRows(a, b simd.Matrix) bool {
	for r := range a.Rows {
		if !slices.Equal(a.Row(r), b.Row(r)) {
			return false
		}
	}
	return true
}

// Close ends the replay's threads.
func (r *Replay) Close() { r.t.Close() }

// Start computes the start state: Z and YHat of the returned trace.
func (r *Replay) Start() Trace {
	s := r.t.s
	r.t.start(s)
	for l := range s.z {
		s.spread(l)
	}
	r.t.readout(s.yhat, s.nz[len(s.nz)-1])
	return Trace{Z: s.z, YHat: s.yhat}
}

// Round runs the next round after Start. dynamics and generative hold each
// layer's noise, rows×H_ℓ, already scaled.
func (r *Replay) Round(dynamics, generative []simd.Matrix) (Trace, error) {
	for l, h := range r.t.model.Config.Hidden {
		for _, eps := range [][]simd.Matrix{dynamics, generative} {
			if len(eps) != len(r.t.s.z) || eps[l].Rows != r.t.s.rows || eps[l].Cols != h {
				return Trace{}, fmt.Errorf("%w: noise of layer %d has the wrong shape", ErrInput, l+1)
			}
		}
	}
	losses := r.t.round(1, &given{dynamics: givenNoise(dynamics), generative: givenNoise(generative), image: &r.image})
	return Trace{
		Z: r.t.s.z, YHat: r.t.s.yhat,
		Goodness: losses.goodness, Readout: losses.readout, Generative: losses.generative,
		Gradient: r.t.record, Params: r.t.model.Params,
		Image: r.image, ZG: r.t.g.zg,
	}, nil
}

func givenNoise(eps []simd.Matrix) []noise {
	out := make([]noise, len(eps))
	for i := range eps {
		out[i].given = &eps[i]
	}
	return out
}

// LatentsFrom is Latents with starting values of its own: latents, rows×S,
// holds them before and what was inferred from them after.
func (s *Session) LatentsFrom(ctx context.Context, latents, x simd.Matrix, labels []int) error {
	return s.inferAll(ctx, latents, x, labels, false)
}
