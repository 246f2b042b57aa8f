package model

import (
	"fmt"
	"math"
)

// MaxComponents bounds the Gaussians in a Mixture.
const MaxComponents = 1 << 10

// weightTolerance is how far a mixture's weights may add up to something
// else than 1: float32 rounding of MaxComponents weights stays well below.
const weightTolerance = 1e-3

// Validate reports the first thing wrong with x as a mixture over latents
// values: no or too many components or slices of another size (ErrFormat);
// weights that are not above 0 or do not sum to 1, values that are not
// finite, a Chol that is not lower triangular with a positive diagonal
// (ErrValue).
func (x Mixture) Validate(latents int) error {
	if len(x) < 1 || len(x) > MaxComponents {
		return fmt.Errorf("%w: %d components, want 1…%d", ErrFormat, len(x), MaxComponents)
	}
	var sum float64
	for i, g := range x {
		if err := g.validate(latents); err != nil {
			return fmt.Errorf("component %d: %w", i, err)
		}
		sum += float64(g.Weight)
	}
	if math.Abs(sum-1) > weightTolerance {
		return fmt.Errorf("%w: the weights add up to %v, want 1", ErrValue, sum)
	}
	return nil
}

func (g Gaussian) validate(latents int) error {
	if len(g.Mean) != latents || len(g.Chol) != latents*latents {
		return fmt.Errorf("%w: mean of %d and Chol of %d values, want %d and %d", ErrFormat, len(g.Mean), len(g.Chol), latents, latents*latents)
	}
	if !finite(g.Weight) || g.Weight <= 0 {
		return fmt.Errorf("%w: weight %v, want > 0", ErrValue, g.Weight)
	}
	for i, v := range g.Mean {
		if !finite(v) {
			return fmt.Errorf("%w: mean %d is %v", ErrValue, i, v)
		}
	}
	for i, v := range g.Chol {
		row, col := i/latents, i%latents
		switch {
		case !finite(v):
			return fmt.Errorf("%w: Chol[%d][%d] is %v", ErrValue, row, col, v)
		case col > row && math.Float32bits(v) != 0:
			return fmt.Errorf("%w: Chol[%d][%d] is %v, above the diagonal only 0 may stand", ErrValue, row, col, v)
		case col == row && v <= 0:
			return fmt.Errorf("%w: Chol[%d][%d] is %v, want > 0", ErrValue, row, col, v)
		}
	}
	return nil
}

func (m *Model) validateMixtures() error {
	if len(m.Overall) > 0 {
		if err := m.Overall.Validate(m.Config.Latents); err != nil {
			return fmt.Errorf("overall mixture: %w", err)
		}
	}
	if n := len(m.PerClass); n != 0 && n != len(m.Config.Classes) {
		return fmt.Errorf("%w: %d class mixtures for %d classes", ErrFormat, n, len(m.Config.Classes))
	}
	for label, x := range m.PerClass {
		if len(x) == 0 {
			continue // a class without samples
		}
		if err := x.Validate(m.Config.Latents); err != nil {
			return fmt.Errorf("mixture of class %d: %w", label, err)
		}
	}
	return nil
}

// gaussianLen returns how many values a component over latents values takes in a
// file: weight, mean, and of Chol what is not above the diagonal; in version 1
// all of it.
func gaussianLen(latents, version int) int {
	if version == 1 {
		return 1 + latents + latents*latents
	}
	return 1 + latents + latents*(latents+1)/2
}

// rows returns the values of x in the order of a file.
func (x Mixture) rows(version int) [][]float32 {
	var list [][]float32
	for _, g := range x {
		list = append(list, []float32{g.Weight}, g.Mean)
		if version == 1 {
			list = append(list, g.Chol)
			continue
		}
		for i, n := 0, len(g.Mean); i < n; i++ {
			list = append(list, g.Chol[i*n:i*n+i+1])
		}
	}
	return list
}

// mixtureOf is the inverse of rows. The mixture shares the memory of v where it
// can.
func mixtureOf(v []float32, latents, version int) Mixture {
	n := gaussianLen(latents, version)
	x := make(Mixture, len(v)/n)
	for i := range x {
		row := v[i*n : (i+1)*n : (i+1)*n]
		x[i] = Gaussian{Weight: row[0], Mean: row[1 : 1+latents : 1+latents], Chol: row[1+latents:]}
		if version > 1 {
			x[i].Chol = square(x[i].Chol, latents)
		}
	}
	return x
}

// square returns the n×n matrix whose rows up to the diagonal are given.
func square(triangle []float32, n int) []float32 {
	full := make([]float32, n*n)
	for i := range n {
		copy(full[i*n:], triangle[:i+1])
		triangle = triangle[i+1:]
	}
	return full
}
