package replay

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

var allBits = []int{1, 2, 4, 8}

// TestCountsRoundTrip for every order and awkward numbers side by side.
func TestCountsRoundTrip(t *testing.T) {
	counts := []int{0, 1, 2, 3, 6, 7, 8, 9, 14, 15, 16, 783, 784, 1<<16 - 1, 1 << 16, 1<<20 - 1, 1 << 20}
	for k := range 6 {
		w := bitWriter{}
		for _, v := range counts {
			w.count(v, k)
			w.put(uint64(v&1), 1)
		}
		r := bitReader{b: w.finish()}
		for _, v := range counts {
			require.Equal(t, v, r.count(k))
			require.EqualValues(t, v&1, r.get(1))
		}
		require.Equal(t, -1, r.count(k), "behind the end")
	}
}

// roundTrip returns what becomes of x, and the bytes of its record.
func roundTrip(t *testing.T, x []float32, bits int) ([]float32, []byte) {
	c, given, work := newCodes(bits), make([]byte, len(x)), make([]byte, 0, 2*len(x)+16)
	quantise(given, x)
	record := appendRecord(nil, work, given, bits, &c.reduce)
	require.LessOrEqual(t, len(record), max(maxRecordBytes(len(x), bits), minRecord))
	body, runs, n := splitRecord(append(record, 0xff, 0xff))
	require.Equal(t, len(record), n)
	got := make([]float32, len(x))
	require.True(t, expand(got, body, runs, bits, &c.values))
	return got, record
}

// TestCodesAreNearest: a value is decoded to the nearest of 2^bits, whatever the
// form of the record.
func TestCodesAreNearest(t *testing.T) {
	r := random(1)
	for _, bits := range allBits {
		top := float64(int(1)<<bits - 1)
		for inputs := range 70 {
			for _, x := range [][]float32{drawing(r, inputs+1), greys(r, inputs+1), make([]float32, inputs+1)} {
				got, _ := roundTrip(t, x, bits)
				for i, v := range x {
					require.LessOrEqual(t, math.Abs(float64(v)-float64(got[i])), 0.5/top+1e-7, "%v at %d bits", v, bits)
					require.InDelta(t, math.Floor(float64(v)*top+0.5)/top, got[i], 1e-7, "%v at %d bits", v, bits)
				}
			}
		}
	}
}

// TestTiesRoundUp, and the ends are exact.
func TestTiesRoundUp(t *testing.T) {
	for _, bits := range allBits {
		got, _ := roundTrip(t, []float32{0, 1, 0.5, math.Nextafter32(0.5, 0)}, bits)
		require.Equal(t, []float32{0, 1}, got[:2])
		require.Greater(t, got[2], float32(0.5), "no number of codes is odd")
		if bits < 8 {
			require.Less(t, got[3], float32(0.5))
		}
	}
}

// TestFormIsTheShorter: drawings become runs, noise is packed.
func TestFormIsTheShorter(t *testing.T) {
	r := random(2)
	for _, bits := range allBits {
		_, record := roundTrip(t, drawing(r, 784), bits)
		_, runs, n := splitRecord(record)
		require.True(t, runs)
		require.Less(t, n, plainBytes(784, bits))
		_, record = roundTrip(t, greys(r, 784), bits)
		_, runs, n = splitRecord(record)
		require.False(t, runs)
		require.Equal(t, 2+plainBytes(784, bits), n)
	}
}

// TestFewerBitsAreNeverLonger, which lets records be encoded anew in place.
func TestFewerBitsAreNeverLonger(t *testing.T) {
	r := random(3)
	for range 3000 {
		given := make([]byte, 1+r.IntN(300))
		top, share := 1+r.IntN(255), r.Float64() // of small codes, of zeros
		for i := range given {
			if r.Float64() > share {
				given[i] = byte(r.IntN(top + 1))
			}
		}
		work := make([]byte, 0, 2*len(given)+16)
		long := appendRecord(nil, work, given, 8, &same)
		for _, bits := range []int{1, 2, 4} {
			c := newCodes(bits)
			require.LessOrEqual(t, len(appendRecord(nil, work, given, bits, &c.reduce)), len(long))
		}
	}
}

// TestAlternatingCodes is the worst case of the test before: every second code
// turns to zero.
func TestAlternatingCodes(t *testing.T) {
	for n := 1; n < 400; n++ {
		given := make([]byte, n)
		for i := range given {
			given[i] = byte(1 + 254*(i&1))
		}
		work := make([]byte, 0, 2*n+16)
		for zeros := range 3 {
			from := append(make([]byte, zeros*200), given...)
			from = append(from, make([]byte, zeros*200)...)
			long := appendRecord(nil, work, from, 8, &same)
			for _, bits := range []int{1, 2, 4} {
				c := newCodes(bits)
				require.LessOrEqual(t, len(appendRecord(nil, work, from, bits, &c.reduce)), len(long))
			}
		}
	}
}
