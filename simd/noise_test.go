package simd

import (
	"math"
	"math/bits"
	"testing"

	"github.com/stretchr/testify/require"
)

// deviates returns n standard normal deviates of the stream named by key.
func deviates(key uint64, n int) []float32 {
	x := make([]float32, n)
	AddNormalF32(x, x, key, 1)
	return x
}

// TestNoiseMoments compares a million deviates with the normal distribution.
// A bound is four standard errors (they shrink with √n) plus what an error of
// 1e-4 in each deviate can add; the stream is fixed, so it passes or fails for
// good.
func TestNoiseMoments(t *testing.T) {
	const (
		n        = 1_000_000
		perValue = 1e-4
	)
	x := deviates(Mix(2301, 1452), n)
	var m [5]float64 // raw moments
	for _, v := range x {
		p := 1.0
		for k := range m {
			m[k] += p / n
			p *= float64(v)
		}
	}
	mean, variance := m[1], m[2]-m[1]*m[1]
	skew := (m[3] - 3*m[1]*m[2] + 2*m[1]*m[1]*m[1]) / math.Pow(variance, 1.5)
	kurtosis := (m[4] - 4*m[1]*m[3] + 6*m[1]*m[1]*m[2] - 3*math.Pow(m[1], 4)) / (variance * variance)
	require.InDelta(t, 0, mean, 4/math.Sqrt(n)+perValue, "mean")
	require.InDelta(t, 1, variance, 4*math.Sqrt(2.0/n)+2*perValue, "variance")
	require.InDelta(t, 0, skew, 4*math.Sqrt(6.0/n)+6*perValue, "skewness")
	require.InDelta(t, 3, kurtosis, 4*math.Sqrt(24.0/n)+16*perValue, "kurtosis")

	for _, z := range []float64{0, 0.5, 1, 2, 3, 4} {
		upper, lower := 0.0, 0.0
		for _, v := range x {
			if float64(v) > z {
				upper++
			}
			if float64(v) < -z {
				lower++
			}
		}
		p := math.Erfc(z/math.Sqrt2) / 2
		density := math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
		bound := 4*math.Sqrt(p*(1-p)/n) + perValue*density
		require.InDelta(t, p, upper/n, bound, "above %v", z)
		require.InDelta(t, p, lower/n, bound, "below −%v", z)
	}
}

// correlation of two samples of standard deviates.
func correlation(x, y []float32) float64 {
	var sum float64
	for i := range y {
		sum += float64(x[i]) * float64(y[i])
	}
	return sum / float64(len(y))
}

// TestStreamsAreIndependent correlates streams whose keys are neighbours, raw
// or hashed from neighbouring parts, and a stream with itself a little later.
// Of about a hundred correlations none may leave 4.5 standard errors, which a
// normal value does seven times in a million.
func TestStreamsAreIndependent(t *testing.T) {
	const n = 50_000
	bound := 4.5 / math.Sqrt(n)
	raw, hashed := deviates(1000, n), deviates(Mix(7, 1000), n)
	for i := uint64(1); i <= 16; i++ {
		require.InDelta(t, 0, correlation(raw, deviates(1000+i, n)), bound, "keys %d apart", i)
		require.InDelta(t, 0, correlation(raw, deviates(1000^1<<(4*i-1), n)), bound, "one bit apart: %d", 4*i-1)
		require.InDelta(t, 0, correlation(hashed, deviates(Mix(7, 1000+i), n)), bound, "Mix: last part %d apart", i)
		require.InDelta(t, 0, correlation(hashed, deviates(Mix(7+i, 1000), n)), bound, "Mix: first part %d apart", i)
		require.InDelta(t, 0, correlation(raw[i:], raw[:n-int(i)]), bound, "lag %d", i)
		require.InDelta(t, 0, squareCorrelation(raw[i:], raw[:n-int(i)]), bound, "squares, lag %d", i)
	}
}

// squareCorrelation is the correlation of the squares of standard deviates,
// which have mean 1 and variance 2.
func squareCorrelation(x, y []float32) float64 {
	var sum float64
	for i := range y {
		sum += (float64(x[i])*float64(x[i]) - 1) * (float64(y[i])*float64(y[i]) - 1) / 2
	}
	return sum / float64(len(y))
}

// TestMixAvalanche flips each bit of each part: about half of the key's bits
// change, at least 10 and at most 54 (six standard deviations of a binomial
// count would be 8…56), and over all flips half of them to within 2 %.
func TestMixAvalanche(t *testing.T) {
	parts := []uint64{0, 1, 0xdeadbeef}
	total, flips := 0, 0
	for i := range parts {
		for bit := range 64 {
			changed := append([]uint64(nil), parts...)
			changed[i] ^= 1 << bit
			n := bits.OnesCount64(Mix(parts...) ^ Mix(changed...))
			require.True(t, 10 <= n && n <= 54, "part %d, bit %d: %d bits change", i, bit, n)
			total, flips = total+n, flips+1
		}
	}
	require.InEpsilon(t, 32*flips, total, 0.02)
}

func TestMixTellsPartsApart(t *testing.T) {
	lists := [][]uint64{
		{}, {0}, {1}, {0, 0}, {0, 1}, {1, 0}, {1, 1}, {2}, {0, 0, 0}, {0, 1, 2}, {2, 1, 0}, {1, 2, 0}, {0x9e3779b97f4a7c15},
	}
	for i := range uint64(100) {
		for j := range uint64(100) {
			lists = append(lists, []uint64{1000 + i, 1000 + j})
		}
	}
	seen := map[uint64][]uint64{}
	for _, parts := range lists {
		key := Mix(parts...)
		if same, ok := seen[key]; ok {
			t.Fatalf("Mix%v = Mix%v", parts, same)
		}
		seen[key] = parts
	}
}

// TestNoisePairs correlates the two deviates of each pair, which share a
// radius: themselves, their squares, and one with the other's square.
func TestNoisePairs(t *testing.T) {
	const pairs = 200_000
	x := deviates(Mix(5, 5), 2*pairs)
	var near, far, nearSquare, farSquare []float32
	for b := 0; b < len(x); b += noiseBlock {
		near, far = append(near, x[b:b+PanelWidth]...), append(far, x[b+PanelWidth:b+noiseBlock]...)
	}
	for i := range near {
		nearSquare, farSquare = append(nearSquare, near[i]*near[i]-1), append(farSquare, far[i]*far[i]-1)
	}
	bound := 4.5 / math.Sqrt(pairs)
	require.InDelta(t, 0, correlation(near, far), bound, "themselves")
	require.InDelta(t, 0, squareCorrelation(near, far), bound, "their squares")
	require.InDelta(t, 0, correlation(near, farSquare), math.Sqrt2*bound, "one and the other's square")
	require.InDelta(t, 0, correlation(nearSquare, far), math.Sqrt2*bound, "the other and one's square")
}

// unshift inverts h ^= h>>n.
func unshift(h uint32, n int) uint32 {
	x := h
	for s := n; s < 32; s += n {
		x = h ^ x>>n
	}
	return x
}

// inverse returns the odd number whose product with m is 1 modulo 2³².
func inverse(m uint32) uint32 {
	x := m // right in three bits; each step doubles them
	for range 4 {
		x *= 2 - m*x
	}
	return x
}

// unhash inverts noiseHash.
func unhash(h, low, high uint32) uint32 {
	h = unshift(h, 14) * inverse(hashThird)
	h = unshift(h, 15) * inverse(hashSecond)
	h = unshift(h, 11)*inverse(hashFirst) - high
	return (unshift(h, 17) - low) * inverse(hashStep)
}

// TestNoiseHashIsBijective inverts the hash: within a stream no two elements
// share their bits, and none are left out.
func TestNoiseHashIsBijective(t *testing.T) {
	s := newSource(91)
	for range 10_000 {
		i, low, high := s.Uint32(), s.Uint32(), s.Uint32()
		require.Equal(t, i, unhash(noiseHash(i, low, high), low, high))
		require.Equal(t, i, noiseHash(unhash(i, low, high), low, high))
	}
	require.Equal(t, uint32(1<<32-1), unhash(noiseHash(1<<32-1, 0, 0), 0, 0))
}

// TestNoiseHashAvalanche flips each bit of the element's number and of the
// key: each bit of the hash changes in half of the cases. No count of the
// 3072 may leave five standard deviations, which one in 570 sets of them
// would do by chance; the sample is fixed.
func TestNoiseHashAvalanche(t *testing.T) {
	const samples = 20_000
	s := newSource(92)
	var changes [96][32]int
	for range samples {
		i, low, high := s.Uint32(), s.Uint32(), s.Uint32()
		h := noiseHash(i, low, high)
		for bit := range 32 {
			flip := uint32(1) << bit
			count(&changes[bit], h^noiseHash(i^flip, low, high))
			count(&changes[32+bit], h^noiseHash(i, low^flip, high))
			count(&changes[64+bit], h^noiseHash(i, low, high^flip))
		}
	}
	bound := 5 * math.Sqrt(samples) / 2
	for in := range changes {
		for out, n := range changes[in] {
			require.InDelta(t, samples/2, n, bound, "input bit %d, output bit %d", in, out)
		}
	}
}

func count(counts *[32]int, flips uint32) {
	for b := range counts {
		counts[b] += int(flips >> b & 1)
	}
}

// noiseBits are hashes at the edges and in between.
func noiseBits() (list []uint32) {
	for b := range 32 {
		p := uint32(1) << b
		list = append(list, p, p-1, p+1, ^p, -p, 3*p, 5*p)
	}
	for s := newSource(93); len(list) < 100_000; {
		list = append(list, s.Uint32())
	}
	return list
}

// TestNoiseRadius compares with the formula in float64 for the same u, which
// is the 31-bit number rounded to float32; that rounding moves radius² by at
// most 2·2⁻²⁴ more.
func TestNoiseRadius(t *testing.T) {
	largest := 0.0
	for _, h := range noiseBits() {
		u := float64(float32(h>>1|1)) / (1 << 31)
		got, want := float64(noiseRadius(h)), math.Sqrt(-2*math.Log(u))
		require.LessOrEqual(t, math.Abs(got-want), 1e-6*want, "h = %08x", h)
		unrounded := -2 * math.Log(float64(h>>1|1)/(1<<31))
		require.InDelta(t, unrounded, got*got, 2*roundoff+2e-6*unrounded, "h = %08x", h)
		largest = math.Max(largest, got)
	}
	require.InDelta(t, math.Sqrt(62*math.Ln2), largest, 1e-6, "the radius of u = 2⁻³¹")
	require.Zero(t, noiseRadius(1<<32-1), "u rounds to 1")
}

// noiseAngle is the angle of a hash: its upper two bits count quarter turns.
func noiseAngle(h uint32) float64 {
	return float64(h>>30)*math.Pi/2 + float64(int32(h<<2))*math.Pi/(1<<33)
}

// TestNoiseCircle compares with float64, relative to each result; the angle's
// rounding is relative to its distance from a quarter turn, like the result.
func TestNoiseCircle(t *testing.T) {
	for _, h := range noiseBits() {
		cos, sin := noiseCircle(h)
		wantSin, wantCos := math.Sincos(noiseAngle(h))
		// Near a quarter turn float64's own angle is rounded, by up to 2⁻⁵¹.
		require.InDelta(t, wantCos, cos, 1e-6*math.Abs(wantCos)+1e-15, "h = %08x", h)
		require.InDelta(t, wantSin, sin, 1e-6*math.Abs(wantSin)+1e-15, "h = %08x", h)
	}
}

// TestNoiseStream pins the definition of the stream, written out once more in
// 64-bit integers and float64.
func TestNoiseStream(t *testing.T) {
	const m = 1<<32 - 1
	hash := func(i, key uint64) uint64 {
		h := (i*2654435769 + key&m) & m
		h = ((h ^ h/(1<<17)) + key>>32) * 3982152891 & m
		h = (h ^ h/(1<<11)) * 2890668881 & m
		h = (h ^ h/(1<<15)) * 830770091 & m
		return h ^ h/(1<<14)
	}
	deviate := func(i, key uint64) float64 {
		near := i &^ 16
		radius := math.Sqrt(-2 * math.Log(float64(float32(hash(near, key)/2|1))/(1<<31)))
		angle := noiseAngle(uint32(hash(near+16, key)))
		if i == near {
			return radius * math.Cos(angle)
		}
		return radius * math.Sin(angle)
	}
	eachISA(t, func(t *testing.T) {
		for _, key := range []uint64{0, 1, 1 << 32, 1<<64 - 1, Mix(2301, 1452), 0x0123456789abcdef} {
			for i, got := range deviates(key, 100) {
				want := deviate(uint64(i), key)
				require.InDelta(t, want, got, 2e-6*math.Abs(want), "key %x, element %d", key, i)
			}
		}
	})
}

// TestAddNormal compares with the pure Go kernel element by element, for every
// length of the rest, in place and not, inside fences: element i depends
// neither on the row's length nor on where the kernel's part ends.
func TestAddNormal(t *testing.T) {
	const key, scale = 0x1234_5678_9abc_def0, 0.3
	long := newSource(90).vector(512)
	want := make([]float32, len(long))
	low, high := uint32(key&(1<<32-1)), uint32(key>>32)
	addNormalF32Generic(want, long, low, high, scale)
	eachISA(t, func(t *testing.T) {
		f := newFences(t)
		for n := range 5*noiseBlock + 4 {
			x, dst := f.floats(n), f.floats(n)
			copy(x, long)
			AddNormalF32(dst, x, key, scale)
			requireBits(t, want[:n], dst, "n=%d", n)
			AddNormalF32(x, x, key, scale)
			requireBits(t, want[:n], x, "n=%d in place", n)
			f.release("n=%d", n)
		}
		whole := make([]float32, 500)
		AddNormalF32(whole, long[:500], key, scale)
		requireBits(t, want[:500], whole, "500 elements")
	})
}
