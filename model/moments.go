package model

import (
	"fmt"

	"github.com/pffedge/pffedge/simd"
)

// LayerMoments holds the moments of a Layer's parameters.
type LayerMoments struct {
	Up, Down, Bias, Lateral simd.Moments
}

// Moments holds what Adam remembers of every parameter, named as in Params.
// With 0 bits, for an optimiser that remembers nothing, there is no memory
// behind any of them.
type Moments struct {
	Bits                         int // of a moment: 32, 16, 8 or 0
	Layers                       []LayerMoments
	Readout, ReadoutBias, GenTop simd.Moments
	Gen                          []simd.Moments // as Params.Gen
}

// NewMoments returns zero moments for c, which must be valid, of 32, 16, 8 or
// 0 bits.
func NewMoments(c *Config, bits int) *Moments {
	m := momentShapes(c, bits)
	for i, t := range shapes(c).Tensors() {
		if slot := m.slots()[i]; bits > 0 {
			*slot = simd.NewMoments(t.values(c.Group), bits)
			slot.Stream = uint64(i)
		}
	}
	return m
}

// MomentsOf returns moments of 32 bits that live in first and second, which
// are shaped alike.
func MomentsOf(first, second *Params) *Moments {
	m := &Moments{Bits: 32, Layers: make([]LayerMoments, len(first.Layers)), Gen: make([]simd.Moments, len(first.Gen))}
	one, two := first.slots(), second.slots()
	for i, slot := range m.slots() {
		*slot = simd.Moments{Bits: 32, Stream: uint64(i), First: *one[i], Second: *two[i]}
	}
	return m
}

// MomentBytes returns the memory that moments of that many bits, 32, 16, 8 or
// 0, occupy for c, which must be valid.
func (c *Config) MomentBytes(bits int) int64 { return 2 * c.ParamBytes() * int64(bits) / 32 }

// momentShapes returns moments without memory.
func momentShapes(c *Config, bits int) *Moments {
	return &Moments{Bits: bits, Layers: make([]LayerMoments, len(c.Hidden)), Gen: make([]simd.Moments, len(c.Hidden))}
}

// slots returns m's moments in the order of Params.Tensors.
func (m *Moments) slots() []*simd.Moments {
	var list []*simd.Moments
	for i := range m.Layers {
		l := &m.Layers[i]
		list = append(list, &l.Up, &l.Down, &l.Bias, &l.Lateral)
	}
	list = append(list, &m.Readout, &m.ReadoutBias, &m.GenTop)
	for i := len(m.Gen) - 1; i >= 0; i-- {
		list = append(list, &m.Gen[i])
	}
	return list
}

// validate reports the first thing that keeps m, of 16, 8 or 0 bits, from
// belonging to c.
func (m *Moments) validate(c *Config) error {
	if m.Bits != 16 && m.Bits != 8 && m.Bits != 0 {
		return fmt.Errorf("%w: moments of %d bits", ErrFormat, m.Bits)
	}
	tensors, slots := shapes(c).Tensors(), m.slots()
	if len(slots) != len(tensors) || len(m.Gen) != len(c.Hidden) {
		return fmt.Errorf("%w: moments of %d tensors, the configuration has %d", ErrFormat, len(slots), len(tensors))
	}
	for i, t := range tensors {
		if err := t.checkMoments(slots[i], m.Bits, c.Group); err != nil {
			return fmt.Errorf("moments of tensor %s: %w", t.Name, err)
		}
		if slots[i].Stream != uint64(i) && m.Bits > 0 {
			return fmt.Errorf("%w: moments of tensor %s: stream %d, want %d", ErrFormat, t.Name, slots[i].Stream, i)
		}
	}
	return nil
}

// checkMoments reports what keeps x from being t's moments of that many bits.
func (t Tensor) checkMoments(x *simd.Moments, bits, group int) error {
	n := t.values(group)
	want := map[int][3]int{0: {}, 16: {0, n}, 8: {0, 0, n}}[bits]
	first := [3]int{len(x.First), len(x.First16), len(x.First8)}
	second := [3]int{len(x.Second), len(x.Second16), len(x.Second8)}
	if first != want || second != want || x.Bits != bits {
		return fmt.Errorf("%w: %v and %v values of %d bits, want %v of %d", ErrFormat, first, second, x.Bits, want, bits)
	}
	for which := range 2 {
		if at, err := t.checkCodes(x, which, group); err != nil {
			return fmt.Errorf("code %d: %w", at, err)
		}
	}
	return nil
}

// checkCodes finds the first code that has no finite value, or is not zero
// where padding belongs, among first (0) or second (1) moments.
func (t Tensor) checkCodes(x *simd.Moments, which, group int) (int, error) {
	switch {
	case x.Bits == 16 && which == 0:
		return checkCodes(t, x.First16, group, func(c uint16) bool { return c&0x7fff <= simd.MaxFirst16 })
	case x.Bits == 16:
		return checkCodes(t, x.Second16, group, func(c uint16) bool { return c <= simd.MaxSecond16 })
	case x.Bits == 8 && which == 0:
		return checkCodes(t, x.First8, group, func(uint8) bool { return true })
	case x.Bits == 8:
		return checkCodes(t, x.Second8, group, func(uint8) bool { return true })
	}
	return 0, nil
}

func checkCodes[T uint8 | uint16](t Tensor, codes []T, group int, valid func(T) bool) (int, error) {
	for line := range len(codes) / simd.PanelWidth {
		live, at := t.live(line, group), line*simd.PanelWidth
		for j, c := range codes[at : at+simd.PanelWidth] {
			if j >= live && c != 0 {
				return at + j, fmt.Errorf("%w: %#x in padding, want 0", ErrValue, c)
			}
			if !valid(c) {
				return at + j, fmt.Errorf("%w: %#x is no finite value", ErrValue, c)
			}
		}
	}
	return 0, nil
}
