package runtime

import (
	"encoding/binary"
	"fmt"

	"github.com/pffedge/pffedge/model"
)

// Correct is the operation that tells a learner that it was wrong: samples that it
// took for class Was are of class Class. It learns them against Was. Values are as
// in Teach.
type Correct struct {
	Class  string
	New    bool   // the class is added if the model does not have it
	Was    string // what the model said; "" if nothing in particular
	Size   int    // D, values a sample
	Pixels []byte
	Inputs []float32 // nil if there are pixels
}

// Kind implements Operation.
func (o *Correct) Kind() OperationKind { return KindCorrect }

// Len returns the number of samples.
func (o *Correct) Len() int {
	v := o.values()
	return v.len()
}

func (o *Correct) values() values { return values{o.Size, o.Pixels, o.Inputs} }

func (o *Correct) validate() error {
	switch {
	case !validClassName(o.Class):
		return errClassName(o.Class)
	case o.Was != "" && !validClassName(o.Was):
		return errClassName(o.Was)
	case o.Was == o.Class:
		return fmt.Errorf("%w: class %q was right", ErrOperation, o.Was)
	}
	v := o.values()
	return v.validate()
}

// Append implements Operation. The payload: u8 type of the values, u8 flags, u32 n,
// u32 D, two names, each with its length as u16, n·D values; little-endian.
func (o *Correct) Append(b []byte) ([]byte, error) {
	if err := o.validate(); err != nil {
		return b, err
	}
	le, v := binary.LittleEndian, o.values()
	b = le.AppendUint32(append(b, v.kind(), flagsOf(o.New)), uint32(o.Len()))
	b = le.AppendUint32(b, uint32(o.Size))
	return v.append(appendText(appendText(b, o.Class), o.Was))
}

func decodeCorrect(p *payload) (*Correct, error) {
	kind, flags, n, d := p.u8(), p.u8(), p.u32(), p.u32()
	if flags&^flagNew != 0 {
		return nil, fmt.Errorf("%w: samples with flags %#x", model.ErrVersion, flags)
	}
	o := &Correct{New: flags&flagNew != 0, Class: p.text(), Was: p.text()}
	v, err := decodeValues(p, kind, n, d)
	if err != nil {
		return nil, err
	}
	o.Size, o.Pixels, o.Inputs = v.size, v.pixels, v.inputs
	return o, o.validate()
}

// Relabel is the operation that gives a remembered sample, named by its identity,
// another class, and learns it as such.
type Relabel struct {
	ID    uint64
	Class string
}

// Kind implements Operation.
func (o *Relabel) Kind() OperationKind { return KindRelabel }

// Append implements Operation. The payload: u64 identity, a name with its length as
// u16; little-endian.
func (o *Relabel) Append(b []byte) ([]byte, error) {
	if !validClassName(o.Class) {
		return b, errClassName(o.Class)
	}
	return appendText(binary.LittleEndian.AppendUint64(b, o.ID), o.Class), nil
}

func decodeRelabel(p *payload) (*Relabel, error) {
	o := &Relabel{ID: p.number(8), Class: p.text()}
	if err := p.end("a relabelling"); err != nil {
		return nil, err
	}
	if !validClassName(o.Class) {
		return nil, errClassName(o.Class)
	}
	return o, nil
}
