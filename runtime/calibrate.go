package runtime

import (
	"context"
	"fmt"
	"math"

	"github.com/pffedge/pffedge/simd"
)

// Calibration says how the limits of what products read are chosen from data,
// see model.Int8Params.Clip.
type Calibration string

// The ways to calibrate.
const (
	PerRow     Calibration = "row"        // none: each row's own largest value
	MinMax     Calibration = "minmax"     // the largest value seen
	Percentile Calibration = "percentile" // what all but 1 in 10,000 of the values other than zero stay below
	LeastError Calibration = "mse"        // what makes the mean square error of the codes least
)

// Calibrations lists them.
func Calibrations() []Calibration { return []Calibration{PerRow, MinMax, Percentile, LeastError} }

// Calibrate returns the limits that method chooses from the first samples of
// data, n at most: predicted by goodness, so that all states a product reads are
// seen, reconstructed, and imagined down from their latents.
func (s *Session) Calibrate(ctx context.Context, data Samples, n int, method Calibration) ([]float32, error) {
	c := &s.model.Config
	clips := make([]float32, 2*len(c.Hidden)+2)
	if method == PerRow {
		return clips, nil
	}
	seen := make([]histogram, len(clips))
	s.watch = func(site int, rows simd.Matrix) {
		for r := range rows.Rows {
			seen[site].add(rows.Row(r))
		}
	}
	defer func() { s.watch = nil }()
	n = min(n, data.Len())
	for lo := 0; lo < n; lo += s.AtOnce() {
		x := s.Inputs(min(s.AtOnce(), n-lo))
		for r := range x.Rows {
			data.Sample(x.Row(r), lo+r)
		}
		if err := s.pass(ctx, x); err != nil {
			return nil, err
		}
	}
	for i := range clips {
		var err error
		if clips[i], err = seen[i].limit(method); err != nil {
			return nil, err
		}
	}
	return clips, nil
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

// bins divide 0…1, where values of n(z) lie.
const bins = 1 << 12

// histogram counts values 0…1, zeros apart.
type histogram struct {
	counts [bins]uint64
	top    float32
}

func (h *histogram) add(values []float32) {
	for _, v := range values {
		if v > 0 {
			h.counts[min(int(v*bins), bins-1)]++
			h.top = max(h.top, v)
		}
	}
}

// tail is the share of values that Percentile leaves above the limit.
const tail = 1e-4

func (h *histogram) limit(method Calibration) (float32, error) {
	switch method {
	case MinMax:
		return h.top, nil
	case Percentile:
		return h.percentile(), nil
	case LeastError:
		return h.leastError(), nil
	}
	return 0, fmt.Errorf("%w: calibration %q", ErrMethod, method)
}

func (h *histogram) percentile() float32 {
	var total, above uint64
	for _, n := range h.counts {
		total += n
	}
	for i := bins - 1; i >= 0; i-- {
		above += h.counts[i]
		if float64(above) > tail*float64(total) {
			return min(float32(i+1)/bins, h.top)
		}
	}
	return h.top
}

// leastError tries limits from an eighth of the largest value up. A value v below
// the limit is off by a twelfth of the square of a step on average, one above by
// the square of what it loses.
func (h *histogram) leastError() float32 {
	best, least := h.top, math.Inf(1)
	for k := 16; k <= 128; k++ {
		clip := float64(h.top) * float64(k) / 128
		step := clip / simd.MaxU7
		var sum float64
		for i, n := range h.counts {
			v := (float64(i) + 0.5) / bins
			if v <= clip {
				sum += float64(n) * step * step / 12
			} else {
				sum += float64(n) * (v - clip) * (v - clip)
			}
		}
		if sum < least {
			best, least = float32(clip), sum
		}
	}
	return best
}
