package mqtt

import (
	"crypto/sha256"
	"fmt"

	"github.com/pffedge/pffedge/internal/service"
)

// deliveries tell a message that comes again from one that is meant again.
//
// A message with an "id" is done once, whatever comes. Without one, two messages of the
// same content are both learned, but one that is delivered a second time, for a crash or
// a lost connection came before its acknowledgement, is not. The broker marks the latter
// as a duplicate and gives it the packet identifier that it had. The idempotency key is
// therefore made of that identifier, the topic, the content and a count, of the messages with
// all these in common: what is not marked gets the first count that the service does not
// know, and what is marked gets the count that its first delivery got, or, if that was to
// an earlier process, 0.
//
// What can go wrong is rare: a message that is marked, whose first delivery never
// arrived, is taken for an earlier one with the same content and packet identifier, if
// that is among the last 1000 operations with a key. Who cannot have that uses ids.
type deliveries struct {
	counts map[delivery]int
	order  []delivery // of counts, the oldest first
}

type delivery struct {
	packet uint16
	sum    [sha256.Size]byte // of topic and payload
}

// deliveriesKept is how many are remembered; the broker has fewer on the way.
const deliveriesKept = 1000

// once does a message under the key that is its own.
func (d *deliveries) once(m *incoming, do func(key string) (*service.Done, error)) (*service.Done, error) {
	at := delivery{m.id, sha256.Sum256(append([]byte(m.topic+"\x00"), m.payload...))}
	key := func(count int) string { return fmt.Sprintf("mqtt/%d/%x/%d", at.packet, at.sum[:16], count) }
	if m.duplicate {
		d.note(at, d.counts[at])
		return do(key(d.counts[at]))
	}
	for {
		count := d.counts[at]
		done, err := do(key(count))
		if err != nil || !done.Replayed {
			// It is the same message from now on, whoever delivers it: also after an error,
			// when it is tried again.
			d.note(at, count)
			return done, err
		}
		d.note(at, count+1)
	}
}

func (d *deliveries) note(at delivery, count int) {
	if d.counts == nil {
		d.counts = map[delivery]int{}
	}
	if _, known := d.counts[at]; !known {
		if len(d.order) == deliveriesKept {
			delete(d.counts, d.order[0])
			d.order = append(d.order[:0], d.order[1:]...)
		}
		d.order = append(d.order, at)
	}
	d.counts[at] = count
}
