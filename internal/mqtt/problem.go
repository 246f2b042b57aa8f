package mqtt

import (
	"encoding/json"
	"errors"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/service"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/store"
)

// Problem is what is wrong with a request; empty if nothing is.
type Problem struct {
	Title string `json:"title,omitempty"` // its kind, for programs
	Error string `json:"error,omitempty"` // in words
}

// The titles of problems, named as those of HTTP are.
const (
	titleRefused   = "refused" // it would take too much from the classes known
	titleKey       = "key-reused"
	titleNotFound  = "not-found"
	titleRequest   = "bad-request"
	unforeseen     = "failed"
	titleRehearsal = "no-rehearsal"
)

func problemOf(err error) Problem { return Problem{titleOf(err), err.Error()} }

func titleOf(err error) string {
	if refused := new(service.Refused); errors.As(err, &refused) {
		return titleRefused
	}
	if wrong := new(badMessage); errors.As(err, &wrong) {
		return titleRequest
	}
	for _, known := range []struct {
		err   error
		title string
	}{
		{service.ErrKey, titleKey}, {service.ErrNotFound, titleNotFound}, {runtime.ErrNoClass, titleNotFound}, {runtime.ErrNoRehearsal, titleRehearsal},
		{service.ErrRequest, titleRequest}, {runtime.ErrOperation, titleRequest}, {runtime.ErrSample, titleRequest}, {runtime.ErrInput, titleRequest},
		{store.ErrOperation, titleRequest}, {store.ErrTooLarge, titleRequest}, {data.ErrMismatch, titleRequest}, {data.ErrTooLarge, titleRequest},
	} {
		if errors.Is(err, known.err) {
			return known.title
		}
	}
	return unforeseen
}

// reply sends an answer to where the message wants it, or to a topic of the bridge's.
func (b *Bridge) reply(m *incoming, topic string, answer any) {
	out := &outgoing{topic: b.base + topic, payload: encode(answer), qos: 1}
	if m.replyTo != "" && topicName(m.replyTo) {
		out.topic, out.correlation = m.replyTo, m.correlation
	}
	b.out.put(out)
}

// encode makes JSON. What has none, such as a probability that is no number, is a problem.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		b, _ = json.Marshal(Problem{unforeseen, err.Error()}) // two strings have JSON
	}
	return b
}
