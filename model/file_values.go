package model

import (
	"encoding/binary"
	"math/bits"
	"unsafe"

	"github.com/pffedge/pffedge/simd"
)

// littleEndian tells whether values lie in memory as they do in a file. Where
// they do, they are read and written without a copy.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// value is what sections hold.
type value interface {
	float32 | uint16 | uint8 | int8
}

// memory returns the memory of v.
func memory[T value](v []T) []byte {
	var one T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), len(v)*int(unsafe.Sizeof(one)))
}

// valuesIn returns the values in b, memory aligned for them.
func valuesIn[T value](b []byte) []T {
	var one T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(one)))
}

// alignedBytes returns n zero bytes whose first lies at the start of a cache
// line.
func alignedBytes(n int) []byte { return memory(simd.NewVector((n + 3) / 4))[:n:n] }

// fromFile gives values of size bytes their values after the bytes of a file
// were put into their memory.
func fromFile(memory []byte, size int) {
	if !littleEndian {
		swap(memory, size)
	}
}

// swap exchanges the byte order of values of size bytes between this machine's
// and a file's.
func swap(b []byte, size int) {
	switch size {
	case 2:
		for i := 0; i < len(b); i += 2 {
			binary.NativeEndian.PutUint16(b[i:], binary.LittleEndian.Uint16(b[i:]))
		}
	case 4:
		for i := 0; i < len(b); i += 4 {
			binary.NativeEndian.PutUint32(b[i:], binary.LittleEndian.Uint32(b[i:]))
		}
	}
}

// allFinite tells whether no float32 in memory is infinite or NaN. It looks at
// two at once: adding one to an exponent of all ones carries into the sign's
// place, which was cleared.
func allFinite(memory []byte) bool {
	const exponents, ones, carries = 0x7f800000_7f800000, 0x00800000_00800000, 0x80000000_80000000
	var found uint64
	for ; len(memory) >= 64; memory = memory[64:] {
		line := (*[8]uint64)(unsafe.Pointer(unsafe.SliceData(memory)))
		for _, two := range line {
			found |= two&exponents + ones
		}
	}
	for ; len(memory) >= 4; memory = memory[4:] {
		found |= uint64(binary.NativeEndian.Uint32(memory))&(exponents>>32) + ones>>32
	}
	return bits.OnesCount64(found&carries) == 0
}
