package simd

import "fmt"

// GemmI8 computes dst = a·b, exactly.
//
// Shapes: dst M×N, a M×K, b K×N, any M ≥ 0.
func (p *Pool) GemmI8(dst MatrixI32, a MatrixU7, b PackedI8) { p.runGemmI8(dst, a, b, false) }

// GemmAddI8 computes dst += a·b, shapes as GemmI8. Sums that leave 32 bits
// wrap.
func (p *Pool) GemmAddI8(dst MatrixI32, a MatrixU7, b PackedI8) { p.runGemmI8(dst, a, b, true) }

func (p *Pool) runGemmI8(dst MatrixI32, a MatrixU7, b PackedI8, accumulate bool) {
	checkOperandsI8("GemmI8", dst, a, b)
	if b.K > maxDepth {
		panic(fmt.Sprintf("simd: GemmI8: sums over %d products may leave 32 bits, want at most %d", b.K, maxDepth))
	}
	if a.Rows == 0 {
		return
	}
	p.gemmI8 = p.taskI8(dst, a, b, accumulate)
	p.Run(&p.gemmI8, work(a.Rows, b.K, b.N)/2)
}

func checkOperandsI8(name string, dst MatrixI32, a MatrixU7, b PackedI8) {
	dst.check(name, "dst")
	a.check(name, "a")
	b.check(name, "b")
	if dst.Rows != a.Rows || dst.Cols != b.N || a.Cols != b.K {
		panic(fmt.Sprintf("simd: %s: %d×%d = %d×%d · %d×%d", name, dst.Rows, dst.Cols, a.Rows, a.Cols, b.K, b.N))
	}
}

type gemmI8Task struct {
	dst        MatrixI32
	a          MatrixU7
	b          PackedI8
	accumulate bool
	sparse     groupList // of a single row
	spans      []span    // of a single row without such a list
}

func (p *Pool) taskI8(dst MatrixI32, a MatrixU7, b PackedI8, accumulate bool) gemmI8Task {
	t := gemmI8Task{dst: dst, a: a, b: b, accumulate: accumulate, sparse: p.groupsOfRow(a)}
	if t.sparse.at == nil {
		t.spans = p.spansOfRow(a)
	}
	return t
}

// A product is cut into blocks that stay in the caches, as that of float32 is:
// lineBlock lines of the panels of a tile (16 KiB) in the first level while
// every tile of a block of rows passes over them, and blockBytes of a in the
// second level while every panel does. The sums of a tile wait in dst between
// blocks of groups.
const (
	lineBlock  = 256
	blockBytes = 256 << 10
)

// Part computes a share of dst's panels.
func (t *gemmI8Task) Part(i, n int) {
	lo, hi := Share(t.b.Panels(), i, n)
	t.groups(lo, hi, 0, groupsOf(t.b.K))
}

// groups computes panels lo…hi of the product of groups from…to.
func (t *gemmI8Task) groups(lo, hi, from, to int) {
	if t.a.Rows == 1 {
		t.row(lo, hi, from, to)
		return
	}
	height, width := tileShapeI8()
	depth := lineBlock / width
	block := blockBytes / (4 * depth) / height * height
	for top := 0; top < t.a.Rows; top += block {
		for g := from; g < to; g += depth {
			t.block(lo, hi, top, min(top+block, t.a.Rows), g, min(depth, to-g), t.accumulate || g > from)
		}
	}
}

// block computes rows top…bottom of panels lo…hi of the product of groups
// g…g+groups.
func (t *gemmI8Task) block(lo, hi, top, bottom, g, groups int, accumulate bool) {
	height, width := tileShapeI8()
	panelLen := groupsOf(t.b.K) * lineBytes
	for j := lo; j < hi; j += width {
		for r := top; r < bottom; r += height {
			tileI8(min(height, bottom-r), min(width, hi-j), t.dst.Data[r*t.dst.Stride+j*PanelWidth:], t.dst.Stride,
				t.a.Data[r*t.a.Stride+4*g:], t.a.Stride, t.b.Data[j*panelLen+g*lineBytes:], panelLen, groups, accumulate)
		}
	}
}

// row is groups for a single row.
func (t *gemmI8Task) row(lo, hi, from, to int) {
	if len(t.sparse.at) > 0 {
		t.list(lo, hi)
		return
	}
	accumulate := t.accumulate
	for _, s := range t.spans {
		if first, last := max(s.from, from), min(s.to, to); first < last {
			t.span(lo, hi, first, last, accumulate)
			accumulate = true
		}
	}
	if !accumulate {
		clear(t.dst.Data[lo*PanelWidth : hi*PanelWidth])
	}
}

// list computes panels lo…hi of the product of what is listed, four at a time.
func (t *gemmI8Task) list(lo, hi int) {
	panelLen := groupsOf(t.b.K) * lineBytes
	for lo < hi {
		width := 1
		if lo+4 <= hi {
			width = 4
		}
		kernel := sparseRowI8
		if t.sparse.single {
			kernel = singlesRowI8Generic
		}
		kernel(width, t.dst.Data[lo*PanelWidth:], t.sparse.values, t.sparse.at, t.b.Data[lo*panelLen:], panelLen, t.accumulate)
		lo += width
	}
}

// span computes panels lo…hi of the product of a single row's groups from…to.
func (t *gemmI8Task) span(lo, hi, from, to int, accumulate bool) {
	panelLen := groupsOf(t.b.K) * lineBytes
	for lo < hi {
		width := 1
		if lo+4 <= hi {
			width = 4
		}
		rowPanelsI8(width, t.dst.Data[lo*PanelWidth:], t.a.Data[4*from:], t.b.Data[lo*panelLen+from*lineBytes:], panelLen, to-from, accumulate)
		lo += width
	}
}
