package array

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Float32s returns the values of a, of type F32, F16, BF16 or F64, as float32
// without any loss: an F64 that is no float32 is ErrValue, another type
// ErrType.
func (a Array) Float32s() ([]float32, error) {
	decode, known := decoders[a.Type]
	if !known {
		return nil, fmt.Errorf("%w %s, want F32, F16, BF16 or F64", ErrType, a.Type)
	}
	size := a.Type.Size()
	v := make([]float32, len(a.Data)/size)
	for i := range v {
		x, exact := decode(a.Data[i*size:])
		if !exact {
			return nil, fmt.Errorf("%w: %s, %v, is no float32; round the array to float32 first", ErrValue, Place(a.Shape, i), float64Of(a.Data[i*size:]))
		}
		v[i] = x
	}
	return v, nil
}

var decoders = map[Type]func([]byte) (v float32, exact bool){
	F32:  func(b []byte) (float32, bool) { return math.Float32frombits(binary.LittleEndian.Uint32(b)), true },
	BF16: func(b []byte) (float32, bool) { return math.Float32frombits(uint32(word(b)) << 16), true },
	F16:  func(b []byte) (float32, bool) { return half(word(b)), true },
	F64: func(b []byte) (float32, bool) {
		wide := float64Of(b)
		v := float32(wide)
		return v, float64(v) == wide || math.IsNaN(wide)
	},
}

func word(b []byte) uint16 { return binary.LittleEndian.Uint16(b) }

func float64Of(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }

// half returns the value of a binary16: sign, 5 bits of exponent, 10 of
// fraction.
func half(bits uint16) float32 {
	sign, exponent, fraction := uint32(bits>>15)<<31, uint32(bits>>10&31), uint32(bits&0x3FF)
	switch exponent {
	case 0: // ±fraction·2⁻²⁴
		v := float32(fraction) / (1 << 24)
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 31: // infinite or NaN
		return math.Float32frombits(sign | 0xFF<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}

// Int8s returns the values of a, of type I8; another type is ErrType.
func (a Array) Int8s() ([]int8, error) {
	if a.Type != I8 {
		return nil, fmt.Errorf("%w %s, want I8", ErrType, a.Type)
	}
	v := make([]int8, len(a.Data))
	for i, b := range a.Data {
		v[i] = int8(b)
	}
	return v, nil
}

// Text returns the string that a holds: as Text, or as its bytes in a U8 of
// one dimension.
func (a Array) Text() (string, error) {
	if a.Type == Text || a.Type == U8 && len(a.Shape) == 1 {
		return string(a.Data), nil
	}
	return "", fmt.Errorf("%w %s of shape %v, want a string or bytes", ErrType, a.Type, a.Shape)
}
