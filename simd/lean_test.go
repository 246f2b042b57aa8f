package simd

import (
	"fmt"
	"math"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// codesOf lists the four codes by name.
var codesOf = map[string]momentCode{"first16": first16, "second16": second16, "first8": first8, "second8": second8}

// codes returns how many codes there are, the sign left out, whose values are
// finite.
func (k momentCode) codes() uint32 {
	if k.base == 0 {
		return 0xff << (23 - k.shift)
	}
	return k.size + 1
}

// TestMomentCodes: a value that has a code keeps it, whatever the random bits;
// the values rise, in steps of at most what the bits after the point allow.
func TestMomentCodes(t *testing.T) {
	for name, k := range codesOf {
		step := 1 + math.Ldexp(1, -int(23-k.shift))
		for c := range k.codes() {
			x := k.decode(c)
			for _, r := range []uint32{0, 1, 1 << (k.shift - 1), 1<<k.shift - 1} {
				require.Equal(t, c, k.encode(x, r), "%s: code %#x", name, c)
			}
			require.False(t, math.IsInf(float64(x), 0) || x != x, "%s: code %#x is %v", name, c, x)
			if c > 0 && float64(k.decode(c-1)) >= 0x1p-120 {
				ratio := float64(x) / float64(k.decode(c-1))
				require.True(t, ratio > 1 && ratio <= step, "%s: code %#x is %v, %v times the last", name, c, x, ratio)
			}
			if k.sign != 0 && c > 0 {
				require.Equal(t, -x, k.decode(c|k.sign), "%s: code %#x", name, c)
				require.Equal(t, c|k.sign, k.encode(-x, 0), "%s: code %#x", name, c)
			}
		}
		require.Zero(t, k.encode(0, 1<<k.shift-1), "%s: 0 stays 0", name)
		require.LessOrEqual(t, k.decode(0), float32(0x1p-63), "%s: code 0", name)
	}
	require.Equal(t, uint32(MaxFirst16), first16.codes()-1)
	require.Equal(t, uint32(MaxSecond16), second16.codes()-1)
	require.GreaterOrEqual(t, first8.decode(0x7f), float32(most8))
	require.GreaterOrEqual(t, second8.decode(0xff), float32(most8))
}

// TestMomentRoundingIsUnbiased: over all random bits the codes' mean is x.
func TestMomentRoundingIsUnbiased(t *testing.T) {
	s := newSource(310)
	for name, k := range codesOf {
		for range 40 {
			x := float32(math.Ldexp(0.5+s.Float64()/2, -int(s.Uint32()%20)))
			var sum float64
			for r := range uint32(1 << k.shift) {
				sum += float64(k.decode(k.encode(x, r)))
			}
			spacing := float64(x) * math.Ldexp(1, -int(23-k.shift))
			require.InDelta(t, float64(x), sum/float64(uint32(1)<<k.shift), spacing*math.Ldexp(1, -int(k.shift)+1), "%s of %v", name, x)
		}
	}
}

// TestMomentCounter: the random numbers of a weight are uniform over the steps,
// and neither those of its two moments, nor of two steps, nor of neighbours
// depend on each other.
func TestMomentCounter(t *testing.T) {
	const steps = 20000
	m := Moments{Bits: 16, Stream: 3}
	at := func(step, i int) (low, high float64) {
		h := m.start(Mix(7, uint64(step)), &testStep) + uint32(i)*hashStep
		return float64(h&0xffff)/0x1p16 - 0.5, float64(h>>16)/0x1p16 - 0.5
	}
	for _, i := range []int{0, 1, 15, 16, 12345} {
		var mean, square, halves, neighbours, before float64
		var last float64
		for step := range steps {
			low, high := at(step, i)
			_, beside := at(step, i+16)
			mean += high / steps
			square += high * high / steps
			halves += low * high / steps
			before += last * high / steps
			neighbours += high * beside / steps
			last = high
		}
		const bound = 5.0 / 12 / 141 // five standard deviations of a mean of such products
		require.InDelta(t, 0, mean, 5*0.289/141, "weight %d", i)
		require.InDelta(t, 1.0/12, square, bound, "weight %d", i)
		require.InDelta(t, 0, halves, bound, "weight %d: the two moments", i)
		require.InDelta(t, 0, before, bound, "weight %d: two steps", i)
		require.Less(t, math.Abs(neighbours), 1.0/12, "weight %d: neighbours", i)
	}
}

// leanRun steps n weights towards targets of their own by noisy gradients, as
// batches give, with moments of that many bits.
func leanRun(n, steps, bits int) (w []float32) {
	opt := Adam{Rate: 2e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-7, Clip: 1}
	w, g, moments := NewVector(n), NewVector(n), NewMoments(n, bits)
	for t := 1; t <= steps; t++ {
		AddNormalF32(g, NewVector(n), Mix(1, uint64(t)), 1)
		for i := range w {
			// Curvatures, and so gradients, span four orders of magnitude.
			target, curvature := float32(i%7-3), float32(math.Pow(10, -float64(i%5)))
			g[i] = 0.03 * curvature * (w[i] - target + 2*g[i])
		}
		AdamMomentsF32(w, &moments, g, opt.Step(t, 1), uint64(t))
	}
	return w
}

// TestLeanAdamFollowsAdam: after a thousand steps the weights lie where those
// with moments of 32 bits lie, but for a share of the way that they have gone.
func TestLeanAdamFollowsAdam(t *testing.T) {
	const n, steps = 2000, 1000
	want := leanRun(n, steps, 32)
	for bits, ceiling := range map[int]float64{16: 0.01, 8: 0.10} {
		got := leanRun(n, steps, bits)
		var apart, way float64
		for i := range want {
			apart += math.Pow(float64(got[i]-want[i]), 2)
			way += math.Pow(float64(want[i]), 2)
		}
		off := math.Sqrt(apart / way)
		t.Logf("moments of %d bits: weights %.2f %% of their way apart after %d steps", bits, 100*off, steps)
		require.Less(t, off, ceiling, "%d bits", bits)
		require.Positive(t, off)
	}
}

// TestSecondMomentsFade: without gradients they fall as they should, though by
// less a step than their codes lie apart.
func TestSecondMomentsFade(t *testing.T) {
	const n, steps = 4096, 2000
	for _, bits := range []int{16, 8} {
		w, g, moments := make([]float32, n), make([]float32, n), NewMoments(n, bits)
		first, second := make([]float32, n), make([]float32, n)
		fillWith(g, 0.5)
		step := AdamStep{Beta1: 0.9, OneMinusBeta1: 0.1, Beta2: 0.999, OneMinusBeta2: 0.001, Epsilon: 1e-7, Clip: 1}
		for t := range steps {
			if t == 10 {
				clear(g)
			}
			AdamMomentsF32(w, &moments, g, step, uint64(t))
		}
		moments.Decode(first, second)
		var mean float64
		for _, v := range second {
			mean += float64(v) / n
		}
		want := 0.25 * (1 - math.Pow(0.999, 10)) * math.Pow(0.999, steps-10)
		require.InEpsilon(t, want, mean, 0.05, "%d bits", bits)
		requireZeros(t, first, "first moments of %d bits are gone", bits)
	}
}

// TestUpdateMoments asserts the promise of UpdateMomentsF32: the bits of
// GemmTF32 followed by AdamMomentsF32, and of UpdateF32 with 32 bits.
func TestUpdateMoments(t *testing.T) {
	p := newTestPool(t, 1)
	eachShape(t, 311, func(t *testing.T, f *fences, s source, x shape) {
		a, d := f.matrix(x.m, x.k), f.matrix(x.m, x.n)
		s.fillMatrix(a)
		s.fillMatrix(d)
		for _, bits := range []int{32, 16, 8} {
			w, gradient := f.packed(x.k, x.n), NewPacked(x.k, x.n)
			s.fillPacked(w)
			w2 := w.clone()
			m, m2 := NewMoments(len(w.Data), bits), NewMoments(len(w.Data), bits)
			for key := range uint64(2) {
				p.UpdateMomentsF32(w, &m, a, d, testStep, key)
				p.GemmTF32(gradient, a, d)
				AdamMomentsF32(w2.Data, &m2, gradient.Data, testStep, key)
			}
			requireBits(t, w2.Data, w.Data, "%v: weights, %d bits", x, bits)
			require.Equal(t, m2, m, "%v: moments of %d bits", x, bits)
			requirePackedPadding(t, w, "%v: %d bits", x, bits)
			first, second := NewPacked(x.k, x.n), NewPacked(x.k, x.n)
			m.Decode(first.Data, second.Data)
			requirePackedPadding(t, first, "%v: first moments of %d bits", x, bits)
		}
	})
}

func TestColumnUpdateMoments(t *testing.T) {
	p, s := newTestPool(t, 1), newSource(312)
	d := s.matrix(7, 35)
	for _, bits := range []int{32, 16, 8} {
		w, w2, scratch, sums := NewVector(35), NewVector(35), NewVector(35), NewVector(35)
		m, m2 := NewMoments(48, bits), NewMoments(48, bits)
		p.ColumnUpdateMomentsF32(w, &m, scratch, d, testStep, 5)
		p.ColumnSumsF32(sums, d)
		AdamMomentsF32(w2, &m2, sums, testStep, 5)
		requireBits(t, w2, w, "%d bits", bits)
		require.Equal(t, m2, m)
	}
}

// TestMomentsOfAnyLength: rests and long rows take the random numbers that
// belong to their weights.
func TestMomentsOfAnyLength(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		s := newSource(313)
		for _, n := range []int{1, 15, 17, 35, 83, longestRow, longestRow + 19} {
			for _, bits := range []int{16, 8} {
				a := newLeanArgs(s, n, bits)
				want := a.clone(nil, 0)
				AdamMomentsF32(a.w, &a.moments, a.g, testStep, 9)
				want.start = want.moments.start(9, &testStep)
				want.generic()
				requireBits(t, want.w, a.w, "n=%d, %d bits", n, bits)
				require.Equal(t, want.moments, a.moments, "n=%d, %d bits", n, bits)
			}
		}
	})
}

func TestStreamsRoundDifferently(t *testing.T) {
	s := newSource(314)
	a := newLeanArgs(s, 160, 8)
	for _, change := range []func(b *leanArgs) (key uint64){
		func(*leanArgs) uint64 { return 2 },
		func(b *leanArgs) uint64 { b.moments.Stream++; return 1 },
	} {
		one, other := a.clone(nil, 0), a.clone(nil, 0)
		AdamMomentsF32(one.w, &one.moments, one.g, testStep, 1)
		AdamMomentsF32(other.w, &other.moments, other.g, testStep, change(other))
		requireBits(t, one.w, other.w, "weights move before the moments are rounded")
		require.NotEqual(t, one.moments.Second8, other.moments.Second8)
	}
}

func TestNewMoments(t *testing.T) {
	for _, bits := range []int{32, 16, 8} {
		for _, n := range []int{0, 1, 16, 35, 160} {
			m := NewMoments(n, bits)
			require.Equal(t, n, m.Len())
			require.NotPanics(t, func() { m.check("test", n) })
			first, second := make([]float32, n), make([]float32, n)
			fillWith(first, nan32())
			fillWith(second, nan32())
			m.Decode(first, second)
			requireZeros(t, first, "first moments")
			for _, v := range second {
				require.LessOrEqual(t, v, float32(0x1p-63))
			}
			require.Equal(t, int64(2*n*bits/8), MomentBytes(n, bits))
		}
		m := NewMoments(35, bits)
		for _, p := range []unsafe.Pointer{
			unsafe.Pointer(unsafe.SliceData(m.First)), unsafe.Pointer(unsafe.SliceData(m.Second16)), unsafe.Pointer(unsafe.SliceData(m.Second8)),
		} {
			require.Zero(t, uintptr(p)%lineBytes, "%d bits: alignment", bits)
		}
		require.True(t, MomentBits(bits))
	}
	require.False(t, MomentBits(0) || MomentBits(4) || MomentBits(64))
	require.Panics(t, func() { NewMoments(3, 12) })
}

// TestMomentsRefuse what does not fit, before anything is written.
func TestMomentsRefuse(t *testing.T) {
	p := newTestPool(t, 1)
	loose := testStep
	loose.Clip = 1.5
	for name, c := range map[string]struct {
		m    Moments
		step AdamStep
	}{
		"too few":          {NewMoments(32, 16), testStep},
		"too many":         {NewMoments(64, 8), testStep},
		"two widths":       {Moments{Bits: 8, First8: make([]uint8, 48), Second16: make([]uint16, 48)}, testStep},
		"another width":    {Moments{Bits: 16, First8: make([]uint8, 48), Second8: make([]uint8, 48)}, testStep},
		"none":             {Moments{}, testStep},
		"short second":     {Moments{Bits: 32, First: make([]float32, 48), Second: make([]float32, 47)}, testStep},
		"a clip too loose": {NewMoments(48, 8), loose},
	} {
		t.Run(name, func(t *testing.T) {
			w, g := make([]float32, 48), make([]float32, 48)
			fillWith(g, 1)
			require.Panics(t, func() { AdamMomentsF32(w, &c.m, g, c.step, 1) })
			require.Panics(t, func() {
				p.UpdateMomentsF32(Packed{K: 3, N: 16, Data: w}, &c.m, newSource(1).matrix(2, 3), newSource(1).matrix(2, 16), c.step, 1)
			})
			require.Panics(t, func() { p.ColumnUpdateMomentsF32(w, &c.m, g, newSource(1).matrix(2, 48), c.step, 1) })
			requireZeros(t, w, "weights")
		})
	}
	m := NewMoments(48, 16)
	require.Panics(t, func() { AdamMomentsF32(make([]float32, 48), &m, make([]float32, 47), testStep, 1) })
	require.Panics(t, func() { m.Decode(make([]float32, 48), make([]float32, 47)) })
	require.NotPanics(t, func() { AdamMomentsF32(make([]float32, 48), &m, make([]float32, 48), loose, 1) })
}

func ExampleMoments() {
	w, g := []float32{1, 2}, []float32{0.5, -0.5}
	m := NewMoments(len(w), 8)
	step := Adam{Rate: 0.1, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-7, Clip: 1}.Step(1, 1)
	AdamMomentsF32(w, &m, g, step, Mix(42, 1))
	fmt.Printf("%.4f, %d bytes of moments\n", w, MomentBytes(len(w), 8))
	// Output: [0.9000 2.1000], 4 bytes of moments
}
