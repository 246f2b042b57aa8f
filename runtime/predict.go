package runtime

import (
	"context"
	"fmt"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// Method is a way to predict a class.
type Method string

// The prediction methods.
const (
	// Readout is the softmax read-out of the start state: one pass.
	Readout Method = "readout"
	// Goodness settles under every label and takes the least surprising one:
	// exact, and about 2·K·C times the work of the read-out.
	Goodness Method = "goodness"
	// Auto is the read-out where it is sure, and goodness between the labels
	// that it cannot rule out: those it calls at least 1/1000 as likely as its
	// favourite. The others keep the read-out's probabilities.
	Auto Method = "auto"
)

// Methods lists the prediction methods.
func Methods() []Method { return []Method{Goodness, Readout, Auto} }

// ParseMethod returns the method of that name.
func ParseMethod(name string) (Method, error) {
	for _, m := range Methods() {
		if name == string(m) {
			return m, nil
		}
	}
	return "", fmt.Errorf("%w: %q, there are %v", ErrMethod, name, Methods())
}

// Predict returns the class probabilities of the samples x, rows×D scaled
// inputs, as rows×C. The matrix is the session's own, valid until its next
// prediction. Predict stops between chunks of samples when ctx ends.
func (s *Session) Predict(ctx context.Context, x simd.Matrix, method Method) (simd.Matrix, error) {
	switch method {
	case Readout:
		return s.eachChunk(ctx, x, s.readoutChunk)
	case Auto:
		return s.eachChunk(ctx, x, s.autoChunk, model.Settling)
	case Goodness:
		out, err := s.Surprise(ctx, x)
		for r := range out.Rows {
			simd.SoftmaxF32(out.Row(r), out.Row(r), s.zeroBias(out.Cols))
		}
		return out, err
	}
	return simd.Matrix{}, fmt.Errorf("%w: %q", ErrMethod, method)
}

// zeroBias returns n zeros.
func (s *Session) zeroBias(n int) []float32 {
	if len(s.zeros) < n {
		s.zeros = make([]float32, n)
	}
	return s.zeros[:n]
}

// Surprise returns, for each sample of x and each label, the sum of the mean
// logits over the layers during the last dynamics steps under that label,
// divided by 3 (PFF: Ey). The largest value is the least surprising label. The
// matrix is valid as Predict's is.
func (s *Session) Surprise(ctx context.Context, x simd.Matrix) (simd.Matrix, error) {
	return s.eachChunk(ctx, x, s.goodnessChunk, model.Settling)
}

// eachChunk runs f, which uses parts of the model, over x, as many samples at a
// time as the session has room for.
func (s *Session) eachChunk(ctx context.Context, x simd.Matrix, f func(dst, x simd.Matrix, lo, hi int), used ...model.Part) (simd.Matrix, error) {
	if err := s.check(x, used...); err != nil {
		return simd.Matrix{}, err
	}
	out := s.results(x.Rows)
	for lo := 0; lo < x.Rows; lo += s.AtOnce() {
		if err := ctx.Err(); err != nil {
			return simd.Matrix{}, err
		}
		hi := min(lo+s.AtOnce(), x.Rows)
		f(out.Slice(lo, hi), x, lo, hi)
	}
	return out, nil
}

func (s *Session) readoutChunk(dst, x simd.Matrix, lo, hi int) {
	v := s.load(x, lo, hi, hi-lo)
	s.readout(dst, v.nz[len(v.nz)-1])
}

// goodnessChunk settles all labels of the samples lo…hi at once: row
// c·n + i is sample i under label c.
func (s *Session) goodnessChunk(dst, x simd.Matrix, lo, hi int) {
	c := &s.model.Config
	n := hi - lo
	s.settleAll(dst, s.load(x, lo, hi, n*len(c.Classes)))
}

// settleAll settles the start states of v, one for each row of dst, under every
// label.
func (s *Session) settleAll(dst simd.Matrix, v *states) {
	n := dst.Rows
	for r := range v.rows {
		v.setLabel(r, r/n, s.model.Config.LabelScale)
	}
	dst.Zero()
	s.settleLabels(v, func(r int, logit float32) { dst.Row(r % n)[r/n] += logit })
}

// settleLabels runs the goodness prediction from the start states of v under
// the rows' labels. add receives each row's share of its surprise, see
// Surprise, step by step and layer by layer.
func (s *Session) settleLabels(v *states, add func(r int, logit float32)) {
	c := &s.model.Config
	s.labelBias(v)
	for step := range c.GoodnessSteps {
		s.dynamics(v)
		if step >= c.GoodnessFrom {
			v.eachLogit(add)
		}
	}
}

// goodnessDivisor is the reference's, whatever the number of steps summed.
const goodnessDivisor = 3

// eachLogit gives every row's part in the mean logit over the layers to add.
func (s *states) eachLogit(add func(r int, logit float32)) {
	scale := 1 / float32(len(s.logits)*goodnessDivisor)
	for l, logits := range s.logits {
		for r := range s.rows {
			at := r
			if s.distinct(l) < s.rows {
				at = s.of[r]
			}
			add(r, float32(logits[at]*scale))
		}
	}
}

// Best returns the class with the largest probability and that probability.
func Best(probabilities []float32) (class int, p float32) {
	class = argMax(probabilities)
	return class, probabilities[class]
}
