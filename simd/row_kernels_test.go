package simd

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// rowArgs are the operands of any float32 row kernel, of which it uses the
// first ones.
type rowArgs struct {
	sums lanes
	x    [4][]float32
	a, b float32
}

// rowKernel is a kernel of the ladder beside its definition.
type rowKernel struct {
	name     string
	block    int   // its lengths are multiples of this
	operands int   // how many rows it takes
	aliases  []int // the rows that may be the same as the first
	active   func(r *rowArgs)
	generic  func(r *rowArgs)
	exported func(r *rowArgs) float32 // for rows of any length; returns the sum, if there is one
}

var rowKernels = []rowKernel{
	{
		name: "sumSquaresF32", block: PanelWidth, operands: 1,
		active:   func(r *rowArgs) { sumSquaresF32(&r.sums, r.x[0]) },
		generic:  func(r *rowArgs) { sumSquaresF32Generic(&r.sums, r.x[0]) },
		exported: func(r *rowArgs) float32 { return SumSquaresF32(r.x[0]) },
	},
	{
		name: "dotF32", block: PanelWidth, operands: 2, aliases: []int{1},
		active:   func(r *rowArgs) { dotF32(&r.sums, r.x[0], r.x[1]) },
		generic:  func(r *rowArgs) { dotF32Generic(&r.sums, r.x[0], r.x[1]) },
		exported: func(r *rowArgs) float32 { return DotF32(r.x[0], r.x[1]) },
	},
	{
		name: "scaleF32", block: PanelWidth, operands: 2, aliases: []int{1},
		active:   func(r *rowArgs) { scaleF32(r.x[0], r.x[1], r.a) },
		generic:  func(r *rowArgs) { scaleF32Generic(r.x[0], r.x[1], r.a) },
		exported: func(r *rowArgs) float32 { ScaleF32(r.x[0], r.x[1], r.a); return 0 },
	},
	{
		name: "axpyF32", block: PanelWidth, operands: 2,
		active:   func(r *rowArgs) { axpyF32(r.x[0], r.x[1], r.a) },
		generic:  func(r *rowArgs) { axpyF32Generic(r.x[0], r.x[1], r.a) },
		exported: func(r *rowArgs) float32 { AxpyF32(r.x[0], r.x[1], r.a); return 0 },
	},
	{
		name: "reluF32", block: PanelWidth, operands: 2, aliases: []int{1},
		active:   func(r *rowArgs) { reluF32(r.x[0], r.x[1]) },
		generic:  func(r *rowArgs) { reluF32Generic(r.x[0], r.x[1]) },
		exported: func(r *rowArgs) float32 { ReluF32(r.x[0], r.x[1]); return 0 },
	},
	{
		name: "biasReluF32", block: PanelWidth, operands: 3, aliases: []int{1, 2},
		active:   func(r *rowArgs) { biasReluF32(r.x[0], r.x[1], r.x[2]) },
		generic:  func(r *rowArgs) { biasReluF32Generic(r.x[0], r.x[1], r.x[2]) },
		exported: func(r *rowArgs) float32 { BiasReluF32(r.x[0], r.x[1], r.x[2]); return 0 },
	},
	{
		name: "stepF32", block: PanelWidth, operands: 4, aliases: []int{1, 2, 3},
		active:   func(r *rowArgs) { stepF32(&r.sums, r.x[0], r.x[1], r.x[2], r.x[3], 1-r.a, r.a) },
		generic:  func(r *rowArgs) { stepF32Generic(&r.sums, r.x[0], r.x[1], r.x[2], r.x[3], 1-r.a, r.a) },
		exported: func(r *rowArgs) float32 { return StepF32(r.x[0], r.x[1], r.x[2], r.x[3], r.a) },
	},
	{
		name: "errorF32", block: PanelWidth, operands: 2,
		active:   func(r *rowArgs) { errorF32(&r.sums, r.x[0], r.x[1], r.low(), r.clip(), r.a) },
		generic:  func(r *rowArgs) { errorF32Generic(&r.sums, r.x[0], r.x[1], r.low(), r.clip(), r.a) },
		exported: func(r *rowArgs) float32 { return ErrorF32(r.x[0], r.x[1], r.low(), r.clip(), r.a) },
	},
	{
		name: "expF32", block: PanelWidth, operands: 2, aliases: []int{1},
		active:  func(r *rowArgs) { expF32(&r.sums, r.x[0], r.x[1], top(r.x[1])) },
		generic: func(r *rowArgs) { expF32Generic(&r.sums, r.x[0], r.x[1], top(r.x[1])) },
	},
	{
		name: "addNormalF32", block: noiseBlock, operands: 2, aliases: []int{1},
		active: func(r *rowArgs) {
			addNormalF32(r.x[0], r.x[1], math.Float32bits(r.a), math.Float32bits(r.b), r.a)
		},
		generic: func(r *rowArgs) {
			addNormalF32Generic(r.x[0], r.x[1], math.Float32bits(r.a), math.Float32bits(r.b), r.a)
		},
	},
	{
		name: "adamF32", block: PanelWidth, operands: 4,
		active:   func(r *rowArgs) { step := r.adam(); adamF32(r.x[0], r.x[1], r.x[2], r.x[3], &step) },
		generic:  func(r *rowArgs) { step := r.adam(); adamF32Generic(r.x[0], r.x[1], r.x[2], r.x[3], &step) },
		exported: func(r *rowArgs) float32 { AdamF32(r.x[0], r.x[1], r.x[2], r.x[3], r.adam()); return 0 },
	},
	{
		name: "sgdF32", block: PanelWidth, operands: 2,
		active:   func(r *rowArgs) { step := r.sgd(); sgdF32(r.x[0], r.x[1], &step) },
		generic:  func(r *rowArgs) { step := r.sgd(); sgdF32Generic(r.x[0], r.x[1], &step) },
		exported: func(r *rowArgs) float32 { SGDF32(r.x[0], r.x[1], r.sgd()); return 0 },
	},
}

// top returns the largest number of x, the least shift that expF32 takes.
func top(x []float32) float32 {
	largest := inf32(-1)
	for _, v := range x {
		if v > largest {
			largest = v
		}
	}
	return largest
}

// clip makes a bound on gradients of any value.
func (r *rowArgs) clip() float32 {
	if r.a != r.a {
		return 0.5
	}
	return float32(math.Abs(float64(r.a)))
}

// low makes a lower bound of any value, below and above 0.
func (r *rowArgs) low() float32 {
	if r.b != r.b {
		return inf32(-1)
	}
	return r.b
}

func (r *rowArgs) adam() AdamStep {
	step := testAdamStep.WithDecay(r.b)
	step.Clip = r.clip()
	return step
}

func (r *rowArgs) sgd() SGDStep { return SGDStep{Rate: 0.05, Clip: r.clip(), Decay: r.b} }

// clone copies the operands; the copies of equal rows are one.
func (r *rowArgs) clone(place func(row, n int) []float32) *rowArgs {
	c := *r
	for i, x := range r.x {
		c.x[i] = place(i, len(x))
		copy(c.x[i], x)
	}
	return &c
}

// alias makes the first row the same as another; −1 leaves it.
func (r *rowArgs) alias(row int) {
	if row >= 0 {
		r.x[0] = r.x[row]
	}
}

// compare runs the kernel and its definition on copies of r, the kernel's
// rows at places that the caller chooses, and wants the same values in every
// row, read or written, and in the sums.
func (k rowKernel) compare(t testing.TB, r *rowArgs, alias int, place func(row, n int) []float32, what func() string) {
	t.Helper()
	got, want := r.clone(place), r.clone(func(_, n int) []float32 { return make([]float32, n) })
	got.alias(alias)
	want.alias(alias)
	k.active(got)
	k.generic(want)
	for row := range k.operands {
		requireSame(t, want.x[row], got.x[row], func() string { return fmt.Sprintf("%s: %s: row %d", k.name, what(), row) })
	}
	requireSame(t, want.sums[:], got.sums[:], func() string { return fmt.Sprintf("%s: %s: sums", k.name, what()) })
}

// requireSame fails unless all values have the same bits or are both NaN.
func requireSame(t testing.TB, want, got []float32, what func() string) {
	t.Helper()
	for i, w := range want {
		if !sameValue(w, got[i]) {
			t.Fatalf("%s: %s: value %d is %v (%08x), the Go loop's %v (%08x)", active, what(), i,
				got[i], math.Float32bits(got[i]), w, math.Float32bits(w))
		}
	}
}

// sameValue reports whether two values have the same bits or both are NaN.
func sameValue(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

// eachRowKernel runs body for each kernel of each implementation.
func eachRowKernel(t *testing.T, body func(t *testing.T, k rowKernel)) {
	t.Helper()
	eachISA(t, func(t *testing.T) {
		for _, k := range rowKernels {
			t.Run(k.name, func(t *testing.T) { body(t, k) })
		}
	})
}

// newRowArgs draws ordinary operands of n values.
func newRowArgs(s source, n int) *rowArgs {
	r := &rowArgs{a: 0.3, b: -0.01}
	s.fill(r.sums[:])
	for i := range r.x {
		r.x[i] = s.vector(n)
	}
	return r
}

// unaligned returns n zero values that begin offset values behind a buffer's
// start, with canaries before them.
func (f *fences) unaligned(n, offset int) []float32 {
	buf := f.floats(n + offset)
	fillWith(buf[:offset], math.Float32frombits(canaryBits))
	f.watched = append(f.watched, buf[:offset])
	return buf[offset:]
}

// TestRowKernels runs each kernel on one to five blocks, between fences, at
// every alignment of its rows to each other, and with each permitted alias.
func TestRowKernels(t *testing.T) {
	eachRowKernel(t, func(t *testing.T, k rowKernel) {
		f, s := newFences(t), newSource(200)
		for blocks := 1; blocks <= 5; blocks++ {
			for offset := range PanelWidth {
				for _, alias := range append([]int{-1}, k.aliases...) {
					r := newRowArgs(s, blocks*k.block)
					place := func(row, n int) []float32 { return f.unaligned(n, offset*(row+1)%PanelWidth) }
					what := func() string { return fmt.Sprintf("%d blocks, offset %d, alias %d", blocks, offset, alias) }
					k.compare(t, r, alias, place, what)
					f.release("%s: %s", k.name, what())
				}
			}
		}
	})
}

// TestRowKernelsBothFences puts each row of a kernel once before and once
// behind a page that is not mapped.
func TestRowKernelsBothFences(t *testing.T) {
	eachRowKernel(t, func(t *testing.T, k rowKernel) {
		f, s := newFences(t), newSource(201)
		for range 2 {
			f.turn++ // the rows change sides
			r := newRowArgs(s, k.block)
			k.compare(t, r, -1, func(_, n int) []float32 { return f.floats(n) }, func() string { return "fenced" })
			f.release("%s", k.name)
		}
	})
}

// scalars are pairs of factors, gradient bounds or keys.
var scalars = [][2]float32{
	{0.3, 0.01}, {-1.7, -0.5}, {0, 0}, {float32(math.Copysign(0, -1)), float32(math.Copysign(0, -1))},
	{inf32(1), 1e-40}, {nan32(), 0.01}, {1e-40, nan32()}, {math.MaxFloat32, inf32(-1)}, {1, 0}, {0.5, 2},
}

// TestRowKernelsAwkward brings together every combination of awkward values
// of up to four rows, in every lane. Which NaN a result is, is up to the CPU.
func TestRowKernelsAwkward(t *testing.T) {
	step := 1
	if !thorough() {
		step = 4
	}
	eachRowKernel(t, func(t *testing.T, k rowKernel) {
		values := slices.Repeat(awkward, k.block) // an odd number, so many times: each in every lane
		r, call := &rowArgs{}, 0
		buf := [4][]float32{}
		for i := range buf {
			buf[i] = make([]float32, len(values))
		}
		eachRotation(k.operands, step, func(shift [4]int) {
			for i := range k.operands {
				r.x[i] = append(values[shift[i]:len(values):len(values)], values[:shift[i]]...)
			}
			r.a, r.b = scalars[call%len(scalars)][0], scalars[call%len(scalars)][1]
			call++
			k.compare(t, r, -1, func(row, _ int) []float32 { return buf[row] }, func() string {
				return fmt.Sprintf("rows rotated by %v, scalars %v and %v", shift, r.a, r.b)
			})
		})
	})
}

// eachRotation visits the rotations of rows 1… against row 0.
func eachRotation(rows, step int, visit func(shift [4]int)) {
	last := func(row int) int {
		if row < rows {
			return len(awkward)
		}
		return 1
	}
	for i := 0; i < last(1); i += step {
		for j := 0; j < last(2); j += step {
			for k := 0; k < last(3); k += step {
				visit([4]int{0, i, j, k})
			}
		}
	}
}

func TestAwkwardReachesEveryLane(t *testing.T) {
	if len(awkward)%2 == 0 {
		t.Fatal("repeating an even number of values leaves out lanes")
	}
}

// TestRowKernelsPlanted puts one awkward value at each place of ordinary rows:
// there, a sum shows where it went.
func TestRowKernelsPlanted(t *testing.T) {
	step := 1
	if !thorough() {
		step = 7
	}
	eachRowKernel(t, func(t *testing.T, k rowKernel) {
		r := newRowArgs(newSource(202), 2*k.block)
		buf := newRowArgs(newSource(0), 2*k.block).x
		for row := range k.operands {
			for at := 0; at < len(r.x[row]); at += step {
				before := r.x[row][at]
				for _, v := range awkward {
					r.x[row][at] = v
					k.compare(t, r, -1, func(row, _ int) []float32 { return buf[row] }, func() string {
						return fmt.Sprintf("%v at %d of row %d", v, at, row)
					})
				}
				r.x[row][at] = before
			}
		}
	})
}

// TestRowKernelsRandomBits draws all bits of all values.
func TestRowKernelsRandomBits(t *testing.T) {
	rounds := 300
	if !thorough() {
		rounds = 20
	}
	eachRowKernel(t, func(t *testing.T, k rowKernel) {
		s := newSource(203)
		for round := range rounds {
			r := newRowArgs(s, (1+round%5)*k.block)
			r.a, r.b = math.Float32frombits(s.Uint32()), math.Float32frombits(s.Uint32())
			for _, x := range r.x {
				for i := range x {
					x[i] = math.Float32frombits(s.Uint32())
				}
			}
			k.compare(t, r, -1, func(_, n int) []float32 { return make([]float32, n) }, func() string {
				return fmt.Sprintf("round %d", round)
			})
		}
	})
}

// TestRowWrappers holds the exported functions to the definition of the
// kernel, for lengths that leave a rest, between fences.
func TestRowWrappers(t *testing.T) {
	lens := []int{500}
	for n := range 4*PanelWidth + 4 {
		lens = append(lens, n)
	}
	eachRowKernel(t, func(t *testing.T, k rowKernel) {
		if k.exported == nil {
			return // expF32 and addNormalF32 have tests of their own
		}
		f, s := newFences(t), newSource(204)
		for _, n := range lens {
			r := newRowArgs(s, n)
			r.sums = lanes{}
			got, want := r.clone(func(_, n int) []float32 { return f.floats(n) }), r.clone(func(_, n int) []float32 { return make([]float32, n) })
			sum := k.exported(got)
			k.generic(want)
			for row := range k.operands {
				requireBits(t, want.x[row], got.x[row], "%s: n=%d: row %d", k.name, n, row)
			}
			requireBits(t, []float32{want.sums.fold()}, []float32{sum}, "%s: n=%d: sum", k.name, n)
			f.release("%s: n=%d", k.name, n)
		}
	})
}

// TestSoftmaxBits: every implementation gives the pure Go one's bits.
func TestSoftmaxBits(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		s, isa := newSource(205), active
		for n := range 4*PanelWidth + 4 {
			x, bias, got, want := s.vector(n), s.vector(n), make([]float32, n), make([]float32, n)
			scaleF32Generic(x, x, 30)
			SoftmaxF32(got, x, bias)
			use(t, Generic)
			SoftmaxF32(want, x, bias)
			use(t, isa)
			requireBits(t, want, got, "n=%d", n)
		}
	})
}
