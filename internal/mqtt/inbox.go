package mqtt

import (
	"context"

	"golang.org/x/sync/semaphore"
)

// Limits on what waits to be done.
const (
	MaxPayload = 8 << 20  // bytes of a message
	inboxMost  = 64       // messages
	inboxBytes = 16 << 20 // of their payloads
)

// inbox is a queue of messages, in order, with an end in number and in bytes.
type inbox struct {
	items chan *incoming
	room  *semaphore.Weighted // bytes
}

func newInbox() *inbox {
	return &inbox{make(chan *incoming, inboxMost), semaphore.NewWeighted(inboxBytes)}
}

// put queues a message. One that the broker would deliver again waits for room, until ctx
// ends; any other is turned away if there is none. While it waits nothing else is read from
// the connection, which may end for that; what was not acknowledged is delivered again then.
func (q *inbox) put(ctx context.Context, m *incoming) bool {
	weight := int64(len(m.payload))
	if m.qos == 0 {
		if !q.room.TryAcquire(weight) {
			return false
		}
		select {
		case q.items <- m:
			return true
		default:
			q.room.Release(weight)
			return false
		}
	}
	if q.room.Acquire(ctx, weight) != nil {
		return false
	}
	select {
	case q.items <- m:
		return true
	case <-ctx.Done():
		q.room.Release(weight)
		return false
	}
}

// each does messages until ctx ends.
func (q *inbox) each(ctx context.Context, do func(*incoming)) {
	for ctx.Err() == nil {
		select {
		case m := <-q.items:
			weight := int64(len(m.payload))
			do(m)
			q.room.Release(weight)
		case <-ctx.Done():
		}
	}
}
