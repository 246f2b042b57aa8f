package ridge

import (
	"context"
	"fmt"
	"math"
)

// Solve computes the weights W that Predict uses: (ΦᵀΦ + λI)·W = ΦᵀY. It does
// nothing if nothing has changed since the last time. When ctx ends it returns the
// context's error. After an error the solution before stays.
//
// λ is Options.Lambda times the mean square of a sample's features.
//
// The Cholesky factor, which takes F³/3 multiply-adds, is computed in float32; it
// preconditions conjugate gradients in float64 on the exact sums, which take two
// or three steps, F² multiply-adds each a class, unless λ is tiny. So scores
// are as good as float32 can hold them, at a fraction of float64's time. Compare Carson & Higham,
// "Accelerating the solution of linear systems by iterative refinement in three
// precisions", SIAM J. Sci. Comput. 40(2), 2018.
func (c *Classifier) Solve(ctx context.Context) error {
	if c.solved && c.behind == 0 {
		return nil
	}
	c.flush()
	s := newSolver(c)
	if err := s.factorise(ctx, c); err != nil {
		return err
	}
	weights := make([][]float32, len(c.sums))
	for label, sums := range c.sums {
		if sums == nil {
			continue
		}
		w, err := s.class(ctx, sums)
		if err != nil {
			return fmt.Errorf("class %d: %w", label, err)
		}
		weights[label] = w
	}
	c.weights, c.solved, c.behind = weights, true, 0
	return nil
}

// SolveEvery solves if n samples or more came, went or got another label since the
// solution, or there is none.
func (c *Classifier) SolveEvery(ctx context.Context, n uint64) error {
	if c.solved && c.behind < n {
		return nil
	}
	return c.Solve(ctx)
}

// solver solves for one class after the other.
type solver struct {
	gram   triangle[int32]
	lambda float64
	factor *factor

	x, r, p, q []float64 // solution, residual, direction, its product
	z          []float32 // preconditioned residual
	row        []float64
}

func newSolver(c *Classifier) *solver {
	width := c.gram.width
	vector := func() []float64 { return make([]float64, width) }
	return &solver{
		gram: c.gram, lambda: c.lambda(), factor: newFactor(width, c.pool),
		x: vector(), r: vector(), p: vector(), q: vector(), z: make([]float32, width), row: vector(),
	}
}

// lambda returns λ in squares of codes.
func (c *Classifier) lambda() float64 {
	var trace uint64
	for _, v := range c.diagonal {
		trace += uint64(v)
	}
	return c.opt.Lambda * float64(max(trace, 1)) / float64(c.opt.Features) / float64(max(c.samples, 1))
}

// attempts bounds how often a factor is tried, each time with ten times the shift.
const attempts = 8

// factorise computes a factor, of a matrix with more on the diagonal if float32
// needs that.
func (s *solver) factorise(ctx context.Context, c *Classifier) error {
	shift := s.lambda
	for range attempts {
		ok, err := s.factor.compute(ctx, s.gram, shift)
		if ok || err != nil {
			return err
		}
		shift *= 10
	}
	return fmt.Errorf("%w: no factor", ErrIndefinite)
}

// tolerance is the error at which the steps end: the root of the mean square of
// what it adds to the scores of the samples, in relation to the scores.
const (
	tolerance = 1e-7
	maxSteps  = 500
)

// class returns the weights of a class, by the method of conjugate gradients.
func (s *solver) class(ctx context.Context, sums []uint32) ([]float32, error) {
	for i, v := range sums {
		s.x[i], s.p[i], s.r[i] = 0, 0, float64(v)
	}
	before, first := 0.0, 0.0
	for step := range maxSteps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s.precondition()
		now := s.dotZ()
		if step == 0 {
			first = now
		}
		if now >= 0 && now <= first*tolerance*tolerance {
			return narrow(s.x), nil
		}
		if !(now > 0) || !s.step(now, before) {
			return nil, fmt.Errorf("%w: no solution at step %d", ErrIndefinite, step)
		}
		before = now
	}
	return nil, fmt.Errorf("%w: no solution after %d steps", ErrIndefinite, maxSteps)
}

// step moves x along a direction that is conjugate to those before. now and before
// are r·z, of the step before 0 if there was none.
func (s *solver) step(now, before float64) bool {
	beta := 0.0
	if before > 0 {
		beta = now / before
	}
	for i, z := range s.z {
		s.p[i] = float64(z) + float64(beta*s.p[i])
	}
	s.multiply()
	energy := dot(s.p, s.q)
	if !(energy > 0) || math.IsInf(energy, 1) {
		return false
	}
	alpha := now / energy
	for i, p := range s.p {
		s.x[i] += float64(alpha * p)
		s.r[i] -= float64(alpha * s.q[i])
	}
	return true
}

// precondition sets z to what the factor makes of the residual, which is scaled so
// that float32 holds it.
func (s *solver) precondition() {
	largest := 0.0
	for _, v := range s.r {
		largest = max(largest, math.Abs(v))
	}
	if largest == 0 {
		largest = 1
	}
	for i, v := range s.r {
		s.z[i] = float32(v / largest)
	}
	s.factor.solve(s.z)
	for i, v := range s.z {
		s.z[i] = float32(float64(v) * largest)
	}
}

// dotZ returns r·z.
func (s *solver) dotZ() (sum float64) {
	for i, v := range s.r {
		sum += float64(v * float64(s.z[i]))
	}
	return sum
}

// multiply sets q to (ΦᵀΦ + λI)·p.
func (s *solver) multiply() {
	for i, v := range s.p {
		s.q[i] = float64(s.lambda * v)
	}
	for i := range s.gram.bands() {
		b := s.gram.band(i)
		for r := range b.rows {
			at := b.first + r
			s.q[at] += symmetric(s.q[at+1:], s.p[at:], b.row(r))
		}
	}
}

// symmetric returns the product of a row, from the diagonal on, with p, and adds
// that of the row as a column, which lies below the diagonal, to q.
func symmetric(q, p []float64, row []int32) float64 {
	own := p[0]
	sum := float64(uint32(row[0])) * own
	row, p = row[1:], p[1:]
	q, p = q[:len(row)], p[:len(row)]
	for j, v := range row {
		a := float64(uint32(v))
		sum += float64(a * p[j])
		q[j] += float64(a * own)
	}
	return sum
}

func dot(x, y []float64) (sum float64) {
	for i, v := range x {
		sum += float64(v * y[i])
	}
	return sum
}

func narrow(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}
