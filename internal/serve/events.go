package serve

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/pffedge/pffedge/internal/service"
)

// pingEvery is how often a stream of events shows that it is alive, and eventTime how
// long a client may take to read one.
const (
	pingEvery = 15 * time.Second
	eventTime = 30 * time.Second
)

// events streams what the service does, as server-sent events, from behind the event that
// Last-Event-ID, or after=N, names; what is to come, without either.
func (s *Server) events(w http.ResponseWriter, r *http.Request) error {
	after := s.service.LastEvent()
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("after")
	}
	if text != "" {
		var err error
		if after, err = strconv.ParseUint(text, 10, 64); err != nil {
			return badRequest("Last-Event-ID or after: want the number of an event")
		}
	}
	past, events, missed, cancel := s.service.Listen(after)
	defer cancel()
	stream := &eventStream{w, http.NewResponseController(w)}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	if err := stream.write("hello", 0, map[string]any{"last_event": after, "missed": missed}); err != nil {
		return nil
	}
	for _, e := range past {
		if stream.event(e) != nil {
			return nil
		}
	}
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		var err error
		select {
		case <-r.Context().Done():
			return nil
		case <-s.streams.Done():
			return nil
		case e, more := <-events:
			if !more {
				return nil // it fell behind, and comes back
			}
			err = stream.event(e)
		case <-ping.C:
			err = stream.send(": ping\n\n")
		}
		if err != nil {
			return nil
		}
	}
}

type eventStream struct {
	w http.ResponseWriter
	c *http.ResponseController
}

func (s *eventStream) event(e service.Event) error { return s.write(e.Kind, e.ID, e) }

func (s *eventStream) write(kind string, id uint64, data any) error {
	b, err := json.Marshal(data)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("event: %s\ndata: %s\n\n", kind, b)
	if id > 0 {
		text = fmt.Sprintf("id: %d\n%s", id, text)
	}
	return s.send(text)
}

func (s *eventStream) send(text string) error {
	// The stream has no end, but each piece of it has.
	s.c.SetWriteDeadline(time.Now().Add(eventTime))
	s.c.SetReadDeadline(time.Time{})
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.c.Flush()
}
