package runtime

import (
	"encoding/binary"
	"fmt"

	"github.com/pffedge/pffedge/model"
)

// Forget is the operation that removes a class, or remembered samples, from a
// learner. What the network has learned from samples fades, slowly, as it learns on without
// them (Sleep).
type Forget struct {
	Class string   // or, if "":
	IDs   []uint64 // identities of remembered samples
}

// Kind implements Operation.
func (o *Forget) Kind() OperationKind { return KindForget }

func (o *Forget) validate() error {
	switch {
	case o.Class != "" && len(o.IDs) > 0:
		return fmt.Errorf("%w: a class and samples to forget", ErrOperation)
	case o.Class == "" && (len(o.IDs) == 0 || len(o.IDs) > MaxTeachSamples):
		return fmt.Errorf("%w: %d samples to forget, want 1…%d", ErrOperation, len(o.IDs), MaxTeachSamples)
	case o.Class != "" && !validClassName(o.Class):
		return errClassName(o.Class)
	}
	return nil
}

// Append implements Operation. The payload: u16 0, a name with its length as u16, u64
// identities; little-endian.
func (o *Forget) Append(b []byte) ([]byte, error) {
	if err := o.validate(); err != nil {
		return b, err
	}
	b = appendText(append(b, 0, 0), o.Class)
	for _, id := range o.IDs {
		b = binary.LittleEndian.AppendUint64(b, id)
	}
	return b, nil
}

func decodeForget(p *payload) (*Forget, error) {
	if flags := p.u16(); flags != 0 {
		return nil, fmt.Errorf("%w: forgetting with flags %#x", model.ErrVersion, flags)
	}
	o := &Forget{Class: p.text()}
	for len(p.b) >= 8 && len(o.IDs) <= MaxTeachSamples {
		o.IDs = append(o.IDs, p.number(8))
	}
	if err := p.end("forgetting"); err != nil {
		return nil, err
	}
	return o, o.validate()
}
