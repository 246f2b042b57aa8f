package simd

import "fmt"

// Blocks describes a block-diagonal Units×Units matrix: ⌈Units/Group⌉ blocks
// of Group×Group, each stored as one panel of Group rows, one after the
// other. Rows and columns of the last block that lie past Units are zero.
type Blocks struct {
	Units, Group int
}

// Count returns the number of blocks.
func (b Blocks) Count() int { return (b.Units + b.Group - 1) / b.Group }

// Len returns the number of values of the blocks, padding included.
func (b Blocks) Len() int { return b.Count() * b.Group * PanelWidth }

// Index returns the position of element (row, col), which must lie in one
// block.
func (b Blocks) Index(row, col int) int {
	block := row / b.Group
	return (block*b.Group+row%b.Group)*PanelWidth + col - block*b.Group
}

// size returns how many units block g has.
func (b Blocks) size(g int) int { return min(b.Group, b.Units-g*b.Group) }

func (b Blocks) check(name string, values ...[]float32) {
	if b.Units < 1 || b.Group < 1 || b.Group > PanelWidth {
		panic(fmt.Sprintf("simd: %s: blocks of %d in %d units", name, b.Group, b.Units))
	}
	for _, v := range values {
		if len(v) < b.Len() {
			panic(fmt.Sprintf("simd: %s: %d values for %d units in blocks of %d", name, len(v), b.Units, b.Group))
		}
	}
}

// CompetitionF32 turns lateral parameters L into the matrix that a layer adds,
// −Llat in PFF's notation:
//
//	dst[i][j] = relu(L[i][j]) if i = j, else −relu(L[i][j])
//
// within each block: self-excitation, inhibition of the others.
func CompetitionF32(dst, l []float32, b Blocks) {
	b.check("CompetitionF32", dst, l)
	ReluF32(dst, l[:b.Len()])
	ScaleF32(dst, dst[:b.Len()], -1)
	for g := range b.Count() {
		for r := range b.Group {
			at := (g*b.Group+r)*PanelWidth + r
			dst[at] = -dst[at]
		}
	}
}

// BlockAddF32 computes dst += z·B with the block-diagonal matrix B.
//
// Shapes: dst and z M×Units. dst must not overlap z.
func (p *Pool) BlockAddF32(dst, z Matrix, values []float32, b Blocks) {
	p.runLateral("BlockAddF32", lateralTask{dst: dst, z: z, values: values, blocks: b})
}

// BlockSumF32 computes dst[r] = base[of[r]] + (z·B)[r] with the block-diagonal
// matrix B, the bits that a copy and BlockAddF32 give, in one pass. Without of,
// row r starts from row r.
//
// Shapes: dst and z M×Units, of M rows of base, base N×Units (M×Units without
// of). dst must not overlap z or base.
func (p *Pool) BlockSumF32(dst, base Matrix, of []int, z Matrix, values []float32, b Blocks) {
	base.check("BlockSumF32", "base")
	rows := len(of)
	if of == nil {
		rows = base.Rows
	}
	if base.Cols != b.Units || rows != dst.Rows {
		panic(fmt.Sprintf("simd: BlockSumF32: %d units, %d rows from %d of %d×%d", b.Units, dst.Rows, rows, base.Rows, base.Cols))
	}
	for r, i := range of {
		if i < 0 || i >= base.Rows {
			panic(fmt.Sprintf("simd: BlockSumF32: row %d starts from row %d of %d", r, i, base.Rows))
		}
	}
	p.runLateral("BlockSumF32", lateralTask{dst: dst, z: z, values: values, blocks: b, base: base, of: of})
}

func (p *Pool) runLateral(name string, t lateralTask) {
	t.blocks.check(name, t.values)
	t.dst.check(name, "dst")
	t.z.check(name, "z")
	if b := t.blocks; t.dst.Rows != t.z.Rows || t.dst.Cols != b.Units || t.z.Cols != b.Units {
		panic(fmt.Sprintf("simd: %s: %d×%d += %d×%d · %d units", name, t.dst.Rows, t.dst.Cols, t.z.Rows, t.z.Cols, b.Units))
	}
	p.lateral = t
	p.Run(&p.lateral, work(t.z.Rows, t.blocks.Units, t.blocks.Group))
}

type lateralTask struct {
	dst, z Matrix
	values []float32
	blocks Blocks
	base   Matrix // what each row of dst starts from, by of; without columns, dst itself
	of     []int
}

func (t *lateralTask) Part(i, n int) {
	lo, hi := Share(t.z.Rows, i, n)
	for r := lo; r < hi; r += tileRows {
		rows := min(tileRows, hi-r)
		if t.base.Cols > 0 {
			t.begin(r, rows)
		}
		for g := range t.blocks.Count() {
			t.block(g, r, rows)
		}
	}
}

// begin gives a tile of rows what they start from.
func (t *lateralTask) begin(r, rows int) {
	for k := r; k < r+rows; k++ {
		from := k
		if t.of != nil {
			from = t.of[k]
		}
		copy(t.dst.PaddedRow(k), t.base.PaddedRow(from))
	}
}

// block adds block g's product to a tile of rows. The tile is a whole panel
// wide: past the block it adds zeros to the next block's columns, unless that
// would leave the row, when it goes through a buffer.
func (t *lateralTask) block(g, r, rows int) {
	from := g * t.blocks.Group
	panel := t.values[from*PanelWidth:]
	z, dst, units := t.z.Data[r*t.z.Stride+from:], t.dst.Data[r*t.dst.Stride+from:], t.blocks.size(g)
	if from+PanelWidth <= t.dst.Stride && active != Generic { // the usual way, a call less
		tileF32(rows, 1, dst, t.dst.Stride, 0, z, t.z.Stride, 1, panel, PanelWidth, 0, units, true)
		return
	}
	if from+PanelWidth <= t.dst.Stride {
		tileLateral(rows, units, dst, t.dst.Stride, z, t.z.Stride, 1, panel, PanelWidth, units, true)
		return
	}
	var tile [tileRows * PanelWidth]float32
	tileLateral(rows, units, tile[:], PanelWidth, z, t.z.Stride, 1, panel, PanelWidth, units, true)
	for i := range rows {
		for j := range units {
			dst[i*t.dst.Stride+j] += tile[i*PanelWidth+j]
		}
	}
}

// tileLateral computes a tile as tileF32 does, of one panel of which width columns
// count. Unlike other products in pure Go it rounds once a step, as assembly does:
// what int8 networks compute then has the same bits everywhere.
func tileLateral(rows, width int, dst []float32, dstRow int, a []float32, aRow, aStep int, b []float32, bStep, steps int, accumulate bool) {
	if active != Generic {
		tileF32(rows, 1, dst, dstRow, 0, a, aRow, aStep, b, bStep, 0, steps, accumulate)
		return
	}
	for r := range rows {
		out := dst[r*dstRow : r*dstRow+width]
		if !accumulate {
			clear(out)
		}
		for s := range steps {
			x := a[r*aRow+s*aStep]
			for j, w := range b[s*bStep : s*bStep+width] {
				out[j] = fused(x, w, out[j])
			}
		}
	}
}

// CompetitionGradientF32 computes the gradient of the lateral parameters l
// from the states z before a step and the pre-activation gradient d:
//
//	dst[i][j] = +(zᵀ·d)[i][j] if i = j, else −(zᵀ·d)[i][j]
//
// within each block and where l > 0; zero elsewhere. PFF: ΔL.
//
// Shapes: z and d M×Units. dst must not overlap l.
func (p *Pool) CompetitionGradientF32(dst, l []float32, z, d Matrix, b Blocks) {
	b.check("CompetitionGradientF32", dst, l)
	z.check("CompetitionGradientF32", "z")
	d.check("CompetitionGradientF32", "d")
	if d.Rows != z.Rows || d.Cols != b.Units || z.Cols != b.Units {
		panic(fmt.Sprintf("simd: CompetitionGradientF32: %d units, %d×%d and %d×%d", b.Units, z.Rows, z.Cols, d.Rows, d.Cols))
	}
	p.blocks = blocksTask{dst, l, z, d, b}
	p.Run(&p.blocks, work(z.Rows, b.Units, b.Group))
}

type blocksTask struct {
	dst, l []float32
	z, d   Matrix
	blocks Blocks
}

func (t *blocksTask) Part(i, n int) {
	lo, hi := Share(t.blocks.Count(), i, n)
	for g := lo; g < hi; g++ {
		t.block(g)
	}
}

func (t *blocksTask) block(g int) {
	size, from := t.blocks.size(g), g*t.blocks.Group
	at := from * PanelWidth
	clear(t.dst[at : at+t.blocks.Group*PanelWidth])
	if t.z.Rows == 0 {
		return
	}
	// The tile reads a whole panel of d; the last block's window moves left
	// where it would leave the row.
	window := min(from, t.d.Stride-PanelWidth)
	var tile [tileRows * PanelWidth]float32
	for k := 0; k < size; k += tileRows {
		rows := min(tileRows, size-k)
		tileLateral(rows, PanelWidth, tile[:], PanelWidth, t.z.Data[from+k:], 1, t.z.Stride, t.d.Data[window:], t.d.Stride, t.z.Rows, false)
		for i := range rows {
			t.row(at+(k+i)*PanelWidth, k+i, size, tile[i*PanelWidth+from-window:])
		}
	}
}

// row applies the signs and the mask to one row of a block.
func (t *blocksTask) row(at, diagonal, size int, products []float32) {
	for j := range size {
		switch {
		case !(t.l[at+j] > 0):
		case j == diagonal:
			t.dst[at+j] = products[j]
		default:
			t.dst[at+j] = -products[j]
		}
	}
}
