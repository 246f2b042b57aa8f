package runtime

import (
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// Engine is a model ready to predict: read-only, shared by any number of
// sessions.
type Engine struct {
	model       *model.Model
	params      *model.Params // the model's; in int8 what is needed of them in float32
	w           matrices
	competition [][]float32 // per layer −Llat, see simd.CompetitionF32
}

// New returns an engine for m, which must not change while the engine is in
// use. It fails if m is malformed. Weights in int8 are restored to float32.
//
// What model.Open has left to check of m is checked when it is first used: a
// session's methods then return the model.FileError.
func New(m *model.Model) (*Engine, error) {
	if !m.ReadOnly() || m.Int8 != nil {
		if err := m.Validate(); err != nil {
			return nil, err
		}
	}
	return newEngine(m), nil
}

func newEngine(m *model.Model) *Engine {
	e := &Engine{model: m, params: m.Params, competition: make([][]float32, len(m.Config.Hidden))}
	if m.Int8 != nil {
		e.params, e.w = smallParams(m), int8Network(m.Int8)
	} else {
		e.w = floatNetwork(m.Params)
	}
	for i := range e.competition {
		e.competition[i] = simd.NewVector(m.Config.Blocks(i).Len())
	}
	e.refresh()
	return e
}

// refresh recomputes what is derived from the parameters.
func (e *Engine) refresh() {
	for i, l := range e.params.Layers {
		simd.CompetitionF32(e.competition[i], l.Lateral, e.model.Config.Blocks(i))
	}
}

// Model returns the engine's model. It is shared: do not change it.
func (e *Engine) Model() *model.Model { return e.model }
