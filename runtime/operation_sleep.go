package runtime

import (
	"encoding/binary"
	"fmt"
)

// Sleep is the operation that learns remembered samples alone, while nothing else is
// to be done: Steps steps from step From of Of on, with a rate that falls to 0 along
// half a cosine over all of them. So a sleep of many steps can be done in parts,
// and be ended by what comes between.
type Sleep struct{ Steps, From, Of int }

// MaxSleepSteps bounds Sleep.Of.
const MaxSleepSteps = 1 << 24

// Kind implements Operation.
func (o *Sleep) Kind() OperationKind { return KindSleep }

func (o *Sleep) validate() error {
	if o.Steps < 1 || o.From < 0 || o.Of < 1 || o.Of > MaxSleepSteps || o.Steps > o.Of-o.From {
		return fmt.Errorf("%w: %d steps of sleep from step %d of %d", ErrOperation, o.Steps, o.From, o.Of)
	}
	return nil
}

// Append implements Operation. The payload: u32 steps, u32 from, u32 of; little-endian.
func (o *Sleep) Append(b []byte) ([]byte, error) {
	if err := o.validate(); err != nil {
		return b, err
	}
	for _, n := range []int{o.Steps, o.From, o.Of} {
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	return b, nil
}

func decodeSleep(p *payload) (*Sleep, error) {
	o := &Sleep{int(p.u32()), int(p.u32()), int(p.u32())}
	if err := p.end("sleep"); err != nil {
		return nil, err
	}
	return o, o.validate()
}
