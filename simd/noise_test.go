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

// TestAddNormal compares with the formula element by element, for odd and even
// lengths, in place and not, inside fences; a shorter row is the beginning of
// a longer one.
func TestAddNormal(t *testing.T) {
	const key, scale = 99, 0.3
	eachISA(t, func(t *testing.T) {
		f, s := newFences(t), newSource(90)
		stream := deviates(key, 100)
		for n := range 70 {
			x, dst := f.floats(n), f.floats(n)
			s.fill(x)
			AddNormalF32(dst, x, key, scale)
			want := make([]float32, n)
			for i := range want {
				want[i] = x[i] + float32(scale*stream[i])
			}
			requireBits(t, want, dst, "n=%d", n)
			AddNormalF32(x, x, key, scale)
			requireBits(t, want, x, "n=%d in place", n)
			f.release("n=%d", n)
		}
	})
}
