package ridge

import "fmt"

// Merge adds all samples of other, which may have been learnt elsewhere: the sums
// are those of one classifier that was given all of them. other keeps its samples.
// After an error (ErrMismatch, ErrFull) nothing has changed.
func (c *Classifier) Merge(other *Classifier) error {
	a, b := c.opt, other.opt
	if a.Lambda = b.Lambda; a != b {
		return fmt.Errorf("%w: %+v and %+v", ErrMismatch, c.opt, b)
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
