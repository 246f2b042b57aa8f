package model

import (
	"fmt"

	"github.com/pffedge/pffedge/simd"
)

// Residuals hold what learning in int8 keeps beside the codes that products read:
// of every matrix that learns residuals of 8 bits, laid out as in simd.FineI8, and
// the lateral weights in float32, which the model has as codes of the same values.
type Residuals struct {
	Layers          []LayerResiduals
	Readout, GenTop []int8
	Gen             [][]int8 // as Params.Gen
}

// LayerResiduals are those of an Int8Layer.
type LayerResiduals struct {
	Up, Down []int8
	Lateral  []float32
}

// residualSlot is where Residuals keep what belongs to one tensor.
type residualSlot struct {
	codes   *[]int8
	lateral *[]float32
}

// slots returns where r keeps its values, in the order of contents.residuals.
func (r *Residuals) slots() (list []residualSlot) {
	for i := range r.Layers {
		l := &r.Layers[i]
		list = append(list, residualSlot{codes: &l.Up}, residualSlot{codes: &l.Down}, residualSlot{lateral: &l.Lateral})
	}
	list = append(list, residualSlot{codes: &r.Readout}, residualSlot{codes: &r.GenTop})
	for i := len(r.Gen) - 1; i >= 0; i-- {
		list = append(list, residualSlot{codes: &r.Gen[i]})
	}
	return list
}

// memories returns the memory of r's values, in the order of its slots.
func (r *Residuals) memories() (list [][]byte) {
	if r == nil {
		return nil
	}
	for _, s := range r.slots() {
		if s.lateral != nil {
			list = append(list, memory(*s.lateral))
		} else {
			list = append(list, memory(*s.codes))
		}
	}
	return list
}

// residuals reads those of a checkpoint.
func (r *reader) residuals(f *front, sections []Section) (*Residuals, error) {
	all := &Residuals{Layers: make([]LayerResiduals, len(f.Config.Hidden)), Gen: make([][]int8, len(f.Config.Hidden))}
	slots := all.slots()
	for i, s := range f.residuals() {
		if slots[i].lateral != nil {
			v, err := r.floats(f, s, sections[i])
			if err != nil {
				return nil, err
			}
			*slots[i].lateral = v
			continue
		}
		l := f.lines(s)
		b, err := r.values(sections[i], l)
		if err != nil {
			return nil, err
		}
		codes := valuesIn[int8](b)
		if at := s.residualInPadding(codes); at >= 0 {
			return nil, r.wrong(sections[i].Offset+l.place(at), errPadding(codes[at]))
		}
		*slots[i].codes = codes
	}
	return all, nil
}

// residualInPadding returns the first place where residuals of t are not zero and
// should be, or −1: past its rows, or past its columns.
func (t Tensor) residualInPadding(codes []int8) int {
	rows := (t.Rows + 3) / 4 * 4
	for line := range len(codes) / simd.PanelWidth {
		live := min(simd.PanelWidth, t.Cols-line/rows*simd.PanelWidth)
		if line%rows >= t.Rows {
			live = 0
		}
		if at := nonZero(codes, line*simd.PanelWidth+live, (line+1)*simd.PanelWidth); at >= 0 {
			return at
		}
	}
	return -1
}

// validateResiduals reports what keeps c's residuals from belonging to its model.
func (c *Checkpoint) validateResiduals() error {
	k := contents{version: FormatVersion, config: &c.Model.Config, tensors: shapes(&c.Model.Config).Tensors(), int8: c.Model.Int8 != nil, checkpoint: true}
	switch {
	case c.Model.Int8 == nil && c.Residuals == nil:
		return nil
	case c.Model.Int8 == nil:
		return fmt.Errorf("%w: a checkpoint of float32 weights with residuals", ErrFormat)
	case c.Residuals == nil || len(c.Residuals.Layers) != len(c.Model.Config.Hidden) || len(c.Residuals.Gen) != len(c.Residuals.Layers):
		return fmt.Errorf("%w: a checkpoint of int8 weights without residuals", ErrFormat)
	case c.Lean == nil || c.Lean.Bits != 8:
		return fmt.Errorf("%w: a checkpoint of int8 weights without moments of 8 bits", ErrFormat)
	}
	slots := c.Residuals.slots()
	for i, s := range k.residuals() {
		if err := slots[i].validate(s, k.lines(s).memory(), c.Model.Config.Group); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	return nil
}

// validate reports what keeps s from holding t in so many bytes.
func (s residualSlot) validate(t stored, bytes, group int) error {
	if s.lateral != nil {
		if t.Data = *s.lateral; 4*len(t.Data) != bytes {
			return fmt.Errorf("%w: %d values, want %d", ErrFormat, len(t.Data), bytes/4)
		}
		_, err := t.checkValues(group)
		return err
	}
	if len(*s.codes) != bytes {
		return fmt.Errorf("%w: %d residuals, want %d", ErrFormat, len(*s.codes), bytes)
	}
	if at := t.residualInPadding(*s.codes); at >= 0 {
		return errPadding((*s.codes)[at])
	}
	return nil
}
