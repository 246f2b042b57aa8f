package mqtt

import "sync"

// OutboxMost is how many messages wait while the broker is away.
const OutboxMost = 256

// outbox is a queue of messages to the broker, of which the oldest are dropped when there
// are too many.
type outbox struct {
	mu      sync.Mutex
	list    []*outgoing
	dropped uint64
	more    chan struct{} // something comes when there is something to send
}

func newOutbox() *outbox { return &outbox{more: make(chan struct{}, 1)} }

func (q *outbox) put(m *outgoing) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) == OutboxMost {
		q.list = append(q.list[:0], q.list[1:]...)
		q.dropped++
	}
	q.list = append(q.list, m)
	select {
	case q.more <- struct{}{}:
	default:
	}
}

// first returns the oldest message, nil if there is none.
func (q *outbox) first() *outgoing {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) == 0 {
		return nil
	}
	return q.list[0]
}

// remove takes m out if it is still there.
func (q *outbox) remove(m *outgoing, dropped bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) > 0 && q.list[0] == m {
		q.list = append(q.list[:0], q.list[1:]...)
		if dropped {
			q.dropped++
		}
	}
}

func (q *outbox) pending() (waiting int, dropped uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.list), q.dropped
}
