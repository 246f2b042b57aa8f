package runtime

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/pffedge/pffedge/model"
)

// Learn is the operation that shows a learner the next samples of a stream, of any
// classes; those that the model does not have are added. Values are as in Teach.
type Learn struct {
	Classes []string // that occur, each once
	Labels  []int    // per sample: its class, as a place in Classes
	Size    int      // D, values a sample
	Pixels  []byte
	Inputs  []float32 // nil if there are pixels
}

// Kind implements Operation.
func (o *Learn) Kind() OperationKind { return KindLearn }

// Len returns n, the number of samples.
func (o *Learn) Len() int { return len(o.Labels) }

func (o *Learn) values() values { return values{o.Size, o.Pixels, o.Inputs} }

// validate reports the first thing wrong with the shape of o.
func (o *Learn) validate() error {
	v := o.values()
	if err := v.validate(); err != nil {
		return err
	}
	if n := v.len(); n != len(o.Labels) {
		return fmt.Errorf("%w: %d labels for %d samples", ErrOperation, len(o.Labels), n)
	}
	if len(o.Classes) < 1 || len(o.Classes) > len(o.Labels) {
		return fmt.Errorf("%w: %d classes of %d samples", ErrOperation, len(o.Classes), len(o.Labels))
	}
	for i, name := range o.Classes {
		if !validClassName(name) {
			return errClassName(name)
		}
		if slices.Contains(o.Classes[:i], name) {
			return fmt.Errorf("%w: class %q twice", ErrOperation, name)
		}
	}
	for i, label := range o.Labels {
		if label < 0 || label >= len(o.Classes) {
			return fmt.Errorf("%w: sample %d has label %d, of %d classes", ErrOperation, i, label, len(o.Classes))
		}
	}
	return nil
}

// Append implements Operation. The payload: u8 type of the values, u8 0, u16 k, u32 n,
// u32 D, k names, each with its length as u16, n labels as u16, n·D values;
// little-endian.
func (o *Learn) Append(b []byte) ([]byte, error) {
	if err := o.validate(); err != nil {
		return b, err
	}
	le, v := binary.LittleEndian, o.values()
	b = le.AppendUint16(append(b, v.kind(), 0), uint16(len(o.Classes)))
	b = le.AppendUint32(b, uint32(len(o.Labels)))
	b = le.AppendUint32(b, uint32(o.Size))
	for _, name := range o.Classes {
		b = appendText(b, name)
	}
	for _, label := range o.Labels {
		b = le.AppendUint16(b, uint16(label))
	}
	return v.append(b)
}

func decodeLearn(p *payload) (*Learn, error) {
	kind, flags, classes, n, d := p.u8(), p.u8(), p.u16(), p.u32(), p.u32()
	switch {
	case flags != 0:
		return nil, fmt.Errorf("%w: samples with flags %#x", model.ErrVersion, flags)
	case n > MaxTeachSamples || uint32(classes) > n:
		return nil, fmt.Errorf("%w: %d samples of %d classes, at most %d allowed", ErrOperation, n, classes, MaxTeachSamples)
	}
	o := &Learn{}
	for k := 0; k < classes && !p.short; k++ {
		o.Classes = append(o.Classes, p.text())
	}
	for i := uint32(0); i < n && !p.short; i++ {
		o.Labels = append(o.Labels, p.u16())
	}
	v, err := decodeValues(p, kind, n, d)
	if err != nil {
		return nil, err
	}
	o.Size, o.Pixels, o.Inputs = v.size, v.pixels, v.inputs
	return o, o.validate()
}
