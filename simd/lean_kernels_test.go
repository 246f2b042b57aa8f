package simd

import (
	"fmt"
	"math"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// leanArgs are the operands of a kernel with moments of 16 or 8 bits.
type leanArgs struct {
	w, g    []float32
	moments Moments
	start   uint32
	step    AdamStep
}

// newLeanArgs draws ordinary weights and gradients and all codes alike.
func newLeanArgs(s source, n, bits int) *leanArgs {
	a := &leanArgs{w: s.vector(n), g: s.vector(n), moments: Moments{Bits: bits}, start: s.Uint32(), step: testStep}
	if bits == 16 {
		a.moments.First16, a.moments.Second16 = make([]uint16, n), make([]uint16, n)
		for i := range n {
			c := s.Uint32()
			a.moments.First16[i] = uint16(min(c&0x7fff, MaxFirst16) | c>>16&0x8000)
			a.moments.Second16[i] = uint16(min(s.Uint32()&0xffff, MaxSecond16))
		}
		return a
	}
	a.moments.First8, a.moments.Second8 = make([]uint8, n), make([]uint8, n)
	for i := range n {
		a.moments.First8[i], a.moments.Second8[i] = uint8(s.Uint32()), uint8(s.Uint32())
	}
	return a
}

// clone copies the operands to places between fences, or elsewhere where f is
// nil.
func (a *leanArgs) clone(f *fences, offset int) *leanArgs {
	c := *a
	c.w, c.g = placed(f, a.w, offset), placed(f, a.g, 3*offset%PanelWidth)
	m := &c.moments
	m.First16, m.Second16 = placed(f, m.First16, offset), placed(f, m.Second16, 5*offset%PanelWidth)
	m.First8, m.Second8 = placed(f, m.First8, offset), placed(f, m.Second8, 5*offset%PanelWidth)
	return &c
}

func placed[T float32 | uint16 | uint8](f *fences, x []T, offset int) []T {
	if x == nil {
		return nil
	}
	if f == nil {
		return append([]T(nil), x...)
	}
	c := fenced[T](f, len(x), offset)
	copy(c, x)
	return c
}

func (a *leanArgs) active() {
	m := &a.moments
	if m.Bits == 16 {
		adam16(a.w, m.First16, m.Second16, a.g, a.start, &a.step)
		return
	}
	adam8(a.w, m.First8, m.Second8, a.g, a.start, &a.step)
}

func (a *leanArgs) generic() {
	m := &a.moments
	if m.Bits == 16 {
		adam16Generic(a.w, m.First16, m.Second16, a.g, a.start, &a.step)
		return
	}
	adam8Generic(a.w, m.First8, m.Second8, a.g, a.start, &a.step)
}

// compareLean runs the kernel and its definition on copies of a.
func compareLean(t testing.TB, a *leanArgs, f *fences, offset int, what func() string) {
	t.Helper()
	got, want := a.clone(f, offset), a.clone(nil, 0)
	got.active()
	want.generic()
	requireSame(t, want.w, got.w, func() string { return what() + ": weights" })
	requireSame(t, want.g, got.g, func() string { return what() + ": gradients" })
	x, y := &want.moments, &got.moments
	requireSameCodes(t, want.w, x.First16, y.First16, what)
	requireSameCodes(t, want.w, x.Second16, y.Second16, what)
	requireSameCodes(t, want.w, x.First8, y.First8, what)
	requireSameCodes(t, want.w, x.Second8, y.Second8, what)
}

// requireSameCodes fails unless all codes of weights that are finite are equal.
func requireSameCodes[T uint8 | uint16](t testing.TB, w []float32, want, got []T, what func() string) {
	t.Helper()
	require.Equal(t, len(want), len(got))
	for i, c := range want {
		if d := got[i]; c != d && w[i]-w[i] == 0 {
			t.Fatalf("%s: %s: code %d is %#x, the Go loop's %#x", active, what(), i, d, c)
		}
	}
}

func eachLeanKernel(t *testing.T, body func(t *testing.T, bits int)) {
	t.Helper()
	eachISA(t, func(t *testing.T) {
		for _, bits := range []int{16, 8} {
			t.Run(fmt.Sprintf("adam%d", bits), func(t *testing.T) { body(t, bits) })
		}
	})
}

// TestLeanKernels runs each kernel on one to five blocks, between fences, at
// every alignment of its rows to each other.
func TestLeanKernels(t *testing.T) {
	eachLeanKernel(t, func(t *testing.T, bits int) {
		f, s := newFences(t), newSource(300)
		for range 2 {
			f.turn++ // the rows change sides
			for blocks := 1; blocks <= 5; blocks++ {
				for offset := range PanelWidth {
					a := newLeanArgs(s, blocks*PanelWidth, bits)
					what := func() string { return fmt.Sprintf("%d blocks, offset %d", blocks, offset) }
					compareLean(t, a, f, offset, what)
					f.release("%s", what())
				}
			}
		}
	})
}

// TestLeanKernelsAllCodes steps from every code of one moment and many of the
// other, with gradients that leave them nearly alone and that do not.
func TestLeanKernelsAllCodes(t *testing.T) {
	eachLeanKernel(t, func(t *testing.T, bits int) {
		s, n := newSource(301), 1<<bits
		for _, scale := range []float32{0, 1e-12, 1e-4, 1} {
			a := newLeanArgs(s, n, bits)
			ScaleF32(a.g, a.g, scale)
			for i := range n {
				if bits == 8 {
					a.moments.First8[i], a.moments.Second8[(i*7)%n] = uint8(i), uint8(i)
					continue
				}
				a.moments.First16[i] = uint16(min(i&0x7fff, MaxFirst16) | i&0x8000)
				a.moments.Second16[(i*7)%n] = uint16(min(i, MaxSecond16))
			}
			compareLean(t, a, nil, 0, func() string { return fmt.Sprintf("gradients of %g", scale) })
		}
	})
}

// TestLeanKernelsRandomBits draws all bits of weights, gradients and constants,
// NaN, infinities and denormals among them.
func TestLeanKernelsRandomBits(t *testing.T) {
	rounds := 300
	if !thorough() {
		rounds = 20
	}
	eachLeanKernel(t, func(t *testing.T, bits int) {
		s := newSource(302)
		for round := range rounds {
			a := newLeanArgs(s, (1+round%5)*PanelWidth, bits)
			for i := range a.w {
				a.w[i], a.g[i] = math.Float32frombits(s.Uint32()), math.Float32frombits(s.Uint32())
				if round%2 == 0 {
					a.w[i], a.g[i] = awkward[s.IntN(len(awkward))], awkward[s.IntN(len(awkward))]
				}
			}
			if clip := math.Float32frombits(s.Uint32() &^ signBit); round%3 == 0 && clip < most8 {
				a.step.Clip = clip
			}
			compareLean(t, a, nil, 0, func() string { return fmt.Sprintf("round %d", round) })
		}
	})
}

// fenced returns n zero values that begin offset values behind a buffer's
// start; up to three bytes behind them are unwatched where offset is odd.
func fenced[T any](f *fences, n, offset int) []T {
	size := int(unsafe.Sizeof(*new(T)))
	buf := f.floats(((n+offset)*size + 3) / 4)
	fillWith(buf[:offset*size/4], math.Float32frombits(canaryBits))
	f.watched = append(f.watched, buf[:offset*size/4])
	at := unsafe.Add(unsafe.Pointer(unsafe.SliceData(buf)), offset*size)
	return unsafe.Slice((*T)(at), n)
}
