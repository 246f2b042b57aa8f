package model

import (
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/pffedge/pffedge/simd"
)

// Validate reports the first thing that keeps m from being a usable model:
// an invalid configuration (ErrConfig), parameters that exceed MaxParamBytes
// (ErrTooLarge) or have other shapes than the configuration says (ErrFormat),
// values that are not finite, padding that is not zero (ErrValue), or a
// malformed mixture.
func (m *Model) Validate() error {
	switch {
	case m == nil || m.Params == nil && m.Int8 == nil:
		return fmt.Errorf("%w: a model without parameters", ErrFormat)
	case m.Params != nil && m.Int8 != nil:
		return fmt.Errorf("%w: a model with parameters in float32 and in int8", ErrFormat)
	case m.mapped != nil: // nobody can have changed it since it was opened
		for p := range unused {
			if err := m.Check(p); err != nil {
				return err
			}
		}
		return nil
	}
	if err := validateConfig(&m.Config); err != nil {
		return err
	}
	if err := m.validateWeights(); err != nil {
		return err
	}
	return m.validateMixtures()
}

func (m *Model) validateWeights() error {
	if m.Int8 != nil {
		return m.Int8.validate(&m.Config)
	}
	return m.Params.validate(&m.Config)
}

// Validate reports the first thing that keeps c from being a usable
// checkpoint: an invalid model, moments that do not fit it, second moments
// below zero, no trainer state, or blobs with names that are not permitted, not in
// order, or too large.
func (c *Checkpoint) Validate() error {
	if err := c.Model.Validate(); err != nil {
		return err
	}
	if err := c.validateResiduals(); err != nil {
		return err
	}
	if len(c.Trainer) == 0 {
		return fmt.Errorf("%w: a checkpoint without the trainer's state", ErrFormat)
	}
	if err := checkKept(c.keptSections()); err != nil {
		return err
	}
	if c.Lean != nil {
		if c.First != nil || c.Second != nil {
			return fmt.Errorf("%w: a checkpoint with moments of two kinds", ErrFormat)
		}
		return c.Lean.validate(&c.Model.Config)
	}
	if c.First == nil || c.Second == nil {
		return fmt.Errorf("%w: a checkpoint without moments", ErrFormat)
	}
	if err := c.First.validate(&c.Model.Config); err != nil {
		return fmt.Errorf("first moments: %w", err)
	}
	if err := c.Second.validate(&c.Model.Config); err != nil {
		return fmt.Errorf("second moments: %w", err)
	}
	for _, t := range c.Second.Tensors() {
		if i, err := checkNotNegative(t.Data); err != nil {
			return fmt.Errorf("second moments: tensor %s, value %d: %w", t.Name, i, err)
		}
	}
	return nil
}

func validateConfig(c *Config) error {
	if err := c.Validate(); err != nil {
		return err
	}
	for _, name := range c.Classes {
		if !utf8.ValidString(name) {
			return fmt.Errorf("%w: class name %q is not UTF-8", ErrConfig, name)
		}
	}
	return checkParamBytes(c.ParamBytes())
}

func (p *Params) validate(c *Config) error {
	got, want := p.Tensors(), shapes(c).Tensors()
	if len(got) != len(want) {
		return fmt.Errorf("%w: %d tensors, the configuration has %d", ErrFormat, len(got), len(want))
	}
	for i, t := range got {
		w := want[i]
		n := w.bytes(c.Group) / 4
		if t.Name != w.Name || t.Rows != w.Rows || t.Cols != w.Cols || int64(len(t.Data)) != n {
			return fmt.Errorf("%w: tensor %s is %d×%d in %d values, the configuration wants %s of %d×%d in %d",
				ErrFormat, t.Name, t.Rows, t.Cols, len(t.Data), w.Name, w.Rows, w.Cols, n)
		}
		if i, err := t.checkValues(c.Group); err != nil {
			return fmt.Errorf("tensor %s, value %d: %w", t.Name, i, err)
		}
	}
	return nil
}

// checkValues finds the first value of t that is not finite, or not zero
// where padding belongs, and returns its index in t.Data.
func (t Tensor) checkValues(group int) (int, error) {
	l := linesOf(t, Float32, group, FormatVersion)
	if l.body == 4*len(t.Data) && allFinite(memory(t.Data)) {
		return 0, nil // the quick way for what has no padding
	}
	for line := range len(t.Data) / simd.PanelWidth {
		live := t.live(line, group)
		at := line * simd.PanelWidth
		for j, v := range t.Data[at : at+simd.PanelWidth] {
			if j >= live && math.Float32bits(v) != 0 {
				return at + j, fmt.Errorf("%w: %v in padding, want 0", ErrValue, v)
			}
			if !finite(v) {
				return at + j, fmt.Errorf("%w: %v is not finite", ErrValue, v)
			}
		}
	}
	return 0, nil
}

// live returns how many of the PanelWidth values in line i of t's data count;
// the rest are padding.
func (t Tensor) live(i, group int) int {
	if t.Kind != LateralTensor {
		return min(simd.PanelWidth, t.Cols-i/t.Rows*simd.PanelWidth)
	}
	units := min(group, t.Cols-i/group*group)
	if i%group >= units {
		return 0
	}
	return units
}

func checkNotNegative(v []float32) (int, error) {
	for i, x := range v {
		if x < 0 {
			return i, fmt.Errorf("%w: %v is below 0", ErrValue, x)
		}
	}
	return 0, nil
}
