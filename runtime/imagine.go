package runtime

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// ErrNoMixture: the model has no latent mixture to imagine from. It was not
// trained with the generative circuit, or not finished.
var ErrNoMixture = errors.New("the model has no latent mixture")

// Reconstruct passes each sample of x, rows×D, up to its start state and back
// down the generative circuit, and writes the images to dst, rows×D, values
// 0…1.
func (s *Session) Reconstruct(ctx context.Context, dst, x simd.Matrix) error {
	if err := s.check(x, model.Generative); err != nil {
		return err
	}
	if dst.Rows != x.Rows || dst.Cols != x.Cols {
		return fmt.Errorf("%w: %d×%d reconstructions of %d×%d samples", ErrInput, dst.Rows, dst.Cols, x.Rows, x.Cols)
	}
	return s.eachPart(ctx, x.Rows, func(lo, hi int) {
		v := s.load(x, lo, hi, hi-lo)
		copyRows(dst.Slice(lo, hi), s.descend(s.images(hi-lo), v.z[len(v.z)-1]))
	})
}

// Latents infers the top latent z_g of each sample of x, rows×D, and writes
// it to dst, rows×S. labels are needed only where the configuration infers
// latents from label-driven states (model.Latent.Driven). Where it moves them
// by the batch's mean gradient (model.Latent.BatchMean), a batch is the samples
// that the session handles at once, at most 1000/C.
func (s *Session) Latents(ctx context.Context, dst, x simd.Matrix, labels []int) error {
	return s.inferAll(ctx, dst, x, labels, true)
}

func (s *Session) inferAll(ctx context.Context, dst, x simd.Matrix, labels []int, fresh bool) error {
	if err := s.check(x, model.Settling, model.Generative); err != nil {
		return err
	}
	c := &s.model.Config
	if dst.Rows != x.Rows || dst.Cols != c.Latents || c.Latent.Driven && len(labels) != x.Rows {
		return fmt.Errorf("%w: %d×%d latents of %d samples with %d labels", ErrInput, dst.Rows, dst.Cols, x.Rows, len(labels))
	}
	if c.Latent.Driven {
		if i := slices.IndexFunc(labels, func(l int) bool { return l < 0 || l >= len(c.Classes) }); i >= 0 {
			return fmt.Errorf("%w: sample %d has label %d, the model has classes 0…%d", ErrInput, i, labels[i], len(c.Classes)-1)
		}
	}
	return s.eachPart(ctx, x.Rows, func(lo, hi int) {
		v := s.load(x, lo, hi, hi-lo)
		if c.Latent.Driven {
			s.drive(v, labels[lo:hi])
		}
		g := s.images(hi - lo)
		if fresh {
			g.startLatent(c.Latent.Start)
		} else {
			copyRows(g.zg, dst.Slice(lo, hi))
		}
		s.inferLatent(g, v.z[len(v.z)-1], c.Latent.Moves)
		copyRows(dst.Slice(lo, hi), g.zg)
	})
}

// drive runs one dynamics step under the samples' labels.
func (s *Session) drive(v *states, labels []int) {
	for r, label := range labels {
		v.setLabel(r, label, s.model.Config.LabelScale)
	}
	s.labelBias(v)
	s.dynamics(v)
}

// Synthesize passes latents, rows×S, down the generative circuit and writes
// the images to dst, rows×D, values 0…1.
func (s *Session) Synthesize(ctx context.Context, dst, latents simd.Matrix) error {
	c := &s.model.Config
	if latents.Cols != c.Latents || dst.Rows != latents.Rows || dst.Cols != c.Input.Size() {
		return fmt.Errorf("%w: %d×%d images from %d×%d latents", ErrInput, dst.Rows, dst.Cols, latents.Rows, latents.Cols)
	}
	if err := s.model.Check(model.Generative); err != nil {
		return err
	}
	if err := checkFinite(latents); err != nil {
		return err
	}
	return s.eachPart(ctx, latents.Rows, func(lo, hi int) {
		g := s.images(hi - lo)
		s.exciteFor(&s.w.top, g.ug, latents.Slice(lo, hi))
		s.generate(g.top, g.ug, &s.w.top, relu)
		copyRows(dst.Slice(lo, hi), s.descend(g, g.top))
	})
}

// AnyClass asks Imagine for samples of no particular class.
const AnyClass = -1

// imagineTries is how often Imagine draws a sample anew that the model does not
// recognise, before it lets the last one stand.
const imagineTries = 8

// Imagine draws dst.Rows new samples of a class, or of the whole training set
// if class is AnyClass, and writes them to dst, rows×D, values 0…1. What the
// model's own goodness takes for another class is drawn anew, up to 8 times in
// all. Equal seeds give equal samples.
func (s *Session) Imagine(ctx context.Context, dst simd.Matrix, class int, seed uint64) error {
	return s.imagine(ctx, dst, class, seed, imagineTries)
}

// ImagineUnchecked is Imagine without a look at what was drawn.
func (s *Session) ImagineUnchecked(ctx context.Context, dst simd.Matrix, class int, seed uint64) error {
	return s.imagine(ctx, dst, class, seed, 1)
}

func (s *Session) imagine(ctx context.Context, dst simd.Matrix, class int, seed uint64, tries int) error {
	mixture, err := s.mixture(class)
	if err != nil {
		return err
	}
	open := make([]int, dst.Rows) // the rows of dst to draw
	for i := range open {
		open[i] = i
	}
	latents := simd.NewMatrix(dst.Rows, s.model.Config.Latents)
	drawn := simd.NewMatrix(dst.Rows, dst.Cols)
	for try := range tries {
		latents, drawn := latents.Slice(0, len(open)), drawn.Slice(0, len(open))
		for i, row := range open {
			// A stream for every draw: what one sample takes is not another's.
			drawLatent(latents.Row(i), mixture, rand.New(rand.NewPCG(seed, simd.Mix(forSynthesis, uint64(class+1), uint64(row), uint64(try)))))
		}
		if err := s.Synthesize(ctx, drawn, latents); err != nil {
			return err
		}
		for i, row := range open {
			copy(dst.Row(row), drawn.Row(i))
		}
		if class == AnyClass || try == tries-1 {
			return nil
		}
		if open, err = s.mistaken(ctx, drawn, open, class); err != nil {
			return err
		}
	}
	return nil
}

// mixture returns the mixture of a class or of AnyClass.
func (s *Session) mixture(class int) (model.Mixture, error) {
	mixture := s.model.Overall
	if class != AnyClass {
		if class < 0 || class >= len(s.model.Config.Classes) {
			return nil, fmt.Errorf("%w: class %d of %d", ErrInput, class, len(s.model.Config.Classes))
		}
		mixture = nil
		if class < len(s.model.PerClass) {
			mixture = s.model.PerClass[class]
		}
	}
	if len(mixture) == 0 {
		return nil, ErrNoMixture
	}
	return mixture, nil
}

// mistaken returns those of rows, whose samples are x, that goodness takes for
// another class.
func (s *Session) mistaken(ctx context.Context, x simd.Matrix, rows []int, class int) ([]int, error) {
	p, err := s.Predict(ctx, x, Goodness)
	var list []int
	for i := range p.Rows {
		if argMax(p.Row(i)) != class {
			list = append(list, rows[i])
		}
	}
	return list, err
}

// drawLatent writes a draw from the mixture to dst: a component by its weight,
// then mean + Chol·ε.
func drawLatent(dst []float32, mixture model.Mixture, r *rand.Rand) {
	g := mixture[len(mixture)-1]
	u := r.Float32()
	for _, c := range mixture {
		if u -= c.Weight; u < 0 {
			g = c
			break
		}
	}
	copy(dst, g.Mean)
	eps := make([]float32, len(dst))
	simd.AddNormalF32(eps, eps, r.Uint64(), 1)
	for i := range dst {
		for j := range i + 1 {
			dst[i] += float32(g.Chol[i*len(dst)+j] * eps[j])
		}
	}
}

// eachPart runs f over n rows, as many at a time as the session has room for,
// until ctx ends.
func (s *Session) eachPart(ctx context.Context, n int, f func(lo, hi int)) error {
	for lo := 0; lo < n; lo += s.AtOnce() {
		if err := ctx.Err(); err != nil {
			return err
		}
		f(lo, min(lo+s.AtOnce(), n))
	}
	return nil
}
