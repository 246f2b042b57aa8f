package serve

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/pffedge/pffedge/internal/service"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// The Open Inference Protocol, version 2, over HTTP.

func (s *Server) live(w http.ResponseWriter, _ *http.Request) error {
	answer(w, http.StatusOK, map[string]bool{"live": true})
	return nil
}

func (s *Server) ready(w http.ResponseWriter, _ *http.Request) error {
	if err := s.service.Err(); err != nil {
		return err
	}
	answer(w, http.StatusOK, map[string]bool{"ready": true})
	return nil
}

func (s *Server) inferenceServer(w http.ResponseWriter, _ *http.Request) error {
	answer(w, http.StatusOK, map[string]any{"name": "pffedge", "version": s.opt.Version, "extensions": []string{}})
	return nil
}

func (s *Server) isModel(r *http.Request) error {
	if name := r.PathValue("model"); name != s.opt.Model {
		return newProblem(http.StatusNotFound, "not-found", "There is no such model", fmt.Sprintf("%.80q, there is %q", name, s.opt.Model))
	}
	return nil
}

func (s *Server) modelReady(w http.ResponseWriter, r *http.Request) error {
	if err := s.isModel(r); err != nil {
		return err
	}
	answer(w, http.StatusOK, map[string]any{"name": s.opt.Model, "ready": true})
	return nil
}

type tensorShape struct {
	Name     string `json:"name"`
	Datatype string `json:"datatype"`
	Shape    []int  `json:"shape"`
}

func (s *Server) inferenceModel(w http.ResponseWriter, r *http.Request) error {
	if err := s.isModel(r); err != nil {
		return err
	}
	p := s.service.Current()
	answer(w, http.StatusOK, map[string]any{
		"name": s.opt.Model, "versions": []string{strconv.FormatUint(p.Sequence, 10)}, "platform": "pffedge",
		"inputs":  []tensorShape{{"input", "FP32", []int{-1, p.Input().Values()}}},
		"outputs": []tensorShape{{"class", "BYTES", []int{-1}}, {"probabilities", "FP32", []int{-1, len(p.Classes)}}},
	})
	return nil
}

type inferIn struct {
	ID         string                    `json:"id"`
	Parameters map[string]jsontext.Value `json:"parameters"`
	Inputs     []struct {
		Name       string                    `json:"name"`
		Shape      []int                     `json:"shape"`
		Datatype   string                    `json:"datatype"`
		Parameters map[string]jsontext.Value `json:"parameters"`
		Data       []float32                 `json:"data"`
	} `json:"inputs"`
	Outputs []struct {
		Name       string                    `json:"name"`
		Parameters map[string]jsontext.Value `json:"parameters"`
	} `json:"outputs"`
}

type tensorOut struct {
	tensorShape
	Data any `json:"data"`
}

// numeric are the data types whose values are raw values in JSON.
var numeric = []string{"FP32", "FP64", "UINT8", "UINT16", "UINT32", "INT8", "INT16", "INT32", "INT64"}

// infer predicts samples, rows of raw values, flat or not; the parameter "method" chooses
// how.
func (s *Server) infer(w http.ResponseWriter, r *http.Request) error {
	if err := s.isModel(r); err != nil {
		return err
	}
	if r.Header.Get("Inference-Header-Content-Length") != "" {
		return newProblem(http.StatusUnsupportedMediaType, "media-type", "No such content is taken", "binary tensors are not taken; send the data as JSON")
	}
	var ask inferIn
	if _, err := s.object(r, &ask); err != nil {
		return err
	}
	if len(ask.Inputs) != 1 || ask.Inputs[0].Name != "input" {
		return badRequest(`want one input, named "input"`)
	}
	method := runtime.Auto
	if text, given := ask.Parameters["method"]; given {
		name, err := strconv.Unquote(string(text))
		if err == nil {
			method, err = runtime.ParseMethod(name)
		}
		if err != nil {
			return badRequest(fmt.Sprintf("parameter method: there are %v", runtime.Methods()))
		}
	}
	for _, o := range ask.Outputs {
		if o.Name != "class" && o.Name != "probabilities" {
			return badRequest(fmt.Sprintf("no output %.40q, there are class and probabilities", o.Name))
		}
	}
	x, err := s.tensor(&ask)
	if err != nil {
		return err
	}
	got, err := s.service.Predict(r.Context(), x, method, false)
	if err != nil {
		return err
	}
	wanted := func(name string) bool {
		return len(ask.Outputs) == 0 || slices.ContainsFunc(ask.Outputs, func(o struct {
			Name       string                    `json:"name"`
			Parameters map[string]jsontext.Value `json:"parameters"`
		}) bool {
			return o.Name == name
		})
	}
	out := struct {
		ModelName    string      `json:"model_name"`
		ModelVersion string      `json:"model_version"`
		ID           string      `json:"id,omitempty"`
		Outputs      []tensorOut `json:"outputs"`
	}{s.opt.Model, strconv.FormatUint(got.Sequence, 10), ask.ID, nil}
	var names []string
	var all []float32
	for i := range x.Rows {
		best, _ := runtime.Best(got.Probabilities.Row(i))
		names, all = append(names, got.Classes[best]), append(all, got.Probabilities.Row(i)...)
	}
	if wanted("class") {
		out.Outputs = append(out.Outputs, tensorOut{tensorShape{"class", "BYTES", []int{x.Rows}}, names})
	}
	if wanted("probabilities") {
		out.Outputs = append(out.Outputs, tensorOut{tensorShape{"probabilities", "FP32", []int{x.Rows, len(got.Classes)}}, all})
	}
	answer(w, http.StatusOK, &out)
	return nil
}

// tensor returns the samples of a request as scaled inputs.
func (s *Server) tensor(ask *inferIn) (simd.Matrix, error) {
	var none simd.Matrix
	t, in := &ask.Inputs[0], s.service.Current().Input()
	if !slices.Contains(numeric, t.Datatype) {
		return none, badRequest(fmt.Sprintf("data type %.20q, want FP32", t.Datatype))
	}
	n, values := 1, in.Values()
	for i, d := range t.Shape {
		if d < 1 || d > service.MaxPredicted*values {
			return none, badRequest(fmt.Sprintf("shape: dimension %d is %d", i, d))
		}
		if n *= d; n > service.MaxPredicted*values {
			return none, badRequest(fmt.Sprintf("more than %d samples", service.MaxPredicted))
		}
	}
	rows := n / values
	if len(t.Shape) == 0 || n%values != 0 || rows < 1 || (t.Shape[0] != rows && !(rows == 1 && n == values)) {
		return none, badRequest(fmt.Sprintf("shape %v, want [n, %d]", t.Shape, values))
	}
	if len(t.Data) != n {
		return none, badRequest(fmt.Sprintf("%d values for a shape of %d", len(t.Data), n))
	}
	x := simd.NewMatrix(rows, in.Size())
	for i := range rows {
		if err := scaleValues(x.Row(i), in, t.Data[i*values:(i+1)*values]); err != nil {
			return none, badRequest(fmt.Sprintf("sample %d: %v", i, err))
		}
	}
	return x, nil
}
