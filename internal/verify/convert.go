package verify

import (
	"fmt"

	"github.com/pffedge/pffedge/internal/oracle"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// modelOf returns the recorded network before its batch.
func modelOf(rec *oracle.Recording) *model.Model {
	o := &rec.Config
	c := model.Config{
		Input:         vector(o.Inputs),
		Hidden:        o.Hidden,
		Group:         o.Group,
		Rounds:        o.Rounds,
		Leak:          float32(o.Alpha),
		LabelScale:    float32(o.LabelScale),
		GoodnessFrom:  max(rec.Classify.From, 0),
		GoodnessSteps: rec.Classify.Steps,
		Latents:       o.Latents,
		Latent:        model.Latent{Rate: float32(o.Beta), Moves: o.Rounds, BatchMean: true, Driven: true},
	}
	for i := range o.Classes {
		c.Classes = append(c.Classes, fmt.Sprint(i))
	}
	return &model.Model{Config: c, Params: ParamsOf(&c, rec.ParamsBefore)}
}

// vector returns the specification of d inputs taken as they are.
func vector(d int) model.Input {
	in := model.Input{Features: d, Offset: make([]float32, d), Scale: make([]float32, d)}
	for i := range in.Scale {
		in.Scale[i] = 1
	}
	return in
}

// settingsOf returns how the recorded network learns.
func settingsOf(rec *oracle.Recording) runtime.Settings {
	o := &rec.Config
	set, _, err := runtime.Preset("reference")
	if err != nil {
		panic(err) // the preset is part of this program
	}
	set.Adam = simd.Adam{Rate: o.LR, Beta1: o.Beta1, Beta2: o.Beta2, Epsilon: o.EpsAdam, Clip: o.Clip}
	set.GenAdam = set.Adam
	set.Decay, set.GenDecay = o.Decay, o.GenDecay
	set.Theta = o.Theta
	return set
}

// ParamsOf packs the oracle's parameters, or gradients, of a network of
// configuration c.
func ParamsOf(c *model.Config, p *oracle.Params) *model.Params {
	q := model.NewParams(c)
	from := map[string]oracle.Matrix{}
	for _, t := range p.Tensors() {
		from[t.Name] = t.Data
	}
	for _, t := range q.Tensors() {
		rows := from[t.Name]
		eachElement(t, c.Group, func(at *float32, i, j int) { *at = float32(rows[i][j]) })
	}
	return q
}

// eachElement calls f for every element that counts of a tensor: where it
// lies, its row and its column.
func eachElement(t model.Tensor, group int, f func(at *float32, i, j int)) {
	index := simd.Packed{K: t.Rows, N: t.Cols}.Index
	if t.Kind == model.LateralTensor {
		index = simd.Blocks{Units: t.Cols, Group: group}.Index
	}
	for i := range t.Rows {
		for j := range t.Cols {
			if t.Kind != model.LateralTensor || oracle.SameGroup(i, j, group) {
				f(&t.Data[index(i, j)], i, j)
			}
		}
	}
}

func matrixOf(m oracle.Matrix) simd.Matrix {
	out := simd.NewMatrix(len(m), len(m[0]))
	for r, row := range m {
		for i, v := range row {
			out.Row(r)[i] = float32(v)
		}
	}
	return out
}

func matricesOf(list []oracle.Matrix) []simd.Matrix {
	out := make([]simd.Matrix, len(list))
	for i, m := range list {
		out[i] = matrixOf(m)
	}
	return out
}
