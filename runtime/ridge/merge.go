package ridge

import "fmt"

// Merge adds all samples of other, which may have been learnt elsewhere: the sums
// are those of one classifier that was given all of them. other keeps its samples.
// After an error (ErrMismatch, ErrFull) nothing has changed.
func (c *Classifier) Merge(other *Classifier) error {
	a, b := c.opt, other.opt
	if a.Inputs != b.Inputs || a.Features != b.Features || a.Seed != b.Seed {
		return fmt.Errorf("%w: %d features of %d inputs, seed %d, and %d of %d, seed %d", ErrMismatch, a.Features, a.Inputs, a.Seed, b.Features, b.Inputs, b.Seed)
	}
	for j, v := range other.diagonal {
		if maxSum-c.diagonal[j] < v {
			return fmt.Errorf("%w: %d samples and %d", ErrFull, c.samples, other.samples)
		}
	}
	c.flush()
	other.flush()
	c.merge(other)
	return nil
}

func (c *Classifier) merge(other *Classifier) {
	for i, b := range other.gram.data {
		addTo(c.gram.data[i], b)
	}
	addTo(c.diagonal, other.diagonal)
	for label, s := range other.sums {
		if s != nil {
			addTo(c.reach(label), s)
			c.counts[label] += other.counts[label]
		}
	}
	c.behind += other.samples
	c.samples += other.samples
}

func addTo[T int32 | uint32](dst, x []T) {
	for i, v := range x {
		dst[i] += v
	}
}
