package runtime

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/pffedge/pffedge/model"
)

// values are samples in an operation: n×D values, row by row, which are either
// pixels, 0…255, or inputs as they enter the network, 0…1.
type values struct {
	size   int // D
	pixels []byte
	inputs []float32 // nil if there are pixels
}

func (v *values) len() int {
	if v.size < 1 {
		return 0
	}
	return max(len(v.pixels), len(v.inputs)) / v.size
}

// The types of values.
const (
	typePixels = 1 // u8
	typeInputs = 2 // float32
)

func (v *values) kind() byte {
	if v.inputs != nil {
		return typeInputs
	}
	return typePixels
}

// validate reports the first thing wrong with the shape of v.
func (v *values) validate() error {
	count, size := len(v.pixels), 1
	if v.inputs != nil {
		count, size = len(v.inputs), 4
	}
	switch n := v.len(); {
	case v.pixels != nil && v.inputs != nil:
		return fmt.Errorf("%w: samples of pixels and of inputs", ErrOperation)
	case v.size < 1 || v.size > model.MaxFeatures:
		return fmt.Errorf("%w: samples of %d values, want 1…%d", ErrOperation, v.size, model.MaxFeatures)
	case n < 1 || n > MaxTeachSamples || count != n*v.size:
		return fmt.Errorf("%w: %d values for samples of %d, want 1…%d samples", ErrOperation, count, v.size, MaxTeachSamples)
	case count*size > MaxTeachBytes:
		return fmt.Errorf("%w: %d bytes of samples, at most %d allowed at once", ErrOperation, count*size, MaxTeachBytes)
	}
	return nil
}

// fit reports why the samples are none of a model that takes in.
func (v *values) fit(in model.Input) error {
	switch {
	case v.pixels != nil && !in.IsImage():
		return fmt.Errorf("%w: samples of pixels for a model of %s", ErrOperation, in)
	case v.size != in.Size():
		return fmt.Errorf("%w: samples of %d values, the model takes %d (%s)", ErrOperation, v.size, in.Size(), in)
	}
	for i, x := range v.inputs {
		if !(x >= 0 && x <= 1) {
			return fmt.Errorf("%w: sample %d, input %d is %v, want 0…1", ErrOperation, i/v.size, i%v.size, x)
		}
	}
	return nil
}

// sample writes the inputs of sample i, D of them, to dst.
func (v *values) sample(dst []float32, in model.Input, i int) {
	lo, hi := i*v.size, (i+1)*v.size
	if v.inputs != nil {
		copy(dst, v.inputs[lo:hi])
	} else {
		in.ScaleBytes(dst, v.pixels[lo:hi])
	}
}

// append appends the values alone.
func (v *values) append(b []byte) ([]byte, error) {
	b = append(b, v.pixels...)
	for i, x := range v.inputs {
		if x-x != 0 {
			return b, fmt.Errorf("%w: sample %d, input %d is %v", ErrOperation, i/v.size, i%v.size, x)
		}
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b, nil
}

// decodeValues reads n samples of d values, which are all that is left of p.
// Pixels share its memory.
func decodeValues(p *payload, kind byte, n, d uint32) (values, error) {
	v, size := values{size: int(d)}, map[byte]uint64{typePixels: 1, typeInputs: 4}[kind]
	switch {
	case p.short:
		return v, fmt.Errorf("%w: it ends before its samples", ErrOperation)
	case size == 0:
		return v, fmt.Errorf("%w: samples of type %d", model.ErrVersion, kind)
	case n > MaxTeachSamples || d > model.MaxFeatures || uint64(len(p.b)) != uint64(n)*uint64(d)*size:
		return v, fmt.Errorf("%w: %d bytes for %d samples of %d values", ErrOperation, len(p.b), n, d)
	}
	if kind == typePixels {
		v.pixels = p.b
		return v, nil
	}
	v.inputs = make([]float32, n*d)
	for i := range v.inputs {
		v.inputs[i] = math.Float32frombits(binary.LittleEndian.Uint32(p.b[4*i:]))
		if x := v.inputs[i]; x-x != 0 {
			return v, fmt.Errorf("%w: sample %d, input %d is %v", ErrOperation, i/v.size, i%v.size, x)
		}
	}
	return v, nil
}

// payload is what is left to read of an operation's payload.
type payload struct {
	b     []byte
	short bool // more was wanted than there was
}

func (p *payload) take(n int) []byte {
	if n > len(p.b) {
		p.short, n = true, len(p.b)
	}
	head := p.b[:n]
	p.b = p.b[n:]
	return head
}

// number reads a whole number of n bytes, little-endian.
func (p *payload) number(n int) uint64 {
	var word [8]byte
	copy(word[:], p.take(n))
	return binary.LittleEndian.Uint64(word[:])
}

func (p *payload) u8() byte     { return byte(p.number(1)) }
func (p *payload) u16() int     { return int(p.number(2)) }
func (p *payload) u32() uint32  { return uint32(p.number(4)) }
func (p *payload) text() string { return string(p.take(p.u16())) }

// end reports what keeps the payload of that operation from having been read
// exactly.
func (p *payload) end(what string) error {
	if p.short || len(p.b) > 0 {
		return fmt.Errorf("%w: %s of a wrong length", ErrOperation, what)
	}
	return nil
}

// appendText appends u16 length and the bytes of s.
func appendText(b []byte, s string) []byte {
	return append(binary.LittleEndian.AppendUint16(b, uint16(len(s))), s...)
}
