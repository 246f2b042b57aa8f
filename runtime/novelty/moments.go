package novelty

import "math"

// Moments are the mean and the standard deviation of numbers.
type Moments struct {
	N         int
	Mean, Std float64 // Std is 0 for fewer than two
}

// moments are running: mean, and squares, the sum of squared differences from it
// (Welford, Technometrics 4, 1962).
type moments struct{ mean, squares float64 }

// add takes v as the n-th number.
func (m *moments) add(v float64, n int) {
	d := v - m.mean
	m.mean += d / float64(n)
	m.squares += float64(d * (v - m.mean))
}

// std is the standard deviation of n numbers.
func (m *moments) std(n int) float64 {
	if n < 2 {
		return 0
	}
	return math.Sqrt(m.squares / float64(n-1))
}

// ScaleSamples is how many samples set the scales before any is counted.
const ScaleSamples = 256

// leastStd bounds what a deviate is divided by, for a term that never changes.
const leastStd = 1e-6

// scale turns the terms of a signal into its statistic.
type scale struct {
	n int // samples seen, up to ScaleSamples
	m [terms]moments
}

func (c *scale) ready() bool { return c.n == ScaleSamples }

func (c *scale) add(t [terms]float64) {
	c.n++
	for i := range c.m {
		c.m[i].add(t[i], c.n)
	}
}

// statistic is the sum of the standard deviates of t.
func (c *scale) statistic(t [terms]float64) (sum float64) {
	for i := range c.m {
		sum += (t[i] - c.m[i].mean) / max(c.m[i].std(c.n), leastStd)
	}
	return sum
}
