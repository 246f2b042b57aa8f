package quant

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/pffedge/pffedge/simd"
)

// Calibration says how the limits of what products read are chosen.
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

// ErrCalibration: there is no such way to calibrate.
var ErrCalibration = errors.New("unknown calibration")

// ParseCalibration returns the calibration of that name.
func ParseCalibration(name string) (Calibration, error) {
	if c := Calibration(name); slices.Contains(Calibrations(), c) {
		return c, nil
	}
	return "", fmt.Errorf("%w: %q, there are %v", ErrCalibration, name, Calibrations())
}

// bins divide 0…1, where values of n(z) lie.
const bins = 1 << 12

// Histogram counts values of n(z), 0…1, zeros apart. Its zero value is empty.
type Histogram struct {
	counts [bins]uint64
	top    float32
}

// Add counts values. Those that are not above 0, NaN among them, do not count.
func (h *Histogram) Add(values []float32) {
	for _, v := range values {
		if v > 0 {
			h.counts[int(min(v*bins, bins-1))]++
			h.top = max(h.top, v)
		}
	}
}

// Limit returns the limit that a calibration chooses; 0 by PerRow, and where
// nothing has been counted.
func (h *Histogram) Limit(c Calibration) (float32, error) {
	switch c {
	case PerRow:
		return 0, nil
	case MinMax:
		return h.top, nil
	case Percentile:
		return h.percentile(), nil
	case LeastError:
		return h.leastError(), nil
	}
	return 0, fmt.Errorf("%w: %q", ErrCalibration, c)
}

// tail is the share of values that Percentile leaves above the limit.
const tail = 1e-4

func (h *Histogram) percentile() float32 {
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
func (h *Histogram) leastError() float32 {
	best, least := h.top, math.Inf(1)
	for k := 16; k <= 128; k++ {
		limit := float64(h.top) * float64(k) / 128
		if sum := h.squareError(limit); sum < least {
			best, least = float32(limit), sum
		}
	}
	return best
}

// squareError returns the sum over all values of what codes up to limit make of
// them.
func (h *Histogram) squareError(limit float64) (sum float64) {
	step := limit / simd.MaxU7
	for i, n := range h.counts {
		v := (float64(i) + 0.5) / bins
		off := step * step / 12
		if v > limit {
			off = (v - limit) * (v - limit)
		}
		sum += float64(n) * off
	}
	return sum
}
