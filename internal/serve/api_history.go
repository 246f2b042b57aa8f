package serve

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/pffedge/pffedge/internal/service"
	"github.com/pffedge/pffedge/runtime/store"
)

func changed(w http.ResponseWriter, c *service.Changed, err error) error {
	if err == nil {
		answer(w, http.StatusOK, c)
	}
	return err
}

func (s *Server) undo(w http.ResponseWriter, r *http.Request) error {
	ask := struct {
		Count int    `json:"count"`
		Last  uint64 `json:"last"`
	}{Count: 1}
	if _, err := s.object(r, &ask); err != nil {
		return err
	}
	c, err := s.service.Undo(r.Context(), ask.Count, ask.Last)
	return changed(w, c, err)
}

func (s *Server) rollback(w http.ResponseWriter, r *http.Request) error {
	var ask struct {
		To *uint64 `json:"to"`
	}
	if _, err := s.object(r, &ask); err != nil {
		return err
	}
	if ask.To == nil {
		return badRequest("to is missing: the operation to go back to, 0 for the beginning")
	}
	c, err := s.service.Rollback(r.Context(), *ask.To)
	return changed(w, c, err)
}

func (s *Server) history(w http.ResponseWriter, r *http.Request) error {
	n, err := number(r, "n", 50, service.MaxHistory)
	if err != nil {
		return err
	}
	list, err := s.service.History(n)
	if err == nil {
		answer(w, http.StatusOK, map[string]any{"operations": list})
	}
	return err
}

func (s *Server) snapshots(w http.ResponseWriter, _ *http.Request) error {
	info, err := s.service.Store()
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, struct {
		Sequence  uint64           `json:"sequence"`
		Snapshots []store.Snapshot `json:"snapshots"`
	}{info.Sequence, info.Snapshots})
	return nil
}

func (s *Server) snapshot(w http.ResponseWriter, r *http.Request) error {
	n, err := s.service.Snapshot(r.Context())
	if err == nil {
		answer(w, http.StatusOK, map[string]uint64{"sequence": n})
	}
	return err
}

func (s *Server) sleep(w http.ResponseWriter, r *http.Request) error {
	var ask struct {
		Steps   int     `json:"steps"`
		Seconds float64 `json:"seconds"`
	}
	if _, err := s.object(r, &ask); err != nil {
		return err
	}
	state, err := s.service.Sleep(r.Context(), ask.Steps, ask.Seconds)
	if err == nil {
		answer(w, http.StatusAccepted, state)
	}
	return err
}

func (s *Server) wake(w http.ResponseWriter, r *http.Request) error {
	state, err := s.service.Wake(r.Context())
	if err == nil {
		answer(w, http.StatusOK, state)
	}
	return err
}

// sampleOut is a remembered sample in an answer.
type sampleOut struct {
	ID    uint64 `json:"id"`
	Class string `json:"class"`
	Image string `json:"image,omitempty"` // where it is
	Data  any    `json:"data"`            // the picture itself, or the values
}

func (s *Server) samples(w http.ResponseWriter, r *http.Request) error {
	n, err := number(r, "n", 50, service.MaxSamples)
	if err != nil {
		return err
	}
	skip, err := number(r, "skip", 0, 1<<30)
	if err != nil {
		return err
	}
	got, err := s.service.Samples(r.Context(), r.URL.Query().Get("class"), skip, n)
	if err != nil {
		return err
	}
	in, out := s.service.Current().Input(), make([]sampleOut, 0, len(got.List))
	for _, sample := range got.List {
		o := sampleOut{ID: sample.ID, Class: sample.Class, Data: shown(in, sample.Values)}
		if in.IsImage() {
			o.Image = "/v1/samples/" + strconv.FormatUint(sample.ID, 10) + ".png"
		}
		out = append(out, o)
	}
	answer(w, http.StatusOK, map[string]any{"total": got.Total, "samples": out})
	return nil
}

func (s *Server) sample(w http.ResponseWriter, r *http.Request) error {
	number, asPicture := strings.CutSuffix(r.PathValue("name"), ".png")
	id, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return badRequest("want the number of a remembered sample")
	}
	sample, err := s.service.Sample(r.Context(), id)
	if err != nil {
		return err
	}
	in := s.service.Current().Input()
	if asPicture && in.IsImage() {
		w.Header().Set("Content-Type", "image/png")
		w.Write(picture(in, sample.Values))
		return nil
	}
	answer(w, http.StatusOK, sampleOut{ID: id, Class: sample.Class, Data: shown(in, sample.Values)})
	return nil
}
