package serve

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/pffedge/pffedge/internal/lessons"
	"github.com/pffedge/pffedge/internal/service"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// lessonIn is a request to teach or correct.
type lessonIn struct {
	samplesIn  `json:",inline"`
	Class      string   `json:"class"`
	New        bool     `json:"new"`
	Force      bool     `json:"force"`
	Limit      *float64 `json:"limit"`
	ClassLimit *float64 `json:"class_limit"`
	Was        string   `json:"was"`
	Sample     *uint64  `json:"sample"`
}

// key returns the idempotency key of a request with that body.
func key(r *http.Request, body []byte) (service.Key, error) {
	names := r.Header.Values("Idempotency-Key")
	if len(names) == 0 {
		return service.Key{}, nil
	}
	if len(names) > 1 || names[0] == "" {
		return service.Key{}, badRequest("want one Idempotency-Key, not empty")
	}
	return service.NewKey(names[0], r.Method, r.URL.RequestURI(), body)
}

// lessonOf reads a lesson. A request that is an image has the rest as parameters.
func (s *Server) lessonOf(r *http.Request) (*lessonIn, *service.Lesson, error) {
	b, kind, err := s.read(r)
	if err != nil {
		return nil, nil, err
	}
	in := s.service.Current().Input()
	var ask lessonIn
	l := &service.Lesson{}
	if kind == "image" {
		q := r.URL.Query()
		ask.Class, ask.Was = q.Get("class"), q.Get("was")
		if ask.New, err = choice(r, "new", false); err != nil {
			return nil, nil, err
		}
		if ask.Force, err = choice(r, "force", false); err != nil {
			return nil, nil, err
		}
		l.Samples, err = s.oneImage(in, b)
	} else if err = decode(b, &ask); err == nil && ask.Sample == nil {
		l.Samples, err = s.matrix(in, &ask.samplesIn)
	}
	if err != nil {
		return nil, nil, err
	}
	if l.Key, err = key(r, b); err != nil {
		return nil, nil, err
	}
	if ask.Limit != nil || ask.ClassLimit != nil {
		gate := lessons.DefaultGate
		if ask.Limit != nil {
			gate.Limit = *ask.Limit
		}
		if ask.ClassLimit != nil {
			gate.ClassLimit = *ask.ClassLimit
		}
		if err := gate.Check(); err != nil {
			return nil, nil, badRequest(err.Error())
		}
		l.Gate = &gate
	}
	l.Class, l.New, l.Force = ask.Class, ask.New, ask.Force
	return &ask, l, nil
}

func done(w http.ResponseWriter, d *service.Done, err error) error {
	if err == nil {
		answer(w, http.StatusOK, d)
	}
	return err
}

func (s *Server) teach(w http.ResponseWriter, r *http.Request) error {
	ask, l, err := s.lessonOf(r)
	if err != nil {
		return err
	}
	if ask.Was != "" || ask.Sample != nil {
		return badRequest("was and sample belong to /v1/correct")
	}
	d, err := s.service.Teach(r.Context(), l)
	return done(w, d, err)
}

func (s *Server) correct(w http.ResponseWriter, r *http.Request) error {
	ask, l, err := s.lessonOf(r)
	if err != nil {
		return err
	}
	if ask.Sample != nil {
		if ask.Was != "" || ask.New || len(ask.Images)+len(ask.Inputs) > 0 {
			return badRequest("sample names a remembered sample: no was, new, images or inputs with it")
		}
		d, err := s.service.Relabel(r.Context(), l.Key, *ask.Sample, l.Class, l.Force)
		return done(w, d, err)
	}
	if ask.Was == ask.Class {
		return badRequest("was is class: it was right")
	}
	d, err := s.service.Correct(r.Context(), l, ask.Was)
	return done(w, d, err)
}

func (s *Server) learn(w http.ResponseWriter, r *http.Request) error {
	b, kind, err := s.read(r)
	if err != nil {
		return err
	}
	if kind != "json" {
		return newProblem(http.StatusUnsupportedMediaType, "media-type", "No such content is taken", "want application/json")
	}
	var ask struct {
		Samples []struct {
			Class string         `json:"class"`
			Image string         `json:"image"`
			Input jsontext.Value `json:"input"`
		} `json:"samples"`
	}
	if err := decode(b, &ask); err != nil {
		return err
	}
	n := len(ask.Samples)
	if n < 1 || n > runtime.MaxTeachSamples {
		return badRequest(fmt.Sprintf("%d samples, want 1…%d", n, runtime.MaxTeachSamples))
	}
	in := s.service.Current().Input()
	t := &service.Stream{Samples: simd.NewMatrix(n, in.Size())}
	for i, sample := range ask.Samples {
		if (sample.Image == "") == (len(sample.Input) == 0) {
			return badRequest(fmt.Sprintf("sample %d: want an image or an input", i))
		}
		t.Classes = append(t.Classes, sample.Class)
		if len(sample.Input) > 0 {
			err = scaleJSON(t.Samples.Row(i), in, sample.Input)
			if err != nil {
				return badRequest(fmt.Sprintf("sample %d: %v", i, err))
			}
			continue
		}
		picture, err := base64.StdEncoding.DecodeString(sample.Image)
		if err != nil {
			return badRequest(fmt.Sprintf("sample %d: not in base 64", i))
		}
		if err := s.scaleImage(t.Samples.Row(i), in, fmt.Sprintf("sample %d", i), picture); err != nil {
			return err
		}
	}
	if t.Key, err = key(r, b); err != nil {
		return err
	}
	d, err := s.service.Learn(r.Context(), t)
	return done(w, d, err)
}

func (s *Server) addClass(w http.ResponseWriter, r *http.Request) error {
	var ask struct {
		Class string `json:"class"`
	}
	b, err := s.object(r, &ask)
	if err != nil {
		return err
	}
	k, err := key(r, b)
	if err != nil {
		return err
	}
	d, err := s.service.AddClass(r.Context(), k, ask.Class)
	return done(w, d, err)
}

// object reads a request that is an object of JSON.
func (s *Server) object(r *http.Request, into any) ([]byte, error) {
	b, kind, err := s.read(r)
	if err != nil {
		return nil, err
	}
	if kind != "json" {
		return nil, newProblem(http.StatusUnsupportedMediaType, "media-type", "No such content is taken", "want application/json")
	}
	return b, decode(b, into)
}

// forgetSteps is how long it rehearses after it has forgotten something, unless told
// otherwise.
const forgetSteps = 300

func (s *Server) forget(w http.ResponseWriter, r *http.Request) error {
	var ask struct {
		Class      string   `json:"class"`
		Samples    []uint64 `json:"samples"`
		Operations []uint64 `json:"operations"`
		Sleep      *int     `json:"sleep"`
	}
	b, err := s.object(r, &ask)
	if err != nil {
		return err
	}
	given, steps := 0, forgetSteps
	for _, is := range []bool{ask.Class != "", len(ask.Samples) > 0, len(ask.Operations) > 0} {
		if is {
			given++
		}
	}
	if given != 1 {
		return badRequest("what to forget: one of class, samples and operations")
	}
	if ask.Sleep != nil {
		steps = *ask.Sleep
	}
	if len(ask.Operations) > 0 {
		if ask.Sleep != nil && steps > 0 {
			return badRequest("what is taken out leaves nothing to sleep over")
		}
		c, err := s.service.TakeOut(r.Context(), ask.Operations)
		return changed(w, c, err)
	}
	k, err := key(r, b)
	if err != nil {
		return err
	}
	d, err := s.service.Forget(r.Context(), k, ask.Class, ask.Samples, steps)
	return done(w, d, err)
}

func (s *Server) forgetClass(w http.ResponseWriter, r *http.Request) error {
	steps, err := number(r, "sleep", forgetSteps, runtime.MaxSleepSteps)
	if err != nil {
		return err
	}
	k, err := key(r, nil)
	if err != nil {
		return err
	}
	d, err := s.service.Forget(r.Context(), k, r.PathValue("class"), nil, steps)
	return done(w, d, err)
}

func (s *Server) forgetSample(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseUint(strings.TrimSuffix(r.PathValue("name"), ".png"), 10, 64)
	if err != nil {
		return badRequest("want the number of a remembered sample")
	}
	steps, err := number(r, "sleep", 0, runtime.MaxSleepSteps)
	if err != nil {
		return err
	}
	k, err := key(r, nil)
	if err != nil {
		return err
	}
	d, err := s.service.Forget(r.Context(), k, "", []uint64{id}, steps)
	return done(w, d, err)
}
