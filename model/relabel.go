package model

import (
	"slices"

	"github.com/pffedge/pffedge/simd"
)

// newLabel stands in a list of labels for a class that there was not.
const newLabel = -1

// grownLabels returns where the labels come from when c gets a class.
func grownLabels(c *Config) []int { return append(counted(len(c.Classes)), newLabel) }

// labelsWithout returns where they come from when c loses one.
func labelsWithout(c *Config, name string) []int {
	at := slices.Index(c.Classes, name)
	return slices.Delete(counted(len(c.Classes)), at, at+1)
}

// counted returns 0 … n−1.
func counted(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// move says where the values of a tensor come from. Row i of to was rows[i] of from,
// or is new, newLabel; columns alike. Without lists all stay where they are.
type move struct {
	from, to   Tensor // shapes
	rows, cols []int
}

// movesOf returns how each tensor, in the order of Params.Tensors, changes with the
// labels. Three do: V has a row for each, W and b have a column.
func movesOf(from, to *Config, labels []int) []move {
	old, list := shapes(from).Tensors(), []move{}
	for i, t := range shapes(to).Tensors() {
		v := move{from: old[i], to: t}
		switch t.Name {
		case "V":
			v.rows, v.cols = labels, counted(t.Cols)
		case "W", "b":
			v.rows, v.cols = counted(t.Rows), labels
		}
		list = append(list, v)
	}
	return list
}

// columns returns v for a vector with a value for each column.
func (v move) columns() move {
	v.from.Rows, v.to.Rows = 1, 1
	if v.rows != nil {
		v.rows = counted(1)
	}
	return v
}

// place returns where the value in row k, column n of a matrix of that many rows
// lies.
type place func(rows, k, n int) int

func packedAt(rows, k, n int) int   { return simd.Packed{K: rows}.Index(k, n) }
func codeAt(rows, k, n int) int     { return simd.PackedI8{K: rows}.Index(k, n) }
func residualAt(rows, k, n int) int { return packedAt((rows+3)/4*4, k, n) }

// carry copies the values of src that stay to their places in dst.
func carry[T any](dst, src []T, v move, at place) {
	if v.rows == nil || len(src) == 0 {
		copy(dst, src)
		return
	}
	for k, row := range v.rows {
		for n, col := range v.cols {
			if row != newLabel && col != newLabel {
				dst[at(v.to.Rows, k, n)] = src[at(v.from.Rows, row, col)]
			}
		}
	}
}

func (p *Params) reclassed(from, to *Config, labels []int) *Params {
	q := NewParams(to)
	slots, moves := q.slots(), movesOf(from, to, labels)
	for i, src := range p.slots() {
		carry(*slots[i], *src, moves[i], packedAt)
	}
	return q
}

func (p *Int8Params) reclassed(from, to *Config, labels []int) *Int8Params {
	q := newInt8Params(to)
	slots, moves := q.slots(), movesOf(from, to, labels)
	for i, src := range p.slots() {
		v := moves[i]
		if src.vector != nil {
			carry(*slots[i].vector, *src.vector, v, packedAt)
			continue
		}
		carry(*slots[i].codes, *src.codes, v, codeAt)
		carry(*slots[i].scale, *src.scale, v.columns(), packedAt)
	}
	copy(q.Clip, p.Clip)
	return q
}

func (m *Moments) reclassed(from, to *Config, labels []int) *Moments {
	q := NewMoments(to, m.Bits)
	slots, moves := q.slots(), movesOf(from, to, labels)
	for i, src := range m.slots() {
		v, dst := moves[i], slots[i]
		carry(dst.First, src.First, v, packedAt)
		carry(dst.Second, src.Second, v, packedAt)
		carry(dst.First16, src.First16, v, packedAt)
		carry(dst.Second16, src.Second16, v, packedAt)
		carry(dst.First8, src.First8, v, packedAt)
		carry(dst.Second8, src.Second8, v, packedAt)
	}
	return q
}

func (r *Residuals) reclassed(from, to *Config, labels []int) *Residuals {
	q := &Residuals{Layers: make([]LayerResiduals, len(r.Layers)), Gen: make([][]int8, len(r.Gen))}
	slots, moves := q.slots(), movesOf(from, to, labels)
	moves = slices.DeleteFunc(moves, func(v move) bool { return v.from.Kind == VectorTensor })
	for i, src := range r.slots() {
		v := moves[i]
		if src.lateral != nil {
			*slots[i].lateral = simd.NewVector(len(*src.lateral))[:len(*src.lateral)]
			copy(*slots[i].lateral, *src.lateral)
			continue
		}
		*slots[i].codes = valuesIn[int8](alignedBytes(simd.PackedLenI8(v.to.Rows, v.to.Cols)))
		carry(*slots[i].codes, *src.codes, v, residualAt)
	}
	return q
}
