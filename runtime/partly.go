package runtime

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// NewPartly returns an engine that shows what some matrices alone do to
// predictions in int8: it computes in float32 with m's weights, but those of the
// given names (see model.Params.Tensors) have the values that their codes in q, m
// in int8, stand for, and so has what products with them read. The generative
// circuit stays as it is.
func NewPartly(m, q *model.Model, names ...string) (*Engine, error) {
	if m.Int8 != nil || q.Int8 == nil {
		return nil, errors.New("want a model in float32, and the same in int8")
	}
	if err := m.Validate(); err != nil {
		return nil, err
	}
	if err := q.Validate(); err != nil {
		return nil, err
	}
	restored := q.Float32().Params
	if err := sameShapes(m.Params, restored); err != nil {
		return nil, err
	}
	part := *m
	part.Params = m.Params.Replace(restored, names...)
	e := newEngine(&part)
	for _, p := range q.Int8.Products() {
		if p.Read >= 0 && p.Read <= len(e.w.up) && slices.Contains(names, p.Name) {
			w := e.w.reading(p.Read)
			w.rounded, w.clip = true, q.Int8.Clip[p.Read]
		}
	}
	return e, nil
}

func sameShapes(p, other *model.Params) error {
	of := other.Tensors()
	for i, t := range p.Tensors() {
		if i >= len(of) || of[i].Name != t.Name || of[i].Rows != t.Rows || of[i].Cols != t.Cols {
			return fmt.Errorf("%w: the models in float32 and in int8 differ in tensor %s", ErrInput, t.Name)
		}
	}
	return nil
}

// reading returns the matrix that decides in which form n(x), or n(z) of a layer
// counted from 1, is read.
func (n *matrices) reading(layer int) *weights {
	if layer < len(n.up) {
		return &n.up[layer]
	}
	return &n.readout
}

// roundTo writes the values of the codes of n(z) to dst.
func roundTo(dst, z []float32, inverse, step float32) {
	if step == 0 {
		clear(dst)
		return
	}
	for i, v := range z {
		code := math.RoundToEven(float64(float32(v * (inverse / step))))
		dst[i] = float32(min(max(code, 0), simd.MaxU7)) * step
	}
}
