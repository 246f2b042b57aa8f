package service

import (
	"sync"
	"time"
)

// The kinds of events.
const (
	EventOperation = "operation" // an operation is on the medium and learned: Done
	EventSleep     = "sleep"     // a part of a sleep is over: SleepState
	EventHistory   = "history"   // operations were undone or taken out: Changed
	EventSnapshot  = "snapshot"  // a snapshot was taken
	EventAccuracy  = "accuracy"  // of samples before they were learned: Accuracy
	EventDrift     = "drift"     // what is predicted has become unlike before: Drift
	EventFailed    = "failed"    // the store cannot be used any more
)

// Event is something that the service did.
type Event struct {
	ID   uint64    `json:"id"`
	Time time.Time `json:"time"`
	Kind string    `json:"kind"`
	Data any       `json:"data"`
}

// Drift is what is known of a change in what is predicted.
type Drift struct {
	State   string   `json:"state"`
	Novelty *float64 `json:"novelty,omitempty"`
}

// eventsKept is how many events are kept for those who come late, and eventsAhead how
// many a listener may fall behind.
const (
	eventsKept  = 256
	eventsAhead = 64
)

// hub hands out events to who listens. One that falls behind is cut off, and comes back
// with the number of the last event that it has seen.
type hub struct {
	mu        sync.Mutex
	next      uint64
	last      []Event // the newest, by number
	listeners map[chan Event]struct{}
	closed    bool
}

func (h *hub) init() { h.next, h.listeners = 1, map[chan Event]struct{}{} }

// tell tells everybody of something.
func (s *Service) tell(kind string, data any) {
	h := &s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	e := Event{h.next, time.Now(), kind, data}
	h.next++
	if len(h.last) == eventsKept {
		h.last = append(h.last[:0], h.last[1:]...)
	}
	h.last = append(h.last, e)
	for c := range h.listeners {
		select {
		case c <- e:
		default:
			delete(h.listeners, c)
			close(c)
		}
	}
}

// Listen returns the events that are still kept after a number, and a channel with those
// to come. The channel is closed when the listener falls behind, or the service ends;
// cancel is to be called when nobody listens any more. missed says that some after the
// number are kept no more.
func (s *Service) Listen(after uint64) (past []Event, events <-chan Event, missed bool, cancel func()) {
	h := &s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.last {
		if e.ID > after {
			past = append(past, e)
		}
	}
	// A number of before the service was started is greater than all.
	missed = after >= h.next || len(h.last) > 0 && after+1 < h.last[0].ID
	c := make(chan Event, eventsAhead)
	if h.closed {
		close(c)
		return past, c, missed, func() {}
	}
	h.listeners[c] = struct{}{}
	return past, c, missed, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if _, listens := h.listeners[c]; listens {
			delete(h.listeners, c)
			close(c)
		}
	}
}

// LastEvent returns the number of the last event; 0 before the first.
func (s *Service) LastEvent() uint64 {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return s.hub.next - 1
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for c := range h.listeners {
		close(c)
	}
	clear(h.listeners)
}
