package simd

import (
	"math"
	"runtime/debug"
	"testing"
)

// fences hands out buffers that end exactly at an unmapped page, or, by
// turns, start right behind one: a kernel that reads or writes past them
// crashes the test. Canaries watch the other side, and both sides where the
// platform offers no unmapped pages.
type fences struct {
	t       testing.TB
	regions [][]float32
	watched [][]float32 // canaries beside the buffers in use
	used    int
	turn    int
}

const (
	regionLen  = 4096 // values; larger buffers get a region of their own
	canaryLen  = 48   // three cache lines
	canaryBits = 0x7fc0dead
)

func newFences(t testing.TB) *fences {
	debug.SetPanicOnFault(true) // name the test that faults
	return &fences{t: t}
}

// floats returns n zero values beside an unmapped page.
func (f *fences) floats(n int) []float32 {
	region := f.region(n + 2*canaryLen)
	f.turn++
	buf, canary := placedFirst(region, n)
	if f.turn%2 == 0 {
		buf, canary = placedLast(region, n)
	}
	clear(buf)
	fillWith(canary, math.Float32frombits(canaryBits))
	f.watched = append(f.watched, canary)
	return buf
}

func placedFirst(region []float32, n int) (buf, canary []float32) {
	return region[:n:n], region[n : n+canaryLen]
}

func placedLast(region []float32, n int) (buf, canary []float32) {
	at := len(region) - n
	return region[at:len(region):len(region)], region[at-canaryLen : at]
}

func (f *fences) region(n int) []float32 {
	if n > regionLen {
		return mapRegion(f.t, n)
	}
	if f.used == len(f.regions) {
		f.regions = append(f.regions, mapRegion(f.t, regionLen))
	}
	f.used++
	return f.regions[f.used-1]
}

// release checks the canaries and takes all buffers back.
func (f *fences) release(format string, args ...any) {
	f.t.Helper()
	for _, canary := range f.watched {
		for _, v := range canary {
			if math.Float32bits(v) != canaryBits {
				f.t.Fatalf("wrote outside a buffer: "+format, args...)
			}
		}
	}
	f.watched, f.used = f.watched[:0], 0
}

// matrix and packed return zero operands inside fences; the stride runs
// through what a caller may choose.
func (f *fences) matrix(rows, cols int) Matrix {
	stride := []int{PaddedLen(cols), Stride(cols), PaddedLen(cols) + 2*PanelWidth}[f.turn%3]
	return Matrix{Rows: rows, Cols: cols, Stride: stride, Data: f.floats(rows * stride)}
}

func (f *fences) packed(k, n int) Packed {
	return Packed{K: k, N: n, Data: f.floats(PackedLen(k, n))}
}

func TestFencesSeeWritesBesideTheBuffer(t *testing.T) {
	for _, place := range []func([]float32, int) (buf, canary []float32){placedFirst, placedLast} {
		buf, canary := place(make([]float32, 100), 20)
		if len(buf) != 20 || cap(buf) != 20 || len(canary) != canaryLen {
			t.Fatalf("%d values of %d, %d canaries", len(buf), cap(buf), len(canary))
		}
	}
	quiet := &recorder{TB: t}
	f := &fences{t: quiet}
	f.floats(10)
	f.release("untouched")
	if quiet.failed {
		t.Fatal("an untouched canary counts as damaged")
	}
	buf := f.floats(10) // placed last: the canary stands before it
	f.watched[0][canaryLen-1] = buf[0]
	f.release("damaged")
	if !quiet.failed {
		t.Fatal("a damaged canary went unnoticed")
	}
}

// recorder is a TB whose failure is only noted.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Fatalf(string, ...any) { r.failed = true }
