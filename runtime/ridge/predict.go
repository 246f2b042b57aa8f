package ridge

import (
	"fmt"

	"github.com/pffedge/pffedge/simd"
)

// Predict writes a score of x for each class to scores, of Classes() values, and
// returns the class of the highest, the lower of two alike, among those that have
// samples. A score estimates the class's share at x: 1 for its samples, 0 for
// others. It follows from the last solution: a class scores 0 if it had no
// samples then, or has none now.
//
// ErrSample: x or the length of scores is not valid. ErrUnsolved: there is no
// solution, or no class.
func (c *Classifier) Predict(scores []float32, x []float32) (label int, err error) {
	if err := c.checkInputs(x); err != nil {
		return 0, err
	}
	switch {
	case len(scores) != len(c.counts):
		return 0, fmt.Errorf("%w: room for %d scores of %d classes", ErrSample, len(scores), len(c.counts))
	case !c.solved || len(c.counts) == 0:
		return 0, ErrUnsolved
	}
	for j, v := range c.features(x) {
		c.phi[j] = float32(v)
	}
	return c.score(scores), nil
}

// score writes the scores of c.phi and returns the best class.
func (c *Classifier) score(scores []float32) int {
	best := -1
	for k := range scores {
		scores[k] = 0
		if c.counts[k] > 0 && k < len(c.weights) && c.weights[k] != nil {
			scores[k] = simd.DotF32(c.phi, c.weights[k])
		}
		if c.counts[k] > 0 && (best < 0 || scores[k] > scores[best]) {
			best = k
		}
	}
	return best
}
