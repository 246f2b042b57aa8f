package ridge

import (
	"fmt"

	"github.com/pffedge/pffedge/simd"
)

// Add learns a sample: D inputs in 0…1 and its label, below model.MaxClasses, or
// Unlabelled. After an error (ErrSample, ErrFull) nothing has changed.
func (c *Classifier) Add(x []float32, label int) error {
	if err := c.check(x, label); err != nil {
		return err
	}
	return c.add(c.features(x), label)
}

// Remove forgets a sample that was added with that label, exactly. After an error
// (ErrSample, ErrAbsent) nothing has changed. A sample that was never added and
// yet could have been is not noticed until Solve, if then.
func (c *Classifier) Remove(x []float32, label int) error {
	if err := c.check(x, label); err != nil {
		return err
	}
	return c.remove(c.features(x), label)
}

// AddBatch learns the rows of x, each with its label, as Add does: all of them or,
// after an error, none.
func (c *Classifier) AddBatch(x simd.Matrix, labels []int) error {
	return c.batch(x, labels, c.add, c.remove)
}

// RemoveBatch forgets the rows of x, each with its label, as Remove does: all of
// them or, after an error, none.
func (c *Classifier) RemoveBatch(x simd.Matrix, labels []int) error {
	return c.batch(x, labels, c.remove, c.add)
}

// features returns those of x.
func (c *Classifier) features(x []float32) []uint8 {
	c.prepare()
	c.projection.take(0, x)
	return c.projection.compute(c.pool, 1).Row(0)
}

// change adds features with a label, or removes them.
type change func(phi []uint8, label int) error

func (c *Classifier) batch(x simd.Matrix, labels []int, do, undo change) error {
	if err := c.checkBatch(x, labels); err != nil {
		return err
	}
	behind := c.behind
	done, err := c.each(x, labels, do)
	if err != nil {
		// What has just been done can always be undone.
		_, _ = c.each(x.Slice(0, done), labels[:done], undo)
		c.behind = behind
		return fmt.Errorf("sample %d: %w", done, err)
	}
	return nil
}

func (c *Classifier) checkBatch(x simd.Matrix, labels []int) error {
	if x.Rows != len(labels) || x.Cols < 0 || x.Stride < x.Cols || x.Rows > 0 && len(x.Data)/x.Rows < x.Stride {
		return fmt.Errorf("%w: %d rows of samples, %d labels", ErrSample, x.Rows, len(labels))
	}
	for i, label := range labels {
		if err := c.check(x.Row(i), label); err != nil {
			return fmt.Errorf("sample %d: %w", i, err)
		}
	}
	return nil
}

// each does something with samples until one cannot be, and returns how many were
// done.
func (c *Classifier) each(x simd.Matrix, labels []int, do change) (done int, err error) {
	c.prepare()
	for done < len(labels) {
		n := min(depth, len(labels)-done)
		for i := range n {
			c.projection.take(i, x.Row(done+i))
		}
		phi := c.projection.compute(c.pool, n)
		for i := range n {
			if err := do(phi.Row(i), labels[done]); err != nil {
				return done, err
			}
			done++
		}
	}
	return done, nil
}

func (c *Classifier) add(phi []uint8, label int) error {
	for j, v := range phi {
		if maxSum-c.diagonal[j] < uint32(v)*uint32(v) {
			return fmt.Errorf("%w: %d samples", ErrFull, c.samples)
		}
	}
	for j, v := range phi {
		c.diagonal[j] += uint32(v) * uint32(v)
	}
	c.label(phi, label)
	c.samples++
	c.wait(phi, 1)
	return nil
}

func (c *Classifier) remove(phi []uint8, label int) error {
	if err := c.checkPresent(phi, label); err != nil {
		return err
	}
	for j, v := range phi {
		c.diagonal[j] -= uint32(v) * uint32(v)
	}
	c.unlabel(phi, label)
	c.wait(phi, -1)
	if c.samples--; c.samples == 0 {
		c.clear()
	}
	return nil
}

func (c *Classifier) wait(phi []uint8, sign int8) {
	c.behind++
	c.waiting.put(phi, sign)
	if c.waiting.n == depth {
		c.flush()
	}
}

// clear empties ΦᵀΦ, in which wrong removals may have left something.
func (c *Classifier) clear() {
	c.flush()
	for _, b := range c.gram.data {
		clear(b)
	}
}

// checkPresent tells whether a sample can be among those that were added.
func (c *Classifier) checkPresent(phi []uint8, label int) error {
	if err := c.checkLabelled(phi, label); err != nil {
		return err
	}
	last := c.samples == 1
	for j, v := range phi {
		square := uint32(v) * uint32(v)
		if c.diagonal[j] < square || last && c.diagonal[j] != square {
			return ErrAbsent
		}
	}
	return nil
}
