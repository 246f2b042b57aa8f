package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// ran records the implementations that test bodies completed on; TestMain
// compares it with what had to run.
var ran = map[ISA]bool{}

// eachISA runs body once over every usable implementation.
func eachISA(t *testing.T, body func(t *testing.T)) {
	t.Helper()
	for _, isa := range Usable() {
		t.Run("isa="+string(isa), func(t *testing.T) {
			use(t, isa)
			body(t)
			ran[isa] = true
		})
	}
}

// use makes isa the active implementation until the end of the test.
func use(t testing.TB, isa ISA) {
	before := active
	active = isa
	t.Cleanup(func() { active = before })
}

// thorough reports whether there is time for every size: go test -short, for
// emulators, and the race detector's tenfold slowness leave some out.
func thorough() bool { return !testing.Short() && !raceEnabled }

func newTestPool(t testing.TB, threads int) *Pool {
	p := NewPool(threads)
	t.Cleanup(p.Close)
	return p
}

// source draws operands, the same ones on every platform.
type source struct{ *rand.Rand }

func newSource(seed uint64) source { return source{rand.New(rand.NewPCG(seed, 2301_01452))} }

// fill sets x to values from [−1, 1), multiples of 2⁻²³.
func (s source) fill(x []float32) {
	for i := range x {
		x[i] = float32(int32(s.Uint32())>>8) / (1 << 23)
	}
}

func (s source) vector(n int) []float32 {
	x := make([]float32, n)
	s.fill(x)
	return x
}

func (s source) matrix(rows, cols int) Matrix {
	m := NewMatrix(rows, cols)
	s.fillMatrix(m)
	return m
}

func (s source) packed(k, n int) Packed {
	p := NewPacked(k, n)
	s.fillPacked(p)
	return p
}

func (s source) blocks(b Blocks) []float32 {
	x := alignedFloats(b.Len())
	s.fillBlocks(x, b)
	return x
}

// fillMatrix, fillPacked and fillBlocks draw the values and zero the padding.
func (s source) fillMatrix(m Matrix) {
	m.Zero()
	for r := range m.Rows {
		s.fill(m.Row(r))
	}
}

func (s source) fillPacked(p Packed) {
	values := s.vector(p.K * p.N)
	clear(p.Data)
	p.Pack(values)
}

func (s source) fillBlocks(x []float32, b Blocks) {
	clear(x)
	eachBlockElement(b, func(row, col int) {
		s.fill(x[b.Index(row, col):][:1])
	})
}

// eachBlockElement calls visit for the elements inside b's blocks.
func eachBlockElement(b Blocks, visit func(row, col int)) {
	for row := range b.Units {
		from := row / b.Group * b.Group
		for col := from; col < min(from+b.Group, b.Units); col++ {
			visit(row, col)
		}
	}
}

// spoil fills m with NaN, padding excepted, so that a result that was not
// written, or was added to what stood there, is seen.
func spoil(m Matrix) {
	m.Zero()
	for r := range m.Rows {
		fillWith(m.Row(r), nan32())
	}
}

func fillWith(x []float32, v float32) {
	for i := range x {
		x[i] = v
	}
}

func nan32() float32      { return float32(math.NaN()) }
func inf32(s int) float32 { return float32(math.Inf(s)) }

func (m Matrix) clone() Matrix {
	m.Data = slices.Clone(m.Data)
	return m
}

func (p Packed) clone() Packed {
	p.Data = slices.Clone(p.Data)
	return p
}

// requireBits fails unless got and want agree in every bit.
func requireBits(t testing.TB, want, got []float32, format string, args ...any) {
	t.Helper()
	require.Len(t, got, len(want), format, args)
	for i, w := range want {
		if math.Float32bits(w) != math.Float32bits(got[i]) {
			t.Fatalf("%s: value %d is %v (%08x), want %v (%08x)", fmt.Sprintf(format, args...), i,
				got[i], math.Float32bits(got[i]), w, math.Float32bits(w))
		}
	}
}

// requireZeros fails unless every value is zero.
func requireZeros(t testing.TB, x []float32, format string, args ...any) {
	t.Helper()
	for i, v := range x {
		if v != 0 {
			t.Fatalf("%s: value %d is %v, want 0", fmt.Sprintf(format, args...), i, v)
		}
	}
}

// requireMatrixPadding fails unless columns Cols…Stride are zero.
func requireMatrixPadding(t testing.TB, m Matrix, format string, args ...any) {
	t.Helper()
	for r := range m.Rows {
		requireZeros(t, m.Data[r*m.Stride+m.Cols:(r+1)*m.Stride], "padding of row %d: %s", r, fmt.Sprintf(format, args...))
	}
}

// requirePackedPadding fails unless the columns N… of the last panel are zero.
func requirePackedPadding(t testing.TB, p Packed, format string, args ...any) {
	t.Helper()
	last := p.N - (p.Panels()-1)*PanelWidth
	for k := range p.K {
		requireZeros(t, p.Panel(p.Panels() - 1)[k*PanelWidth+last:(k+1)*PanelWidth], "padding of packed row %d: %s", k, fmt.Sprintf(format, args...))
	}
}
