package model

import "github.com/pffedge/pffedge/simd"

// momentFlags says by which bits of the flags a file tells how many bits its
// moments have; 32 is none of them.
var momentFlags = map[int]uint32{32: 0, 16: 1 << 4, 8: 2 << 4, 0: 3 << 4}

const flagMoments = 3 << 4

// momentBits returns the bits of a moment that the flags tell.
func (h header) momentBits() int {
	for bits, flag := range momentFlags {
		if h.flags&flagMoments == flag {
			return bits
		}
	}
	return 32 // not reached: all four values are in the table
}

// momentTypes are the types of first and second moments of a number of bits.
var momentTypes = map[int][2]DType{32: {Float32, Float32}, 16: {First16, Second16}, 8: {First8, Second8}}

// momentMemory returns the memory of the first (0) or second (1) moments of x.
func momentMemory(x *simd.Moments, which int) []byte {
	switch x.Bits {
	case 16:
		return memory([2][]uint16{x.First16, x.Second16}[which])
	case 8:
		return [2][]uint8{x.First8, x.Second8}[which]
	}
	return memory([2][]float32{x.First, x.Second}[which])
}

// lean reads moments of fewer than 32 bits. Memory is taken tensor by tensor,
// and the parameters, which take more, have already arrived.
func (r *reader) lean(f *front, sections []Section) (*Moments, error) {
	c, bits := &f.Config, f.momentBits
	m := momentShapes(c, bits)
	for i, s := range f.moments() {
		which, at := i/len(f.tensors), i%len(f.tensors)
		x, l := m.slots()[at], f.lines(s)
		if which == 0 {
			*x = simd.NewMoments(s.values(c.Group), bits)
			x.Stream = uint64(at)
		}
		if err := r.into(momentMemory(x, which), sections[i], l); err != nil {
			return nil, err
		}
		if j, err := s.checkCodes(x, which, c.Group); err != nil {
			return nil, r.wrong(sections[i].Offset+l.place(j*l.size), err)
		}
	}
	return m, nil
}
