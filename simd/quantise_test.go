package simd

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// nearestU7 is the definition in float64: to the nearest integer, ties to
// even, within 0…127, and 0 for NaN.
func nearestU7(v float64) uint8 {
	if math.IsNaN(v) {
		return 0
	}
	return uint8(math.Min(math.Max(math.RoundToEven(v), 0), MaxU7))
}

func quantizeOracle(x, inverse float32) uint8 {
	return nearestU7(rounded(float64(x) * float64(inverse)))
}

func dequantizeOracle(acc int32, scale, factor float32) float32 {
	return float32(rounded(rounded(float64(acc))*float64(scale)) * float64(factor))
}

func requantizeOracle(acc int32, scale, bias float32) uint8 {
	return nearestU7(rounded(rounded(rounded(float64(acc))*float64(scale)) + float64(bias)))
}

// bytes returns n zero bytes beside an unmapped page.
func (f *fences) bytes(n int) []uint8 {
	b := asBytes(f.floats((n + 3) / 4))
	if f.turn%2 == 0 { // the page is behind them
		return b[len(b)-n:]
	}
	return b[:n:n]
}

// int32s returns n zero integers beside an unmapped page.
func (f *fences) int32s(n int) []int32 {
	if n == 0 {
		return nil
	}
	return asInt32s(f.floats(n))
}

// quantised are the operands of the three conversions, drawn or planted.
type quantised struct {
	x, scale, bias  []float32
	acc             []int32
	inverse, factor float32
}

// awkwardSums are accumulators at the edges of int32 and of float32's digits.
var awkwardSums = []int32{
	0, 1, -1, 127, 128, -128, 1 << 24, 1<<24 + 1, 1<<24 + 3, 1<<25 + 2, 1<<25 + 6, -1<<24 - 1, -1<<24 - 3,
	math.MaxInt32, math.MaxInt32 - 64, math.MinInt32, math.MinInt32 + 1,
}

func newQuantised(s source, n int) quantised {
	q := quantised{x: s.vector(n), scale: s.vector(n), bias: s.vector(n), acc: make([]int32, n), inverse: 200, factor: 0.37}
	for i := range q.acc {
		q.acc[i] = int32(s.Uint32()) >> (s.Uint32() % 24)
		q.scale[i] = 100 / (1 + float32(math.Abs(float64(q.acc[i])))*(1+q.scale[i]))
		q.bias[i] *= 20
	}
	return q
}

// newAwkward draws any bits for everything.
func newAwkward(s source, n int) quantised {
	q := newQuantised(s, n)
	draw := func() float32 {
		if s.Uint32()%2 == 0 {
			return awkward[s.IntN(len(awkward))]
		}
		return math.Float32frombits(s.Uint32())
	}
	for i := range n {
		q.x[i], q.scale[i], q.bias[i] = draw(), draw(), draw()
		q.acc[i] = awkwardSums[s.IntN(len(awkwardSums))]
	}
	q.inverse, q.factor = draw(), draw()
	return q
}

// check runs the exported conversions on fenced copies and holds them to the
// definition, and what they read to being left alone.
func (q quantised) check(t testing.TB, f *fences, what string) {
	t.Helper()
	n := len(q.x)
	x, scale, bias, acc := f.floats(n), f.floats(n), f.floats(n), f.int32s(n)
	copy(x, q.x)
	copy(scale, q.scale)
	copy(bias, q.bias)
	copy(acc, q.acc)
	quantized, requantized, dequantized := f.bytes(n), f.bytes(n), f.floats(n)
	QuantizeU7(quantized, x, q.inverse)
	RequantizeU7(requantized, acc, scale, bias)
	DequantizeI32(dequantized, acc, scale, q.factor)
	added := f.floats(n)
	copy(added, bias)
	DequantizeAddI32(added, acc, scale, q.factor)
	for i := range n {
		if want := quantizeOracle(q.x[i], q.inverse); quantized[i] != want {
			t.Fatalf("%s: %s: QuantizeU7 makes %d of %v·%v at %d, want %d", active, what, quantized[i], q.x[i], q.inverse, i, want)
		}
		if want := requantizeOracle(q.acc[i], q.scale[i], q.bias[i]); requantized[i] != want {
			t.Fatalf("%s: %s: RequantizeU7 makes %d of %d·%v+%v at %d, want %d", active, what, requantized[i], q.acc[i], q.scale[i], q.bias[i], i, want)
		}
		if want := dequantizeOracle(q.acc[i], q.scale[i], q.factor); !sameValue(dequantized[i], want) {
			t.Fatalf("%s: %s: DequantizeI32 makes %v of %d·%v·%v at %d, want %v", active, what, dequantized[i], q.acc[i], q.scale[i], q.factor, i, want)
		}
	}
	for i := range n {
		if want := bias[i] + dequantizeOracle(acc[i], scale[i], q.factor); !sameValue(added[i], want) {
			t.Fatalf("%s: %s: DequantizeAddI32 makes %v of %v + %d·%v·%v at %d, want %v", active, what, added[i], bias[i], acc[i], scale[i], q.factor, i, want)
		}
	}
	requireSame(t, slices.Concat(q.x, q.scale, q.bias), slices.Concat(x, scale, bias), func() string { return what + ": operands" })
	require.True(t, slices.Equal(q.acc, acc), "%s: sums were changed", what)
	f.release("%s: %s", active, what)
}

// TestQuantise covers every length around four blocks, and one that is
// typical, with ordinary operands and with awkward ones.
func TestQuantise(t *testing.T) {
	lens := []int{500}
	for n := range 4*PanelWidth + 4 {
		lens = append(lens, n)
	}
	rounds := 20
	if !thorough() {
		rounds = 2
	}
	eachISA(t, func(t *testing.T) {
		f, s := newFences(t), newSource(220)
		for _, n := range lens {
			newQuantised(s, n).check(t, f, "ordinary")
			for range rounds {
				newAwkward(s, n).check(t, f, "awkward")
			}
		}
	})
}

// TestQuantiseAlignment moves the operands off every boundary, by different
// distances.
func TestQuantiseAlignment(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		s := newSource(221)
		for offset := range PanelWidth {
			q := newQuantised(s, 48+3*PanelWidth)
			n, a, b, c := 48, offset, 2*offset%PanelWidth, 3*offset%PanelWidth
			bytes, floats := make([]uint8, n+offset), make([]float32, n+offset)
			quantizeU7(bytes[offset:], q.x[b:b+n], q.inverse)
			for i := range n {
				require.Equal(t, quantizeOracle(q.x[b+i], q.inverse), bytes[offset+i], "offset %d", offset)
			}
			requantizeU7(bytes[offset:], q.acc[a:a+n], q.scale[b:b+n], q.bias[c:c+n])
			for i := range n {
				require.Equal(t, requantizeOracle(q.acc[a+i], q.scale[b+i], q.bias[c+i]), bytes[offset+i], "offset %d", offset)
			}
			dequantizeI32(floats[offset:], q.acc[b:b+n], q.scale[c:c+n], q.factor)
			for i := range n {
				require.Equal(t, dequantizeOracle(q.acc[b+i], q.scale[c+i], q.factor), floats[offset+i], "offset %d", offset)
			}
			require.Equal(t, make([]uint8, offset), bytes[:offset], "before dst")
			requireZeros(t, floats[:offset], "before dst")
		}
	})
}

// TestQuantiseTies pins what the definition says of halves and of the ends of
// the range, written out.
func TestQuantiseTies(t *testing.T) {
	below, above := math.Nextafter32(0.5, 0), math.Nextafter32(0.5, 1)
	cases := []struct {
		x    float32
		want uint8
	}{
		{0, 0}, {below, 0}, {0.5, 0}, {above, 1}, {1.5, 2}, {2.5, 2}, {3.5, 4}, {63.5, 64}, {64.5, 64}, {125.5, 126}, {126.5, 126},
		{math.Nextafter32(126.5, 127), 127}, {127, 127}, {127.5, 127}, {128, 127}, {255, 127}, {256, 127}, {65536, 127}, {1 << 31, 127}, {1 << 32, 127},
		{math.MaxFloat32, 127}, {inf32(1), 127}, {-0.5, 0}, {-1, 0}, {-128, 0}, {-1 << 31, 0}, {-math.MaxFloat32, 0}, {inf32(-1), 0}, {nan32(), 0},
		{float32(math.Copysign(0, -1)), 0}, {math.SmallestNonzeroFloat32, 0}, {-math.SmallestNonzeroFloat32, 0},
	}
	eachISA(t, func(t *testing.T) {
		for _, c := range cases {
			for lane := range PanelWidth {
				x, bytes := make([]float32, PanelWidth), make([]uint8, PanelWidth)
				x[lane] = c.x
				want := make([]uint8, PanelWidth)
				want[lane] = c.want
				QuantizeU7(bytes, x, 1)
				require.Equal(t, want, bytes, "QuantizeU7 of %v in lane %d", c.x, lane)
				RequantizeU7(bytes, make([]int32, PanelWidth), make([]float32, PanelWidth), x)
				require.Equal(t, want, bytes, "RequantizeU7 of %v in lane %d", c.x, lane)
			}
		}
	})
}

// FuzzQuantise holds all implementations to the definition, with any bits.
func FuzzQuantise(f *testing.F) {
	for i, x := range awkward {
		f.Add(uint64(i), uint8(16*i), math.Float32bits(x), uint32(0x3f800000), awkwardSums[i%len(awkwardSums)], math.Float32bits(-x), uint32(i))
	}
	f.Fuzz(func(t *testing.T, seed uint64, n uint8, x, factor uint32, acc int32, bias, at uint32) {
		if n == 0 {
			return
		}
		q := newAwkward(newSource(seed), int(n))
		i := int(at) % int(n)
		q.x[i], q.bias[i], q.acc[i] = math.Float32frombits(x), math.Float32frombits(bias), acc
		q.inverse, q.factor, q.scale[i] = math.Float32frombits(factor), math.Float32frombits(factor), math.Float32frombits(factor)
		for _, isa := range Usable() {
			use(t, isa)
			q.check(t, newFences(t), "fuzzed")
		}
	})
}
