package mqtt

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"

	"github.com/pffedge/pffedge/internal/lessons"
	"github.com/pffedge/pffedge/internal/service"
)

// Outcome is the answer to teach, correct and sleep: what was learned, or what is wrong.
type Outcome struct {
	ID        string            `json:"id,omitempty"`
	Operation uint64            `json:"operation,omitempty"` // its number
	Kind      string            `json:"kind"`
	Class     string            `json:"class,omitempty"`
	Was       string            `json:"was,omitempty"`
	Confirms  bool              `json:"confirms,omitempty"`
	Samples   int               `json:"samples"`
	Recall    *lessons.Recalled `json:"recall,omitempty"`
	Harm      *lessons.Harm     `json:"harm,omitempty"` // points; also of what was refused for it
	Replayed  bool              `json:"replayed,omitempty"`
	Problem
}

// attempts is how often something unforeseen is tried before it is given up.
const attempts = 5

// obey does what a message asks for, and acknowledges it when that is done or refused for
// good. While the service cannot, it tries again, and what comes behind waits.
func (b *Bridge) obey(m *incoming) {
	out := Outcome{Kind: m.topic}
	err := b.obeyed(m, &out)
	var waits backoff
	for tries := 1; err != nil && passing(err, tries); tries++ {
		if !pause(b.taking, waits.wait()) {
			return // it comes again
		}
		err = b.obeyed(m, &out)
	}
	if b.working.Err() != nil && err != nil {
		return
	}
	if refused := new(service.Refused); errors.As(err, &refused) {
		out.Harm = &refused.Harm
	}
	if err != nil {
		out.Problem = problemOf(err)
	}
	b.reply(m, "outcome", out)
	m.ack()
}

// passing tells whether something may go well later.
func passing(err error, tries int) bool {
	for _, later := range []error{service.ErrBusy, service.ErrBroken, service.ErrClosing} {
		if errors.Is(err, later) {
			return true
		}
	}
	return titleOf(err) == unforeseen && tries < attempts
}

func (b *Bridge) obeyed(m *incoming, out *Outcome) error {
	if m.topic == "sleep" {
		return b.sleep(m, out)
	}
	r, err := decode(m)
	out.ID, out.Class, out.Was = r.ID, r.Class, r.Was
	switch {
	case err != nil:
		return err
	case r.Class == "":
		return bad("class is missing")
	case len(r.Class) > mostClass:
		out.Class = ""
		return bad("a class of %d bytes, want at most %d", len(r.Class), mostClass)
	case r.Steps != 0 || r.Seconds != 0 || r.Was != "" && m.topic != "correct":
		return bad("%s knows id, class, new, force, one of image, images, input and inputs, and to correct, was", m.topic)
	}
	l := &service.Lesson{Class: r.Class, New: r.New, Force: r.Force}
	if l.Samples, err = r.samples(b.service.Current().Input()); err != nil {
		return err
	}
	out.Samples = l.Samples.Rows
	done, err := b.learned(m, r, l)
	if err != nil {
		return err
	}
	out.Operation, out.Was, out.Confirms, out.Samples, out.Replayed = done.Operation, done.Was, done.Confirms, done.Samples, done.Replayed
	if done.Effect != nil {
		out.Recall, out.Harm = done.Recall, &done.Harm
	}
	return nil
}

// learned learns a lesson, once however often its message is delivered.
func (b *Bridge) learned(m *incoming, r *request, l *service.Lesson) (*service.Done, error) {
	do := func(name string) (*service.Done, error) {
		var err error
		l.Key, err = service.NewKey(name, m.topic, r.Class, r.New, r.Force, r.Was, l.Samples.Rows, sumOf(l))
		if err != nil {
			return nil, err
		}
		if m.topic == "correct" {
			return b.service.Correct(b.working, l, r.Was)
		}
		return b.service.Teach(b.working, l)
	}
	switch {
	case r.ID != "":
		return do("mqtt/id/" + r.ID)
	case m.qos == 0:
		return do("") // it is delivered at most once
	}
	return b.deliveries.once(m, do)
}

// sumOf tells samples apart.
func sumOf(l *service.Lesson) [sha256.Size]byte {
	h, row := sha256.New(), make([]byte, 4*l.Samples.Cols)
	for i := range l.Samples.Rows {
		for j, v := range l.Samples.Row(i) {
			binary.LittleEndian.PutUint32(row[4*j:], math.Float32bits(v))
		}
		h.Write(row)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// sleep begins a sleep. That it may begin again, if the message is delivered again, does
// no harm.
func (b *Bridge) sleep(m *incoming, out *Outcome) error {
	r := &request{}
	if m.retained || len(m.payload) > 0 && string(m.payload) != pressed || m.size > MaxPayload {
		var err error
		r, err = decode(m)
		out.ID = r.ID
		switch {
		case err != nil:
			return err
		case r.Class != "" || r.Was != "" || r.New || r.Force || r.Image != "" || r.Images != nil || r.Input != nil || r.Inputs != nil:
			return bad("sleep knows id, and one of steps and seconds")
		}
	}
	_, err := b.service.Sleep(b.working, r.Steps, r.Seconds)
	return err
}
