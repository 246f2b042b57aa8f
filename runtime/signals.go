package runtime

import (
	"context"
	"fmt"
	"math"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime/novelty"
	"github.com/pffedge/pffedge/simd"
)

// Signals writes to dst, one a row of x, rows×D scaled inputs, what package
// novelty judges samples by. It takes the work of Surprise, a read-out and a
// reconstruction, from one start state. A model without mixtures has not learned to
// reconstruct, to its end: its Error, which would tell of bright images rather than of
// unusual ones, is 1 for all. What Predict and Surprise returned before is
// overwritten.
func (s *Session) Signals(ctx context.Context, dst []novelty.Signal, x simd.Matrix) error {
	if len(dst) != x.Rows {
		return fmt.Errorf("%w: %d signals of %d samples", ErrInput, len(dst), x.Rows)
	}
	_, err := s.eachChunk(ctx, x, func(out, x simd.Matrix, lo, hi int) {
		s.signalChunk(dst[lo:hi], out, x, lo, hi)
	}, model.Settling, model.Generative)
	return err
}

// signalChunk does so for the samples lo…hi of x, with a row of out for each.
func (s *Session) signalChunk(dst []novelty.Signal, out, x simd.Matrix, lo, hi int) {
	n := hi - lo
	v := s.load(x, lo, hi, n*out.Cols)
	top := len(v.z) - 1
	s.multiply(out, v.nz[top].Slice(0, n), &s.w.readout, false)
	for r := range dst {
		dst[r].Energy, dst[r].Confidence = energy(out.Row(r), s.params.ReadoutBias)
	}
	s.signalErrors(dst, x.Slice(lo, hi), v.z[top].Slice(0, n))
	s.settleAll(out, v)
	for r := range dst {
		dst[r].Class, dst[r].Surprise, dst[r].Lead = lead(out.Row(r))
	}
}

// signalErrors fills in the errors of the samples x with those top states.
func (s *Session) signalErrors(dst []novelty.Signal, x, top simd.Matrix) {
	for r := range dst {
		dst[r].Error = 1
	}
	if len(s.model.Overall) == 0 {
		return
	}
	images := s.descend(s.images(len(dst)), top)
	for r := range dst {
		dst[r].Error = relativeError(x.Row(r), images.Row(r))
	}
}

// energy returns log Σ exp(logits + bias) and the largest probability of their
// softmax, which is left in logits.
func energy(logits, bias []float32) (sum, confidence float32) {
	top := math.Inf(-1)
	for i, v := range logits {
		top = math.Max(top, float64(v)+float64(bias[i]))
	}
	simd.SoftmaxF32(logits, logits, bias)
	_, confidence = Best(logits)
	return float32(top - math.Log(float64(confidence))), confidence
}

// darkest is the mean square of the inputs below which errors are not divided by
// less.
const darkest = 1e-6

// relativeError is ‖x−y‖²/‖x‖².
func relativeError(x, y []float32) float32 {
	var e, square float64
	for i, v := range x {
		d := float64(v) - float64(y[i])
		e += float64(d * d)
		square += float64(v) * float64(v)
	}
	return float32(e / max(square, darkest*float64(len(x))))
}

// lead returns the label of least surprise, its value, and by how much that exceeds
// the mean over all labels.
func lead(surprise []float32) (class int, best, above float32) {
	class = argMax(surprise)
	best = surprise[class]
	var sum float64
	for _, v := range surprise {
		sum += float64(best) - float64(v)
	}
	return class, best, float32(sum / float64(len(surprise)))
}
