package model

import (
	"encoding/binary"
	"math"
	"slices"
	"unsafe"
)

// littleEndian tells whether float32 values lie in memory as they do in a
// file. Where they do, they are read and written without a copy.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// memory returns the memory of v.
func memory(v []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v))
}

// fromFile gives v its values after the bytes of a file were read into its
// memory.
func fromFile(v []float32) {
	if littleEndian {
		return
	}
	b := memory(v)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
}

// toFile hands v to emit as the bytes of a file, in one or more pieces that
// emit must not keep.
func toFile(v []float32, emit func([]byte) error) error {
	if littleEndian {
		return emit(memory(v))
	}
	buf := make([]byte, 4096)
	for chunk := range slices.Chunk(v, len(buf)/4) {
		for i, x := range chunk {
			binary.LittleEndian.PutUint32(buf[4*i:], math.Float32bits(x))
		}
		if err := emit(buf[:4*len(chunk)]); err != nil {
			return err
		}
	}
	return nil
}
