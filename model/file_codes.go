package model

import (
	"encoding/binary"
	"slices"
	"unsafe"

	"github.com/pffedge/pffedge/simd"
)

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

// codes returns the memory of the first (0) or second (1) moments of x, which
// have fewer than 32 bits, and the size of one.
func codes(x *simd.Moments, which int) (memory []byte, size int) {
	words := [2][]uint16{x.First16, x.Second16}[which]
	if x.Bits == 16 {
		return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), 2*len(words)), 2
	}
	return [2][]uint8{x.First8, x.Second8}[which], 1
}

// codesFromFile gives codes of size bytes their values after the bytes of a
// file were read into their memory.
func codesFromFile(memory []byte, size int) {
	if !littleEndian && size == 2 {
		swapWords(memory)
	}
}

// codesToFile hands codes of size bytes to emit as the bytes of a file, in one
// or more pieces that emit must not keep.
func codesToFile(memory []byte, size int, emit func([]byte) error) error {
	if littleEndian || size == 1 {
		return emit(memory)
	}
	for chunk := range slices.Chunk(memory, 4096) {
		chunk = slices.Clone(chunk)
		swapWords(chunk)
		if err := emit(chunk); err != nil {
			return err
		}
	}
	return nil
}

// swapWords exchanges the byte order of 16-bit words between this machine's
// and a file's.
func swapWords(b []byte) {
	for i := 0; i < len(b); i += 2 {
		binary.NativeEndian.PutUint16(b[i:], binary.LittleEndian.Uint16(b[i:]))
	}
}

// codes reads the moments of one tensor from a section, into x.
func (r *reader) codes(s Section, x *simd.Moments, which int) error {
	memory, size := codes(x, which)
	err := r.section(s, func() error { return r.fill(memory) })
	codesFromFile(memory, size)
	return err
}

// lean reads moments of fewer than 32 bits. Memory is taken tensor by tensor,
// and the parameters, which take more, have already arrived.
func (r *reader) lean(c *Config, bits int, sections []Section) (*Moments, error) {
	m := momentShapes(c, bits)
	tensors := shapes(c).Tensors()
	for i := range sections {
		which, at := i/len(tensors), i%len(tensors)
		t, x := tensors[at], m.slots()[at]
		if which == 0 {
			*x = simd.NewMoments(t.values(c.Group), bits)
			x.Stream = uint64(at)
		}
		if err := r.codes(sections[i], x, which); err != nil {
			return nil, err
		}
		if j, err := t.checkCodes(x, which, c.Group); err != nil {
			return nil, r.wrong(sections[i].Offset+int64(j*bits/8), err)
		}
	}
	return m, nil
}
