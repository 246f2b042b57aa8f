package quant

import "math"

// Error gathers how far values are from those that they stand for.
type Error struct{ signal, noise float64 }

// Add compares got with want, which must not be longer.
func (e *Error) Add(want, got []float32) {
	for i, w := range want {
		d := float64(w) - float64(got[i])
		e.signal += float64(w) * float64(w)
		e.noise += d * d
	}
}

// SNR returns the signal-to-noise ratio in decibels,
//
//	10·log10(Σ want² / Σ (want − got)²)
//
// and +Inf when nothing was lost.
func (e *Error) SNR() float64 {
	if e.noise == 0 {
		return math.Inf(1)
	}
	return 10 * math.Log10(e.signal/e.noise)
}
