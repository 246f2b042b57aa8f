package mqtt

import (
	"bytes"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// Result is the answer to predict: the prediction, or what is wrong.
type Result struct {
	ID            string             `json:"id,omitempty"`
	Class         string             `json:"class,omitempty"`
	Confidence    float32            `json:"confidence"` // 0…1
	Probabilities map[string]float32 `json:"probabilities,omitempty"`
	Sequence      uint64             `json:"sequence"` // of the last operation learned before
	Problem
}

// answer predicts what a message shows.
func (b *Bridge) answer(m *incoming) {
	var out Result
	err := b.predicted(m, &out)
	if b.working.Err() != nil {
		return // it comes again
	}
	if err != nil {
		out.Problem = problemOf(err)
	}
	b.reply(m, "result", out)
	m.ack()
}

func (b *Bridge) predicted(m *incoming, out *Result) error {
	id, x, err := shown(m, b.service.Current().Input())
	out.ID = id
	if err != nil {
		return err
	}
	p, err := b.service.Predict(b.working, x, runtime.Auto, false)
	if err != nil {
		return err
	}
	out.Sequence, out.Probabilities = p.Sequence, make(map[string]float32, len(p.Classes))
	for i, name := range p.Classes {
		out.Probabilities[name] = p.Probabilities.Row(0)[i]
	}
	best, confidence := runtime.Best(p.Probabilities.Row(0))
	out.Class, out.Confidence = p.Classes[best], confidence
	b.noteLast(out)
	return nil
}

// shown returns the one sample of a message: an image, or JSON.
func shown(m *incoming, in model.Input) (id string, x simd.Matrix, err error) {
	if text := bytes.TrimSpace(m.payload); m.size <= MaxPayload && !m.retained && (len(text) == 0 || text[0] != '{') {
		x = simd.NewMatrix(1, in.Size())
		return "", x, decodePicture(x.Row(0), "message", m.payload, in)
	}
	r, err := decode(m)
	if err == nil && (r.Class != "" || r.Was != "" || r.New || r.Force || r.Steps != 0 || r.Seconds != 0 || r.Images != nil || r.Inputs != nil) {
		err = bad("predict knows id, and one of image and input")
	}
	if err == nil {
		x, err = r.samples(in)
	}
	return r.ID, x, err
}
