package peak

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/simd"
)

func eachISA(t *testing.T, body func(t *testing.T, isa simd.ISA)) {
	for _, isa := range simd.Usable() {
		t.Run("isa="+string(isa), func(t *testing.T) { body(t, isa) })
	}
}

// TestFMACounts shows by its sums that a loop does all the operations that it
// claims: each value grows by x·y in every round.
func TestFMACounts(t *testing.T) {
	eachISA(t, func(t *testing.T, isa simd.ISA) {
		for _, rounds := range []int{1, 2, 3, 100, roundsPerCall} {
			var out [16]float32
			values := fma(isa, &out, rounds, 1, 3)
			var total float32 // of integers below 2²⁴
			for _, v := range out {
				total += v
			}
			require.Equal(t, float32(3*values*rounds), total, "%d rounds", rounds)
			require.Equal(t, 2*values*rounds, FMA(isa, rounds))
		}
		require.Equal(t, FMA(isa, 1)*(3*roundsPerCall+7), FMA(isa, 3*roundsPerCall+7))
	})
}

func TestDotCounts(t *testing.T) {
	eachISA(t, func(t *testing.T, isa simd.ISA) {
		for _, rounds := range []int{1, 2, 3, 100, roundsPerCall} {
			for a, w := range map[uint32]uint32{0x01010101: 0x01010101, 0x7f7f7f7f: 0x81818181, 0x05050505: 0x7f010203} {
				var out [16]int32
				values := dot(isa, &out, rounds, a, w)
				total, each := 0, 0
				for _, v := range out {
					total += int(v)
				}
				for i := range 4 {
					each += int(uint8(a>>(8*i))) * int(int8(w>>(8*i)))
				}
				require.Equal(t, each*values*rounds, total, "%d rounds of %#x·%#x", rounds, a, w)
				require.Equal(t, 8*values*rounds, DotI8(isa, rounds))
			}
		}
	})
}

// TestSum compares with a plain sum over whole blocks, from odd offsets; other
// bytes before and behind would change it.
func TestSum(t *testing.T) {
	buf := make([]byte, 150_000)
	for i := range buf {
		buf[i] = byte(i*i>>3 + 7*i)
	}
	eachISA(t, func(t *testing.T, isa simd.ISA) {
		for n := range 2100 {
			if n > 2000 {
				n *= 71 // several calls
			}
			for passes := 1; passes <= 3; passes += 2 {
				var out [16]uint32
				x := buf[n%61:][:n]
				done := sum(isa, &out, x, passes)
				require.LessOrEqual(t, done, n)
				require.Less(t, n-done, 512, "a rest of less than 512")
				require.Equal(t, n == 0, done == 0)
				var got, want uint32
				for _, v := range out {
					got += v
				}
				for i, b := range x[:done] {
					want += uint32(b) << (i % 4 * 8)
				}
				require.Equal(t, want*uint32(passes), got, "%d bytes, %d passes", n, passes)
			}
		}
	})
}

// TestRead counts whole blocks, in all passes.
func TestRead(t *testing.T) {
	eachISA(t, func(t *testing.T, isa simd.ISA) {
		for _, n := range []int{1, 500, 512, 4096, bytesPerCall, 2 * bytesPerCall, 3*bytesPerCall + 512} {
			for _, passes := range []int{1, 2, 7, 300} {
				var out [16]uint32
				want := passes * sum(isa, &out, make([]byte, n), 1)
				require.Equal(t, want, Read(isa, make([]byte, n), passes), "%d bytes, %d passes", n, passes)
			}
		}
		require.Zero(t, Read(isa, nil, 5))
	})
}

func TestRefusesWhatTheCPULacks(t *testing.T) {
	for name, loop := range map[string]func(){
		"FMA":   func() { FMA("sse9", 1) },
		"DotI8": func() { DotI8("sse9", 1) },
		"Read":  func() { Read("sse9", nil, 1) },
	} {
		require.PanicsWithValue(t, `peak: this CPU and build cannot run "sse9"`, loop, name)
	}
}

func BenchmarkFMA(b *testing.B) {
	for _, isa := range simd.Usable() {
		b.Run("isa="+string(isa), func(b *testing.B) {
			operations := 0
			for b.Loop() {
				operations += FMA(isa, roundsPerCall)
			}
			b.ReportMetric(float64(operations)/b.Elapsed().Seconds()/1e9, "GF/s")
		})
	}
}

func BenchmarkDotI8(b *testing.B) {
	for _, isa := range simd.Usable() {
		b.Run("isa="+string(isa), func(b *testing.B) {
			operations := 0
			for b.Loop() {
				operations += DotI8(isa, roundsPerCall)
			}
			b.ReportMetric(float64(operations)/b.Elapsed().Seconds()/1e9, "GOP/s")
		})
	}
}

// BenchmarkRead streams through what fits the first-level cache, the second,
// the third on most CPUs, and none.
func BenchmarkRead(b *testing.B) {
	for _, isa := range simd.Usable() {
		for _, size := range []string{"16KiB", "256KiB", "4MiB", "256MiB"} {
			n := map[string]int{"16KiB": 16 << 10, "256KiB": 256 << 10, "4MiB": 4 << 20, "256MiB": 256 << 20}[size]
			b.Run("isa="+string(isa)+"/size="+size, func(b *testing.B) {
				x := make([]byte, n)
				for i := range x {
					x[i] = byte(i)
				}
				b.SetBytes(int64(n))
				for b.Loop() {
					Read(isa, x, 1)
				}
			})
		}
	}
}
