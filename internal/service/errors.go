package service

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/pffedge/pffedge/internal/lessons"
)

// What can be wrong with a request, besides what package runtime's Learner.Check and
// package store return.
var (
	// ErrBusy: as many operations wait as may. Try again later.
	ErrBusy = errors.New("too many operations are waiting")
	// ErrClosing: the service is stopping; nothing was done.
	ErrClosing = errors.New("the service is stopping")
	// ErrBroken: the store cannot be used any more; predictions go on.
	ErrBroken = errors.New("the store has failed, and nothing can be learned")
	// ErrKey: the idempotency key was used for another request.
	ErrKey = errors.New("the idempotency key belongs to another request")
	// ErrRequest: the request makes no sense.
	ErrRequest = errors.New("bad request")
	// ErrNotFound: there is no such class, sample or operation.
	ErrNotFound = errors.New("not found")
	// ErrChanged: the history is not what the caller has seen.
	ErrChanged = errors.New("the history has changed")
)

// Refused is the error of an operation that would take too much from the classes known.
// Nothing was learned.
type Refused struct {
	Excess string // in words
	Harm   lessons.Harm
}

func (r *Refused) Error() string { return "refused: " + r.Excess + "; nothing was learned" }

func badRequest(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRequest, fmt.Sprintf(format, args...))
}

// goodName refuses names of classes that no page or log could show.
func goodName(class string) error {
	switch {
	case class == "":
		return badRequest("class is missing")
	case strings.ContainsFunc(class, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }):
		return badRequest("class: a name with control characters")
	}
	return nil
}
