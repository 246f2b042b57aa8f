package runtime

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/pffedge/pffedge/model"
)

// ErrOperation: an operation on a learner is malformed or beyond a limit.
var ErrOperation = errors.New("bad operation")

// OperationKind says what an operation does. A store's log holds the numbers, so
// they never change.
type OperationKind uint16

// The kinds of operations. There is none to undo one: a store goes back to what was
// before.
const (
	KindTeach    OperationKind = 1
	KindCorrect  OperationKind = 2
	KindForget   OperationKind = 3
	KindAddClass OperationKind = 5
	KindLearn    OperationKind = 6
	KindSleep    OperationKind = 7
	KindRelabel  OperationKind = 8
)

// Operation is something that a Learner does and that a store can keep.
type Operation interface {
	Kind() OperationKind
	// Append appends the operation's payload to b.
	Append(b []byte) ([]byte, error)
}

// action is an operation that a learner knows.
type action interface {
	Operation
	check(l *Learner) error
	apply(l *Learner) error
}

// Limits of an operation.
const (
	MaxTeachSamples  = 1 << 12
	MaxTeachBytes    = 15 << 20 // of all samples together
	maxClassNameSize = 1<<16 - 1
)

// DecodeOperation is the inverse of Operation.Append. Pixels share the payload's
// memory. A kind that this program does not know is model.ErrVersion.
func DecodeOperation(kind OperationKind, b []byte) (Operation, error) {
	p := &payload{b: b}
	switch kind {
	case KindTeach:
		return decodeTeach(p)
	case KindCorrect:
		return decodeCorrect(p)
	case KindForget:
		return decodeForget(p)
	case KindAddClass:
		return decodeAddClass(b)
	case KindLearn:
		return decodeLearn(p)
	case KindSleep:
		return decodeSleep(p)
	case KindRelabel:
		return decodeRelabel(p)
	}
	return nil, fmt.Errorf("%w: operation of kind %d", model.ErrVersion, kind)
}

// Teach is the operation that shows a learner samples of one class: n×D values,
// row by row, which are either Pixels, 0…255, or Inputs as they enter the
// network, 0…1 (model.Input).
type Teach struct {
	Class  string
	New    bool // the class is added if the model does not have it
	Size   int  // D, values a sample
	Pixels []byte
	Inputs []float32 // nil if there are pixels
}

// Kind implements Operation.
func (t *Teach) Kind() OperationKind { return KindTeach }

// Len returns n, the number of samples.
func (t *Teach) Len() int {
	v := t.values()
	return v.len()
}

func (t *Teach) values() values { return values{t.Size, t.Pixels, t.Inputs} }

// A Teach's payload: u8 type of the values, u8 flags, u16 c, u32 n, u32 D, c bytes of
// the class' name, n·D values; little-endian.

// flagNew is the flag of a class that may be new.
const flagNew = 1

// validate reports the first thing wrong with the shape of t.
func (t *Teach) validate() error {
	if !validClassName(t.Class) {
		return errClassName(t.Class)
	}
	v := t.values()
	return v.validate()
}

// Append implements Operation.
func (t *Teach) Append(b []byte) ([]byte, error) {
	if err := t.validate(); err != nil {
		return b, err
	}
	le, v := binary.LittleEndian, t.values()
	b = append(b, v.kind(), flagsOf(t.New))
	b = le.AppendUint16(b, uint16(len(t.Class)))
	b = le.AppendUint32(b, uint32(t.Len()))
	b = le.AppendUint32(b, uint32(t.Size))
	return v.append(append(b, t.Class...))
}

func flagsOf(isNew bool) byte {
	if isNew {
		return flagNew
	}
	return 0
}

func decodeTeach(p *payload) (*Teach, error) {
	kind, flags, name, n, d := p.u8(), p.u8(), p.u16(), p.u32(), p.u32()
	if flags&^flagNew != 0 && !p.short {
		return nil, fmt.Errorf("%w: samples with flags %#x", model.ErrVersion, flags)
	}
	t := &Teach{New: flags&flagNew != 0, Class: string(p.take(name))}
	v, err := decodeValues(p, kind, n, d)
	if err != nil {
		return nil, err
	}
	t.Size, t.Pixels, t.Inputs = v.size, v.pixels, v.inputs
	return t, t.validate()
}
