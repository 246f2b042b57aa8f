package runtime

import (
	"context"
	"errors"
	"fmt"

	"github.com/pffedge/pffedge/quant"
	"github.com/pffedge/pffedge/simd"
)

// ErrInt8: the model's weights are in int8, and float32 is called for.
var ErrInt8 = errors.New("the weights are in int8 already")

// Observe predicts the first samples of data, n at most, by goodness, so that all
// states that a product reads are met, reconstructs them, and imagines down from
// their latents. see is shown n(z) as products read it, a row each, valid during
// the call; read numbers what is read as model.Int8Params.Clip does. The model
// must be in float32. Observe stops between batches when ctx ends.
func (s *Session) Observe(ctx context.Context, data Samples, n int, see func(read int, rows simd.Matrix)) error {
	if s.model.Int8 != nil {
		return ErrInt8
	}
	s.watch = see
	defer func() { s.watch = nil }()
	n = min(n, data.Len())
	for lo := 0; lo < n; lo += s.AtOnce() {
		x := s.Inputs(min(s.AtOnce(), n-lo))
		for r := range x.Rows {
			if label := data.Sample(x.Row(r), lo+r); label < 0 {
				return fmt.Errorf("%w: sample %d has label %d", ErrSample, lo+r, label)
			}
		}
		if err := s.pass(ctx, x); err != nil {
			return err
		}
	}
	return nil
}

// Calibrate returns the limits, see model.Int8Params.Clip, that a calibration
// chooses from the first samples of data, n at most, as Observe meets them.
func (s *Session) Calibrate(ctx context.Context, data Samples, n int, how quant.Calibration) ([]float32, error) {
	limits := make([]float32, 2*len(s.model.Config.Hidden)+2)
	seen := make([]quant.Histogram, len(limits))
	if how != quant.PerRow {
		err := s.Observe(ctx, data, n, func(read int, rows simd.Matrix) {
			for r := range rows.Rows {
				seen[read].Add(rows.Row(r))
			}
		})
		if err != nil {
			return nil, err
		}
	}
	for i := range limits {
		var err error
		if limits[i], err = seen[i].Limit(how); err != nil {
			return nil, err
		}
	}
	return limits, nil
}

// pass runs everything that reads n(z) on x.
func (s *Session) pass(ctx context.Context, x simd.Matrix) error {
	if _, err := s.Surprise(ctx, x); err != nil {
		return err
	}
	images := simd.NewMatrix(x.Rows, x.Cols)
	if err := s.Reconstruct(ctx, images, x); err != nil {
		return err
	}
	if s.model.Config.Latent.Driven { // which would need labels
		return nil
	}
	latents := simd.NewMatrix(x.Rows, s.model.Config.Latents)
	if err := s.Latents(ctx, latents, x, nil); err != nil {
		return err
	}
	return s.Synthesize(ctx, images, latents)
}
