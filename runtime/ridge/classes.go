package ridge

import "fmt"

// label adds features to the sums of a class.
func (c *Classifier) label(phi []uint8, label int) {
	if label == Unlabelled {
		return
	}
	sums := c.reach(label)
	for j, v := range phi {
		sums[j] += uint32(v)
	}
	c.counts[label]++
}

// reach returns the sums of a class, which may be a new one.
func (c *Classifier) reach(label int) []uint32 {
	for len(c.counts) <= label {
		c.counts, c.sums = append(c.counts, 0), append(c.sums, nil)
	}
	if c.sums[label] == nil {
		c.sums[label] = make([]uint32, c.gram.width)
	}
	return c.sums[label]
}

// unlabel takes features from the sums of a class.
func (c *Classifier) unlabel(phi []uint8, label int) {
	if label == Unlabelled {
		return
	}
	for j, v := range phi {
		c.sums[label][j] -= uint32(v)
	}
	if c.counts[label]--; c.counts[label] == 0 {
		c.empty(label)
	}
}

// empty makes a class one without samples. Such classes at the end are none.
func (c *Classifier) empty(label int) {
	c.counts[label], c.sums[label] = 0, nil
	n := len(c.counts)
	for n > 0 && c.counts[n-1] == 0 {
		n--
	}
	c.counts, c.sums = c.counts[:n], c.sums[:n]
}

// checkLabelled tells whether features can be in the sums of a class.
func (c *Classifier) checkLabelled(phi []uint8, label int) error {
	count := c.unlabelled()
	if label != Unlabelled {
		count = c.Count(label)
	}
	if count == 0 {
		return fmt.Errorf("%w: there is none of label %d", ErrAbsent, label)
	}
	if label == Unlabelled {
		return nil
	}
	for j, sum := range c.sums[label] {
		if v := uint32(phi[j]); sum < v || count == 1 && sum != v {
			return fmt.Errorf("%w with label %d", ErrAbsent, label)
		}
	}
	return nil
}

// unlabelled returns the number of samples that are of no class.
func (c *Classifier) unlabelled() uint64 {
	n := c.samples
	for _, count := range c.counts {
		n -= count
	}
	return n
}

// Relabel gives a sample that was added with label from the label into, either of
// which may be Unlabelled. After an error (ErrSample, ErrAbsent) nothing has
// changed.
func (c *Classifier) Relabel(x []float32, from, into int) error {
	if err := c.check(x, from); err != nil {
		return err
	}
	if err := checkLabel(into); err != nil {
		return err
	}
	phi := c.features(x)
	if err := c.checkPresent(phi, from); err != nil {
		return err
	}
	c.unlabel(phi, from)
	c.label(phi, into)
	c.behind++
	return nil
}

// RemoveClass forgets what the samples of a class have in common: they become
// unlabelled ones. What else is known of them goes when each is removed, as
// Unlabelled now; either order leads to the same sums. The class's score is 0 from
// now on. ErrSample: there is no such class.
func (c *Classifier) RemoveClass(label int) error {
	n := c.Count(label)
	if n == 0 {
		return fmt.Errorf("%w: there is no class %d among %d", ErrSample, label, len(c.counts))
	}
	if label < len(c.weights) {
		c.weights[label] = nil
	}
	c.empty(label)
	c.behind += n
	return nil
}
