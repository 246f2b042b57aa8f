package bench

import (
	"math"
	"slices"
)

// quantile returns the value below which a share q of the samples lies,
// interpolated between neighbours. It sorts the samples.
func quantile(samples []float64, q float64) float64 {
	slices.Sort(samples)
	at := q * float64(len(samples)-1)
	low := int(at)
	high := min(low+1, len(samples)-1)
	return samples[low] + (at-float64(low))*(samples[high]-samples[low])
}

func median(samples []float64) float64 { return quantile(samples, 0.5) }

// spread is the distance between the quartiles in proportion to the median.
func spread(samples []float64) float64 {
	return (quantile(samples, 0.75) - quantile(samples, 0.25)) / math.Max(median(samples), math.SmallestNonzeroFloat64)
}
