package oracle

import (
	"encoding/json"
	"fmt"
)

// recording decodes the whole file. The sizes come first: they bound every
// allocation after them.
func (d *decoder) recording(data []byte) *Recording {
	top := d.object("recording", data)
	rec := &Recording{}
	rows := d.config(rec, d.child(top, "config"))
	d.checkRoom(&rec.Config, rows, len(data))
	if d.err != nil {
		return nil
	}
	c := &rec.Config
	if raw, ok := top["noise_scaled"]; ok && string(raw) != "true" {
		d.fail("noise_scaled", "want true")
	}
	rec.ParamsBefore = NewParams(c)
	d.tensors("params_before", top["params_before"], rec.ParamsBefore.Tensors())
	d.competition(top["competition_matrix"], c)
	rec.Batch = Batch{
		X:        d.matrix("x", top["x"], rows, c.Inputs),
		Y:        d.oneHot("y", top["y"], rows, c.Classes),
		Positive: d.labels(top["lab"], rows),
	}
	rec.Start = d.start(top["forward"], rows, c)
	rec.Steps = d.steps(top["steps"], rows, c)
	d.predictions(rec, top)
	return rec
}

func (d *decoder) start(raw json.RawMessage, rows int, c *Config) RecordedState {
	parts := d.list("forward", raw, c.Layers()+1)
	s := RecordedState{Z: make([]Matrix, c.Layers())}
	for l, h := range c.Hidden {
		s.Z[l] = d.matrix(fmt.Sprintf("forward[%d]", l), parts[l], rows, h)
	}
	last := c.Layers()
	s.YHat = d.matrix(fmt.Sprintf("forward[%d]", last), parts[last], rows, c.Classes)
	return s
}

func (d *decoder) steps(raw json.RawMessage, rows int, c *Config) []RecordedStep {
	steps := make([]RecordedStep, c.Rounds)
	for k, part := range d.list("steps", raw, c.Rounds) {
		if d.err != nil {
			break
		}
		d.step = k
		steps[k] = d.recordedStep(part, rows, c)
	}
	d.step = -1
	return steps
}

func (d *decoder) recordedStep(raw json.RawMessage, rows int, c *Config) RecordedStep {
	o := d.object("step", raw)
	s := RecordedStep{
		Delta:          NewParams(c),
		ParamsAfter:    NewParams(c),
		GoodnessLoss:   d.number("loss_goodness", o["loss_goodness"]),
		GenerativeLoss: d.number("loss_generative", o["loss_generative"]),
		ZGBefore:       d.matrix("z_g_before", o["z_g_before"], rows, c.Latents),
		ZG:             d.matrix("z_g", o["z_g"], rows, c.Latents),
		XHat:           d.matrix("x_hat", o["x_hat"], rows, c.Inputs),
		Noise:          Noise{Step: d.perLayer("eps", o, rows, c), Generative: d.perLayer("gen_eps", o, rows, c)},
		After:          RecordedState{Z: d.perLayer("z", o, rows, c), YHat: d.matrix("y_hat", o["y_hat"], rows, c.Classes)},
	}
	d.tensors("delta", o["delta"], append(s.Delta.Representation(), s.Delta.Readouts()...))
	d.tensors("params_after", o["params_after"], s.ParamsAfter.Tensors())
	return s
}

// perLayer decodes prefix1, prefix2, …, one matrix a hidden layer.
func (d *decoder) perLayer(prefix string, o object, rows int, c *Config) []Matrix {
	list := make([]Matrix, c.Layers())
	for l, h := range c.Hidden {
		name := fmt.Sprintf("%s%d", prefix, l+1)
		list[l] = d.matrix(name, o[name], rows, h)
	}
	return list
}

// tensors fills the tensors of a list from an object that holds exactly them.
func (d *decoder) tensors(path string, raw json.RawMessage, list []Tensor) {
	o := d.object(path, raw)
	known := make(map[string]bool, len(list))
	for _, t := range list {
		known[t.Name] = true
		d.fill(path+"."+t.Name, o[t.Name], t.Data)
	}
	for name := range o {
		if !known[name] {
			d.fail(path, fmt.Sprintf("unknown parameter %.40q", name))
		}
	}
}

func (d *decoder) predictions(rec *Recording, top object) {
	c := &rec.Config
	o := d.object("classify", top["classify"])
	x := d.anyRows("classify.x", o["x"], c.Inputs)
	rec.Classify = RecordedPrediction{
		X:     x,
		YHat:  d.matrix("classify.y_hat", o["y_hat"], len(x), c.Classes),
		Ey:    d.matrix("classify.Ey", o["Ey"], len(x), c.Classes),
		From:  d.integer("classify.K_low", o["K_low"], -1, maxRecordedRounds),
		Steps: d.integer("classify.K_high", o["K_high"], 1, maxRecordedRounds),
	}
	if rec.Classify.From >= rec.Classify.Steps {
		d.fail("classify.K_low", "not below K_high")
	}
	rec.Reconstruct = d.matrix("reconstruct", top["reconstruct"], len(x), c.Inputs)

	o = d.object("sample", top["sample"])
	rec.Sample.ZG = d.anyRows("sample.z_g", o["z_g"], c.Latents)
	rec.Sample.X = d.matrix("sample.x", o["x"], len(rec.Sample.ZG), c.Inputs)

	o = d.object("latent", top["latent"])
	x = d.anyRows("latent.x", o["x"], c.Inputs)
	rec.Latent = RecordedLatent{
		X:        x,
		Y:        d.oneHot("latent.y", o["y"], len(x), c.Classes),
		ZGBefore: d.matrix("latent.z_g_before", o["z_g_before"], len(x), c.Latents),
		ZG:       d.matrix("latent.z_g", o["z_g"], len(x), c.Latents),
		XHat:     d.matrix("latent.x_hat", o["x_hat"], len(x), c.Inputs),
	}
}
