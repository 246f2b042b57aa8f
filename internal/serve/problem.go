package serve

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"syscall"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/service"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/store"
)

// problem is an error as the client gets it: problem details of RFC 9457.
type problem struct {
	Type   string `json:"type"` // below /problems/
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	Harm   any    `json:"harm,omitempty"` // of what was refused
}

func (p *problem) Error() string { return p.Detail }

func newProblem(status int, name, title, detail string) *problem {
	return &problem{Type: "/problems/" + name, Title: title, Status: status, Detail: detail}
}

func badRequest(detail string) *problem {
	return newProblem(http.StatusBadRequest, "bad-request", "The request makes no sense", detail)
}

// kinds says which problem an error is.
var kinds = []struct {
	err    error
	status int
	name   string
	title  string
}{
	{service.ErrBusy, http.StatusServiceUnavailable, "busy", "Too many operations are waiting"},
	{service.ErrClosing, http.StatusServiceUnavailable, "stopping", "The service is stopping"},
	{service.ErrBroken, http.StatusServiceUnavailable, "broken", "The store has failed"},
	{service.ErrKey, http.StatusUnprocessableEntity, "key-reused", "The idempotency key belongs to another request"},
	{service.ErrChanged, http.StatusConflict, "changed", "The history has changed"},
	{service.ErrNotFound, http.StatusNotFound, "not-found", "There is no such thing"},
	{service.ErrRequest, http.StatusBadRequest, "bad-request", "The request makes no sense"},
	{data.ErrTooLarge, http.StatusRequestEntityTooLarge, "too-large", "The image is too large"},
	{store.ErrFull, http.StatusInsufficientStorage, "full", "The log is full"},
	{syscall.ENOSPC, http.StatusInsufficientStorage, "full", "The disk is full"},
	{syscall.EDQUOT, http.StatusInsufficientStorage, "full", "The disk is full"},
	{store.ErrUnreachable, http.StatusConflict, "unreachable", "The history does not lead there any more"},
	{store.ErrDependent, http.StatusConflict, "dependent", "A later operation needs what is to be taken out"},
	{store.ErrOperation, http.StatusConflict, "bad-operation", "There is no such operation"},
	{store.ErrChanged, http.StatusConflict, "changed", "The history has changed"},
	{runtime.ErrNoClass, http.StatusNotFound, "no-class", "The model does not have the class"},
	{runtime.ErrNoRehearsal, http.StatusConflict, "no-rehearsal", "The store does not rehearse"},
	{runtime.ErrNoMixture, http.StatusConflict, "no-generator", "The model does not imagine"},
	{runtime.ErrOperation, http.StatusBadRequest, "bad-request", "The request makes no sense"},
	{runtime.ErrInput, http.StatusBadRequest, "bad-request", "The samples do not fit the model"},
	{runtime.ErrMethod, http.StatusBadRequest, "bad-request", "There is no such method"},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "late", "It took too long"},
}

// problemOf returns the problem that an error is.
func problemOf(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return newProblem(http.StatusRequestEntityTooLarge, "too-large", "The request is too large", "")
	}
	if r, ok := errors.AsType[*service.Refused](err); ok {
		p := newProblem(http.StatusConflict, "refused", "It would take too much from the classes known", r.Excess)
		p.Harm = r.Harm
		return p
	}
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			return newProblem(k.status, k.name, k.title, err.Error())
		}
	}
	return newProblem(http.StatusInternalServerError, "internal", "Something went wrong here", "")
}

// answer writes a value as JSON.
func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) // whom it does not reach has gone
}

// refuse writes an error as a problem, and notes in the log what is not the client's
// fault.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // nobody is there any more
	}
	p := *problemOf(err)
	p.Detail = s.hide.Replace(p.Detail)
	if p.Status == http.StatusInternalServerError {
		s.log.Error("request failed", "path", r.URL.Path, "error", err)
	}
	if p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	writeProblem(w, &p)
}

func writeProblem(w io.Writer, p *problem) { json.NewEncoder(w).Encode(p) }
