package runtime

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/pffedge/pffedge/model"
)

// ErrOperation: an operation on a learner is malformed or beyond a limit.
var ErrOperation = errors.New("bad operation")

// OperationKind says what an operation does. A store's log holds the numbers, so
// they never change.
type OperationKind uint16

// The kinds of operations. 2, 3 and 4 are taken for correcting, forgetting and
// undoing.
const (
	KindTeach    OperationKind = 1
	KindAddClass OperationKind = 5
)

// Operation is something that a Learner does and that a store can keep.
type Operation interface {
	Kind() OperationKind
	// Append appends the operation's payload to b.
	Append(b []byte) ([]byte, error)
}

// Limits of an operation.
const (
	MaxTeachSamples  = 1 << 12
	MaxTeachBytes    = 15 << 20 // of all samples together
	maxClassNameSize = 1<<16 - 1
)

// Teach is the operation that shows a learner samples of one class: n×D values,
// row by row, which are either Pixels, 0…255, or Inputs as they enter the
// network, 0…1 (model.Input).
type Teach struct {
	Class  string
	Size   int // D, values a sample
	Pixels []byte
	Inputs []float32 // nil if there are pixels
}

// Kind implements Operation.
func (t *Teach) Kind() OperationKind { return KindTeach }

// Len returns n, the number of samples.
func (t *Teach) Len() int {
	if t.Size < 1 {
		return 0
	}
	return max(len(t.Pixels), len(t.Inputs)) / t.Size
}

// A Teach's payload: u8 type of the values, u8 0, u16 c, u32 n, u32 D, c bytes of
// the class' name, n·D values; little-endian.
const (
	teachHeadBytes = 12
	typePixels     = 1 // u8
	typeInputs     = 2 // float32
)

// validate reports the first thing wrong with the shape of t.
func (t *Teach) validate() error {
	values, size := len(t.Pixels), 1
	if t.Inputs != nil {
		values, size = len(t.Inputs), 4
	}
	switch n := t.Len(); {
	case !validClassName(t.Class):
		return errClassName(t.Class)
	case t.Pixels != nil && t.Inputs != nil:
		return fmt.Errorf("%w: samples of pixels and of inputs", ErrOperation)
	case t.Size < 1 || t.Size > model.MaxFeatures:
		return fmt.Errorf("%w: samples of %d values, want 1…%d", ErrOperation, t.Size, model.MaxFeatures)
	case n < 1 || n > MaxTeachSamples || values != n*t.Size:
		return fmt.Errorf("%w: %d values for samples of %d, want 1…%d samples", ErrOperation, values, t.Size, MaxTeachSamples)
	case values*size > MaxTeachBytes:
		return fmt.Errorf("%w: %d bytes of samples, at most %d allowed at once", ErrOperation, values*size, MaxTeachBytes)
	}
	return nil
}

// Append implements Operation.
func (t *Teach) Append(b []byte) ([]byte, error) {
	if err := t.validate(); err != nil {
		return b, err
	}
	le, kind := binary.LittleEndian, byte(typePixels)
	if t.Inputs != nil {
		kind = typeInputs
	}
	b = append(b, kind, 0)
	b = le.AppendUint16(b, uint16(len(t.Class)))
	b = le.AppendUint32(b, uint32(t.Len()))
	b = le.AppendUint32(b, uint32(t.Size))
	b = append(b, t.Class...)
	b = append(b, t.Pixels...)
	for i, v := range t.Inputs {
		if v-v != 0 {
			return b, fmt.Errorf("%w: sample %d, input %d is %v", ErrOperation, i/t.Size, i%t.Size, v)
		}
		b = le.AppendUint32(b, math.Float32bits(v))
	}
	return b, nil
}

// DecodeOperation is the inverse of Operation.Append. Pixels share the payload's
// memory. A kind that this program does not know is model.ErrVersion.
func DecodeOperation(kind OperationKind, payload []byte) (Operation, error) {
	switch kind {
	case KindTeach:
		return decodeTeach(payload)
	case KindAddClass:
		return decodeAddClass(payload)
	}
	return nil, fmt.Errorf("%w: operation of kind %d", model.ErrVersion, kind)
}

func decodeTeach(b []byte) (*Teach, error) {
	if len(b) < teachHeadBytes {
		return nil, fmt.Errorf("%w: %d bytes, want at least %d", ErrOperation, len(b), teachHeadBytes)
	}
	le := binary.LittleEndian
	name, n, d := int(le.Uint16(b[2:])), uint64(le.Uint32(b[4:])), uint64(le.Uint32(b[8:]))
	size := map[byte]uint64{typePixels: 1, typeInputs: 4}[b[0]]
	switch {
	case size == 0 || b[1] != 0:
		return nil, fmt.Errorf("%w: samples of type %d, flags %#x", model.ErrVersion, b[0], b[1])
	case n > MaxTeachSamples || d > model.MaxFeatures || uint64(len(b)) != teachHeadBytes+uint64(name)+n*d*size:
		return nil, fmt.Errorf("%w: %d bytes for %d samples of %d values", ErrOperation, len(b), n, d)
	}
	t := &Teach{Class: string(b[teachHeadBytes : teachHeadBytes+name]), Size: int(d)}
	if values := b[teachHeadBytes+name:]; b[0] == typePixels {
		t.Pixels = values
	} else {
		t.Inputs = make([]float32, n*d)
		for i := range t.Inputs {
			t.Inputs[i] = math.Float32frombits(le.Uint32(values[4*i:]))
			if v := t.Inputs[i]; v-v != 0 {
				return nil, fmt.Errorf("%w: sample %d, input %d is %v", ErrOperation, i/t.Size, i%t.Size, v)
			}
		}
	}
	return t, t.validate()
}
