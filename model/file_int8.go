package model

import (
	"encoding/binary"
	"fmt"

	"github.com/pffedge/pffedge/simd"
)

// int8s reads parameters in int8.
func (r *reader) int8s(f *front, sections []Section) (*Int8Params, error) {
	p, i := int8Shapes(&f.Config), 0
	list := f.parameters()
	vector := func(check func([]float32) (int, error)) ([]float32, error) {
		s, section := list[i], sections[i]
		i++
		v, err := r.floats(f, s, section)
		if err != nil {
			return nil, err
		}
		if at, err := check(v); err != nil {
			return nil, r.wrong(section.Offset+int64(4*at), err)
		}
		return v, nil
	}
	anything := func([]float32) (int, error) { return 0, nil }
	for _, slot := range p.slots() {
		var err error
		if slot.vector != nil {
			if *slot.vector, err = vector(anything); err != nil {
				return nil, err
			}
			continue
		}
		if *slot.codes, err = r.codes(f, list[i], sections[i]); err != nil {
			return nil, err
		}
		i++
		if *slot.scale, err = vector(checkNotNegative); err != nil {
			return nil, err
		}
		*slot.scale = (*slot.scale)[:list[i-1].Cols]
	}
	clip, err := vector(checkNotNegative)
	if err != nil {
		return nil, err
	}
	p.Clip = clip[:clips(&f.Config)]
	return p, nil
}

// codes reads a section of int8 codes.
func (r *reader) codes(f *front, s stored, section Section) ([]int8, error) {
	l := f.lines(s)
	b, later, err := r.matrix(section, l, f.version)
	if err != nil {
		return nil, err
	}
	codes := valuesIn[int8](b)
	if later {
		return codes, nil
	}
	if at, err := s.checkInt8(codes, f.Config.Group); err != nil {
		return nil, r.wrong(section.Offset+l.place(at), err)
	}
	return codes, nil
}

// validate reports the first thing that keeps p from being c's parameters.
func (p *Int8Params) validate(c *Config) error {
	tensors, slots := shapes(c).Tensors(), p.slots()
	if len(slots) != len(tensors) || len(p.Gen) != len(c.Hidden) {
		return fmt.Errorf("%w: %d tensors, the configuration has %d", ErrFormat, len(slots), len(tensors))
	}
	for i, t := range tensors {
		if err := slots[i].validate(t, c.Group); err != nil {
			return fmt.Errorf("tensor %s: %w", t.Name, err)
		}
	}
	return checkLimits("clip", p.Clip, clips(c))
}

// validate reports what keeps s from holding t.
func (s int8Slot) validate(t Tensor, group int) error {
	if s.vector != nil {
		t.Data = *s.vector
		if len(t.Data) != simd.PaddedLen(t.Cols) {
			return fmt.Errorf("%w: %d values, want %d", ErrFormat, len(t.Data), simd.PaddedLen(t.Cols))
		}
		at, err := t.checkValues(group)
		if err != nil {
			return fmt.Errorf("value %d: %w", at, err)
		}
		return nil
	}
	if want := linesOf(t, Int8, group, FormatVersion).memory(); len(*s.codes) != want {
		return fmt.Errorf("%w: %d codes, want %d", ErrFormat, len(*s.codes), want)
	}
	if at, err := t.checkInt8(*s.codes, group); err != nil {
		return fmt.Errorf("code %d: %w", at, err)
	}
	return checkLimits("scale", *s.scale, t.Cols)
}

// checkLimits reports what keeps v from being n finite values not below 0.
func checkLimits(name string, v []float32, n int) error {
	if len(v) != n {
		return fmt.Errorf("%w: %s has %d values, want %d", ErrFormat, name, len(v), n)
	}
	for i, x := range v {
		if !finite(x) || x < 0 {
			return fmt.Errorf("%w: %s %d is %v, want a finite value ≥ 0", ErrValue, name, i, x)
		}
	}
	return nil
}

// checkInt8 finds the first code of t that is −128, or not zero where padding
// belongs.
func (t Tensor) checkInt8(codes []int8, group int) (int, error) {
	if at := indexMinus128(codes); at >= 0 {
		return at, fmt.Errorf("%w: code −128, want −127…127", ErrValue)
	}
	if t.Kind == LateralTensor {
		for line := range len(codes) / simd.PanelWidth {
			if at := nonZero(codes, line*simd.PanelWidth+t.live(line, group), (line+1)*simd.PanelWidth); at >= 0 {
				return at, errPadding(codes[at])
			}
		}
		return 0, nil
	}
	const line = 4 * simd.PanelWidth
	groups, live := (t.Rows+3)/4, t.Cols%simd.PanelWidth*4
	if odd := t.Rows % 4; odd > 0 { // the last group of every panel has fewer rows
		for end := groups * line; end <= len(codes); end += groups * line {
			for column := end - line; column < end; column += 4 {
				if at := nonZero(codes, column+odd, column+4); at >= 0 {
					return at, errPadding(codes[at])
				}
			}
		}
	}
	if live > 0 { // the last panel has fewer columns
		for start := len(codes) - groups*line; start < len(codes); start += line {
			if at := nonZero(codes, start+live, start+line); at >= 0 {
				return at, errPadding(codes[at])
			}
		}
	}
	return 0, nil
}

func errPadding(code int8) error { return fmt.Errorf("%w: %d in padding, want 0", ErrValue, code) }

// nonZero returns the first place from … to−1 where v is not zero, or −1.
func nonZero(v []int8, from, to int) int {
	for i := from; i < to; i++ {
		if v[i] != 0 {
			return i
		}
	}
	return -1
}

// indexMinus128 returns the first place where v is −128, or −1. It looks at
// eight at once: a byte that is zero borrows when one is taken from it.
func indexMinus128(v []int8) int {
	const ones, tops = 0x01010101_01010101, 0x80808080_80808080
	i, b := 0, memory(v)
	for ; i+8 <= len(b); i += 8 {
		x := binary.NativeEndian.Uint64(b[i:]) ^ tops
		if (x-ones)&^x&tops != 0 {
			break
		}
	}
	for ; i < len(v); i++ {
		if v[i] == -128 {
			return i
		}
	}
	return -1
}
