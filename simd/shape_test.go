package simd

import (
	"fmt"
	goruntime "runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// operands are what a checked operation is called with; each is malformed in
// turn.
type operands struct {
	mats  []Matrix
	packs []Packed
	vecs  [][]float32
}

// checked is an operation with the shapes that suit it.
type checked struct {
	name  string
	mats  [][2]int
	packs [][2]int
	vecs  []int
	run   func(p *Pool, o operands)

	alone bool // nothing else bounds the matrix: only a malformed one is wrong
	exact bool // a longer vector is wrong too
	plain bool // the message may be Go's own for an index out of range
}

var layer = Blocks{Units: 35, Group: 10}

var checkedOps = []checked{
	{name: "GemmF32", mats: [][2]int{{4, 35}, {4, 9}}, packs: [][2]int{{9, 35}},
		run: func(p *Pool, o operands) { p.GemmF32(o.mats[0], o.mats[1], o.packs[0]) }},
	{name: "GemmAddF32", mats: [][2]int{{4, 35}, {4, 9}}, packs: [][2]int{{9, 35}},
		run: func(p *Pool, o operands) { p.GemmAddF32(o.mats[0], o.mats[1], o.packs[0]) }},
	{name: "GemmTF32", mats: [][2]int{{4, 9}, {4, 35}}, packs: [][2]int{{9, 35}},
		run: func(p *Pool, o operands) { p.GemmTF32(o.packs[0], o.mats[0], o.mats[1]) }},
	{name: "UpdateF32", mats: [][2]int{{4, 9}, {4, 35}}, packs: [][2]int{{9, 35}, {9, 35}, {9, 35}},
		run: func(p *Pool, o operands) {
			p.UpdateF32(o.packs[0], o.packs[1], o.packs[2], o.mats[0], o.mats[1], testStep)
		}},
	{name: "GemmNTF32", mats: [][2]int{{4, 9}, {4, 35}}, packs: [][2]int{{9, 35}},
		run: func(p *Pool, o operands) { p.GemmNTF32(o.mats[0], o.mats[1], o.packs[0]) }},
	{name: "BlockAddF32", mats: [][2]int{{4, 35}, {4, 35}}, vecs: []int{layer.Len()},
		run: func(p *Pool, o operands) { p.BlockAddF32(o.mats[0], o.mats[1], o.vecs[0], layer) }},
	{name: "BlockSumF32", mats: [][2]int{{4, 35}, {4, 35}}, vecs: []int{layer.Len()},
		run: func(p *Pool, o operands) {
			p.BlockSumF32(o.mats[0], NewMatrix(2, 35), []int{1, 0, 0, 1}, o.mats[1], o.vecs[0], layer)
		}},
	{name: "CompetitionGradientF32", mats: [][2]int{{4, 35}, {4, 35}}, vecs: []int{layer.Len(), layer.Len()},
		run: func(p *Pool, o operands) { p.CompetitionGradientF32(o.vecs[0], o.vecs[1], o.mats[0], o.mats[1], layer) }},
	{name: "CompetitionF32", vecs: []int{layer.Len(), layer.Len()},
		run: func(_ *Pool, o operands) { CompetitionF32(o.vecs[0], o.vecs[1], layer) }},
	{name: "ColumnSumsF32", mats: [][2]int{{4, 35}}, vecs: []int{48}, alone: true, exact: true,
		run: func(p *Pool, o operands) { p.ColumnSumsF32(o.vecs[0], o.mats[0]) }},
	{name: "ColumnUpdateF32", mats: [][2]int{{4, 35}}, vecs: []int{48, 48, 48, 48}, alone: true, exact: true,
		run: func(p *Pool, o operands) {
			p.ColumnUpdateF32(o.vecs[0], o.vecs[1], o.vecs[2], o.vecs[3], o.mats[0], testStep)
		}},
	{name: "AdamF32", vecs: []int{19, 19, 19, 19}, exact: true,
		run: func(_ *Pool, o operands) { AdamF32(o.vecs[0], o.vecs[1], o.vecs[2], o.vecs[3], testStep) }},
}

// rowOps take as many values as the first vector named, the others may be
// longer: a bias with its padding, say. The first one is left as it is.
var rowOps = []checked{
	{name: "NormalizeF32", vecs: []int{19, 19}, run: func(_ *Pool, o operands) { NormalizeF32(o.vecs[1], o.vecs[0]) }},
	{name: "ScaleF32", vecs: []int{19, 19}, run: func(_ *Pool, o operands) { ScaleF32(o.vecs[1], o.vecs[0], 2) }},
	{name: "AxpyF32", vecs: []int{19, 19}, run: func(_ *Pool, o operands) { AxpyF32(o.vecs[1], o.vecs[0], 2) }},
	{name: "ReluF32", vecs: []int{19, 19}, run: func(_ *Pool, o operands) { ReluF32(o.vecs[1], o.vecs[0]) }},
	{name: "AddNormalF32", vecs: []int{19, 19}, run: func(_ *Pool, o operands) { AddNormalF32(o.vecs[1], o.vecs[0], 1, 1) }},
	{name: "BiasReluF32", vecs: []int{19, 19, 19}, run: func(_ *Pool, o operands) { BiasReluF32(o.vecs[0], o.vecs[1], o.vecs[2]) }},
	{name: "SoftmaxF32", vecs: []int{19, 19, 19}, run: func(_ *Pool, o operands) { SoftmaxF32(o.vecs[0], o.vecs[1], o.vecs[2]) }},
	{name: "ErrorF32", vecs: []int{19, 19}, run: func(_ *Pool, o operands) { ErrorF32(o.vecs[0], o.vecs[1], 0, 1, 2) }},
	{name: "StepF32", vecs: []int{19, 19, 19, 19}, run: func(_ *Pool, o operands) { StepF32(o.vecs[0], o.vecs[1], o.vecs[2], o.vecs[3], 0.3) }},
}

// operands returns fitting ones; each buffer is longer than what it shows, as
// a slice of a larger one is.
func (c checked) operands(s source) (o operands) {
	for _, x := range c.mats {
		m := s.matrix(x[0]+2, x[1])
		m.Rows, m.Data = x[0], m.Data[:x[0]*m.Stride]
		o.mats = append(o.mats, m)
	}
	for _, x := range c.packs {
		p := s.packed(x[0], x[1]+2*PanelWidth)
		p.N, p.Data = x[1], p.Data[:PackedLen(x[0], x[1])]
		o.packs = append(o.packs, p)
	}
	for _, n := range c.vecs {
		o.vecs = append(o.vecs, s.vector(n + PanelWidth)[:n])
	}
	return o
}

// buffers returns every operand's memory to the end of its capacity.
func (o operands) buffers() (list [][]float32) {
	for _, m := range o.mats {
		list = append(list, m.Data[:cap(m.Data)])
	}
	for _, p := range o.packs {
		list = append(list, p.Data[:cap(p.Data)])
	}
	for _, v := range o.vecs {
		list = append(list, v[:cap(v)])
	}
	return list
}

// malformedMatrices disagree with themselves.
var malformedMatrices = map[string]func(m *Matrix){
	"negative rows":  func(m *Matrix) { m.Rows = -1 },
	"no columns":     func(m *Matrix) { m.Cols = 0 },
	"short data":     func(m *Matrix) { m.Data = m.Data[:len(m.Data)-1] },
	"rows past data": func(m *Matrix) { m.Rows++ },
	"small stride":   func(m *Matrix) { m.Stride = PaddedLen(m.Cols) - PanelWidth },
}

// otherMatrices are sound, but not what the other operands ask for; a column
// more or less stays within the panel.
var otherMatrices = map[string]func(m *Matrix){
	"more rows":     func(m *Matrix) { m.Data = m.Data[:(m.Rows+1)*m.Stride]; m.Rows++ },
	"fewer rows":    func(m *Matrix) { m.Rows-- },
	"more columns":  func(m *Matrix) { m.Cols++ },
	"fewer columns": func(m *Matrix) { m.Cols-- },
}

var wrongPacked = map[string]func(p *Packed){
	"no rows":       func(p *Packed) { p.K = 0 },
	"no columns":    func(p *Packed) { p.N = 0 },
	"short data":    func(p *Packed) { p.Data = p.Data[:len(p.Data)-1] },
	"more rows":     func(p *Packed) { p.K++; p.Data = p.Data[:PackedLen(p.K, p.N)] },
	"fewer rows":    func(p *Packed) { p.K-- },
	"more columns":  func(p *Packed) { p.N++ },
	"fewer columns": func(p *Packed) { p.N-- },
}

func TestWrongShapesPanic(t *testing.T) {
	for _, c := range checkedOps {
		for i := range c.mats {
			for name, spoil := range malformedMatrices {
				c.refuses(t, fmt.Sprintf("matrix %d, %s", i, name), func(o operands) { spoil(&o.mats[i]) })
			}
			for name, change := range otherMatrices {
				if !c.alone {
					c.refuses(t, fmt.Sprintf("matrix %d, %s", i, name), func(o operands) { change(&o.mats[i]) })
				}
			}
		}
		for i := range c.packs {
			for name, spoil := range wrongPacked {
				c.refuses(t, fmt.Sprintf("packed %d, %s", i, name), func(o operands) { spoil(&o.packs[i]) })
			}
		}
		for i := range c.vecs {
			c.refuses(t, fmt.Sprintf("vector %d, short", i), func(o operands) { o.vecs[i] = o.vecs[i][:len(o.vecs[i])-1] })
			if c.exact {
				c.refuses(t, fmt.Sprintf("vector %d, long", i), func(o operands) { o.vecs[i] = o.vecs[i][:len(o.vecs[i])+1] })
			}
		}
	}
}

// TestShortRowsPanic covers vectors that are short but have the capacity: to
// reslice one would write to what stands behind it.
func TestShortRowsPanic(t *testing.T) {
	for _, c := range rowOps {
		c.plain = true
		for i := 1; i < len(c.vecs); i++ {
			c.refuses(t, fmt.Sprintf("vector %d, short", i), func(o operands) { o.vecs[i] = o.vecs[i][:len(o.vecs[i])-1] })
		}
	}
}

func TestWrongBlocksPanic(t *testing.T) {
	for _, b := range []Blocks{{0, 10}, {-1, 10}, {35, 0}, {35, -1}, {35, PanelWidth + 1}} {
		for _, c := range checkedOps {
			if !slices.Contains([]string{"BlockAddF32", "CompetitionF32", "CompetitionGradientF32"}, c.name) {
				continue
			}
			c.run = withBlocks(c.name, b)
			c.refuses(t, fmt.Sprintf("%+v", b), func(operands) {})
		}
	}
}

// TestWrongBasePanics: rows of a base that do not fit or are not there.
func TestWrongBasePanics(t *testing.T) {
	for what, base := range map[string]struct {
		m  Matrix
		of []int
	}{
		"wider":       {NewMatrix(2, 36), []int{0, 0, 0, 0}},
		"fewer rows":  {NewMatrix(2, 35), []int{0, 0, 0}},
		"row 2 of 2":  {NewMatrix(2, 35), []int{0, 1, 2, 0}},
		"row -1":      {NewMatrix(2, 35), []int{0, 1, -1, 0}},
		"short of it": {Matrix{Rows: 2, Cols: 35, Stride: 48, Data: make([]float32, 95)}, []int{0, 0, 0, 0}},
	} {
		c := checked{name: "BlockSumF32", mats: [][2]int{{4, 35}, {4, 35}}, vecs: []int{layer.Len()},
			run: func(p *Pool, o operands) { p.BlockSumF32(o.mats[0], base.m, base.of, o.mats[1], o.vecs[0], layer) }}
		c.refuses(t, what, func(operands) {})
	}
}

func withBlocks(name string, b Blocks) func(*Pool, operands) {
	return func(p *Pool, o operands) {
		switch name {
		case "BlockAddF32":
			p.BlockAddF32(o.mats[0], o.mats[1], o.vecs[0], b)
		case "CompetitionF32":
			CompetitionF32(o.vecs[0], o.vecs[1], b)
		case "CompetitionGradientF32":
			p.CompetitionGradientF32(o.vecs[0], o.vecs[1], o.mats[0], o.mats[1], b)
		}
	}
}

// refuses asserts that the operation panics with a one-line message of this
// package, having written nothing, once change is applied to its operands.
func (c checked) refuses(t *testing.T, what string, change func(o operands)) {
	t.Run(c.name+"/"+what, func(t *testing.T) {
		o := c.operands(newSource(50))
		change(o)
		buffers := o.buffers()
		var before [][]float32
		for _, b := range buffers {
			before = append(before, slices.Clone(b))
		}
		c.requirePanic(t, func() { c.run(newTestPool(t, 1), o) })
		for i, b := range buffers {
			requireBits(t, before[i], b, "written before the panic: operand %d", i)
		}
	})
}

func (c checked) requirePanic(t *testing.T, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		v := recover()
		require.NotNil(t, v, "no panic")
		if _, bounds := v.(goruntime.Error); bounds && c.plain {
			return
		}
		require.Regexp(t, `^simd: [^\n]+$`, v)
	}()
	f()
}

func TestFittingShapesAreAccepted(t *testing.T) {
	for _, c := range slices.Concat(checkedOps, rowOps) {
		require.NotPanics(t, func() { c.run(newTestPool(t, 1), c.operands(newSource(51))) }, c.name)
	}
}
