package serve

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/pffedge/pffedge/internal/service"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// predicted is what is said of one sample.
type predicted struct {
	Class         string             `json:"class"`
	Confidence    float32            `json:"confidence"`
	Probabilities map[string]float32 `json:"probabilities,omitempty"`
	Explained     *explained         `json:"explained,omitempty"`
}

type explained struct {
	Surprise       map[string]float32 `json:"surprise"`
	Lead           float32            `json:"lead"`
	Novelty        *float64           `json:"novelty"`
	Error          float32            `json:"error"`
	Input          any                `json:"input"`          // as the model is given it
	Reconstruction any                `json:"reconstruction"` // as it sees it; null if it does not reconstruct
}

type predictions struct {
	Sequence    uint64      `json:"sequence"`
	Method      string      `json:"method"`
	Predictions []predicted `json:"predictions"`
}

// choice reads a parameter that is true or false.
func choice(r *http.Request, name string, without bool) (bool, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return without, nil
	}
	v, err := strconv.ParseBool(text)
	if err != nil {
		return false, badRequest(fmt.Sprintf("%s=%.40q, want true or false", name, text))
	}
	return v, nil
}

// number reads a parameter that is a whole number.
func number(r *http.Request, name string, without, most int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return without, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		return 0, badRequest(fmt.Sprintf("%s=%.40q, want 0…%d", name, text, most))
	}
	return n, nil
}

// input reads the samples of a request without more in it than those.
func (s *Server) input(r *http.Request, in model.Input) (simd.Matrix, error) {
	b, kind, err := s.read(r)
	if err != nil {
		return simd.Matrix{}, err
	}
	if kind == "image" {
		return s.oneImage(in, b)
	}
	var from samplesIn
	if err := decode(b, &from); err != nil {
		return simd.Matrix{}, err
	}
	return s.matrix(in, &from)
}

func (s *Server) oneImage(in model.Input, b []byte) (simd.Matrix, error) {
	x := simd.NewMatrix(1, in.Size())
	return x, s.scaleImage(x.Row(0), in, "the image", b)
}

func (s *Server) predict(w http.ResponseWriter, r *http.Request) error {
	method, text := runtime.Auto, r.URL.Query().Get("method")
	if text != "" {
		var err error
		if method, err = runtime.ParseMethod(text); err != nil {
			return badRequest(fmt.Sprintf("method=%.40q, there are %v", text, runtime.Methods()))
		}
	}
	explain, err := choice(r, "explain", false)
	if err != nil {
		return err
	}
	all, err := choice(r, "probabilities", true)
	if err != nil {
		return err
	}
	in := s.service.Current().Input()
	x, err := s.input(r, in)
	if err != nil {
		return err
	}
	got, err := s.service.Predict(r.Context(), x, method, explain)
	if err != nil {
		return err
	}
	out := predictions{got.Sequence, string(method), make([]predicted, x.Rows)}
	for i := range out.Predictions {
		p := &out.Predictions[i]
		row := got.Probabilities.Row(i)
		var best int
		best, p.Confidence = runtime.Best(row)
		p.Class = got.Classes[best]
		if all {
			p.Probabilities = byClass(got.Classes, row)
		}
		if explain {
			e := &got.Explained[i]
			p.Explained = &explained{byClass(got.Classes, e.Surprise), e.Lead, e.Novelty, e.Error, shown(in, x.Row(i)), nil}
			if e.Reconstruction != nil {
				p.Explained.Reconstruction = shown(in, e.Reconstruction)
			}
		}
	}
	answer(w, http.StatusOK, &out)
	return nil
}

func byClass(classes []string, values []float32) map[string]float32 {
	m := make(map[string]float32, len(classes))
	for i, name := range classes {
		m[name] = values[i]
	}
	return m
}

// pictures is an answer that consists of samples.
type pictures struct {
	Class  string `json:"class,omitempty"`
	Seed   uint64 `json:"seed,omitempty"`
	Images []any  `json:"images,omitempty"`
	Values []any  `json:"values,omitempty"`
}

func (p *pictures) add(in model.Input, x simd.Matrix) {
	for i := range x.Rows {
		if in.IsImage() {
			p.Images = append(p.Images, shown(in, x.Row(i)))
		} else {
			p.Values = append(p.Values, shown(in, x.Row(i)))
		}
	}
}

func (s *Server) reconstruct(w http.ResponseWriter, r *http.Request) error {
	in := s.service.Current().Input()
	x, err := s.input(r, in)
	if err != nil {
		return err
	}
	y, err := s.service.Reconstruct(r.Context(), x)
	if err != nil {
		return err
	}
	var out pictures
	out.add(in, y)
	answer(w, http.StatusOK, &out)
	return nil
}

func (s *Server) generate(w http.ResponseWriter, r *http.Request) error {
	b, kind, err := s.read(r)
	if err != nil {
		return err
	}
	if kind != "json" {
		return newProblem(http.StatusUnsupportedMediaType, "media-type", "No such content is taken", "want application/json")
	}
	ask := struct {
		Class string `json:"class"`
		Count int    `json:"count"`
		Seed  uint64 `json:"seed"`
	}{Count: 16}
	if err := decode(b, &ask); err != nil {
		return err
	}
	in := s.service.Current().Input()
	x, err := s.service.Imagine(r.Context(), ask.Class, ask.Count, ask.Seed)
	if err != nil {
		return err
	}
	if in.IsImage() && r.Header.Get("Accept") == "image/png" {
		return writeGrid(w, in, x)
	}
	out := pictures{Class: ask.Class, Seed: ask.Seed}
	out.add(in, x)
	answer(w, http.StatusOK, &out)
	return nil
}

func (s *Server) classes(w http.ResponseWriter, r *http.Request) error {
	k := s.service.Known()
	answer(w, http.StatusOK, struct {
		Sequence uint64          `json:"sequence"`
		Classes  []service.Class `json:"classes"`
	}{k.Sequence, k.Classes})
	return nil
}
