package model

import (
	"fmt"
	"slices"

	"github.com/pffedge/pffedge/quant"
)

// Product is a matrix in int8 and what it is multiplied with.
type Product struct {
	Name    string // as in Params.Tensors
	Read    int    // n(z), numbered as in Int8Params.Clip; −1: V's, labels
	Weights *quant.Weights
}

// Products lists the matrices of p, lateral ones left out, in the order of
// Params.Tensors.
func (p *Int8Params) Products() []Product {
	var list []Product
	add := func(name string, read int, w *quant.Weights) { list = append(list, Product{name, read, w}) }
	layers := len(p.Layers)
	for i := range p.Layers {
		l := &p.Layers[i]
		add(fmt.Sprintf("W%d", i+1), i, &l.Up)
		if i+1 < layers {
			add(fmt.Sprintf("V%d", i+2), i+2, &l.Down)
		} else {
			add("V", -1, &l.Down)
		}
	}
	add("W", layers, &p.Readout)
	add("Gy", layers+1, &p.GenTop)
	for i := len(p.Gen) - 1; i >= 0; i-- {
		add(fmt.Sprintf("G%d", i+1), 2*layers+1-i, &p.Gen[i])
	}
	return list
}

// Replace returns p with the tensors of those names from another network of the
// same configuration. It shares all memory with the two.
func (p *Params) Replace(from *Params, names ...string) *Params {
	q := *p
	q.Layers, q.Gen = slices.Clone(p.Layers), slices.Clone(p.Gen)
	tensors, slots := from.Tensors(), q.slots()
	for i, t := range tensors {
		if slices.Contains(names, t.Name) {
			*slots[i] = t.Data
		}
	}
	return &q
}

// Bytes returns the memory that p's values occupy.
func (p *Int8Params) Bytes() (n int64) {
	for _, slot := range p.slots() {
		if slot.vector != nil {
			n += 4 * int64(len(*slot.vector))
			continue
		}
		n += int64(len(*slot.codes)) + 4*int64(len(*slot.scale))
	}
	return n + 4*int64(len(p.Clip))
}
