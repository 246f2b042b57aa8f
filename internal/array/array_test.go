package array

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	goruntime "runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// TestHalf compares every binary16 with its value by definition.
func TestHalf(t *testing.T) {
	for bits := range 1 << 16 {
		e, f := bits>>10&31, float64(bits&0x3FF)
		want := math.Ldexp(1+f/1024, e-15)
		switch {
		case e == 0:
			want = math.Ldexp(f, -24)
		case e == 31 && f == 0:
			want = math.Inf(1)
		case e == 31:
			want = math.NaN()
		}
		if bits>>15 == 1 {
			want = -want
		}
		got := float64(half(uint16(bits)))
		if math.IsNaN(want) {
			require.True(t, math.IsNaN(got), "%#x", bits)
			continue
		}
		require.Equal(t, math.Float64bits(want), math.Float64bits(got), "%#x", bits)
	}
}

func TestFloat32s(t *testing.T) {
	want := []float32{0, 1, -1.5, float32(math.Copysign(0, -1)), 0x1p-149, math.MaxFloat32, float32(math.Inf(-1))}
	var f32, f64 []byte
	for _, v := range want {
		f32 = binary.LittleEndian.AppendUint32(f32, math.Float32bits(v))
		f64 = binary.LittleEndian.AppendUint64(f64, math.Float64bits(float64(v)))
	}
	for _, a := range []Array{{Type: F32, Data: f32}, {Type: F64, Data: f64}} {
		got, err := a.Float32s()
		require.NoError(t, err)
		for i := range want {
			require.Equal(t, math.Float32bits(want[i]), math.Float32bits(got[i]))
		}
	}
	got, err := Array{Type: BF16, Data: []byte{0xC0, 0x3F, 0x80, 0xFF}}.Float32s()
	require.NoError(t, err)
	require.Equal(t, []float32{1.5, float32(math.Inf(-1))}, got)

	for _, v := range []float64{0.1, 1e300, 1e-60, math.MaxFloat32 * 1.0000001} {
		_, err := Array{Type: F64, Data: binary.LittleEndian.AppendUint64(make([]byte, 8), math.Float64bits(v))}.Float32s()
		require.ErrorIs(t, err, ErrValue)
		require.ErrorContains(t, err, "value 1, ")
		require.ErrorContains(t, err, "no float32")
	}
	for _, typ := range []Type{I8, U8, Bool, Text, "I64", "F8_E4M3"} {
		_, err := Array{Type: typ, Data: make([]byte, 8)}.Float32s()
		require.ErrorIs(t, err, ErrType)
		require.ErrorContains(t, err, string(typ))
	}
}

func TestBytes(t *testing.T) {
	for _, c := range []struct {
		shape []int
		size  int
		want  int64
	}{{nil, 4, 4}, {[]int{3, 5}, 2, 30}, {[]int{1 << 30}, 4, 1 << 32}, {[]int{math.MaxInt32, math.MaxInt32, 0}, 8, 0}, {[]int{0, 1 << 20, 1 << 20, 1 << 20}, 4, 0}} {
		got, err := Bytes(c.shape, c.size)
		if err != nil {
			require.ErrorIs(t, err, ErrTooLarge, "%v", c.shape)
			require.Contains(t, c.shape, 0, "an empty array may be refused, no other")
			continue
		}
		require.Equal(t, c.want, got, "%v", c.shape)
	}
	for _, shape := range [][]int{{-1}, {1<<30 + 1}, {1 << 20, 1 << 20}, make([]int, MaxRank+1), {math.MaxInt32, math.MaxInt32, math.MaxInt32}} {
		_, err := Bytes(shape, 4)
		require.ErrorIs(t, err, ErrTooLarge, "%v", shape)
	}
}

func TestRead(t *testing.T) {
	want := bytes.Repeat([]byte("0123456789"), 100_000)
	for _, n := range []int{0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 3 * chunk, len(want)} {
		got, err := Read(iotest.HalfReader(bytes.NewReader(want)), int64(n))
		require.NoError(t, err)
		require.True(t, bytes.Equal(want[:n], got))
	}
	_, err := Read(bytes.NewReader(want), int64(len(want)+1))
	require.ErrorIs(t, err, ErrTruncated)
	require.ErrorContains(t, err, "1000000 bytes of 1000001")
	for _, n := range []int64{-1, MaxBytes + 1, math.MaxInt64} {
		_, err = Read(bytes.NewReader(want), n)
		require.ErrorIs(t, err, ErrTooLarge)
	}
	_, err = Read(iotest.ErrReader(io.ErrClosedPipe), 1)
	require.ErrorIs(t, err, io.ErrClosedPipe)
}

func TestClaimsAllocateNothing(t *testing.T) {
	var before, after goruntime.MemStats
	goruntime.ReadMemStats(&before)
	_, err := Read(io.MultiReader(bytes.NewReader(make([]byte, 1<<20))), 1<<31-1)
	goruntime.ReadMemStats(&after)
	require.ErrorIs(t, err, ErrTruncated)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8<<20), "a claim of 2 GB, 1 MB delivered")
}

func TestEnd(t *testing.T) {
	require.NoError(t, End(strings.NewReader("")))
	require.ErrorIs(t, End(strings.NewReader("x")), ErrFormat)
	require.ErrorIs(t, End(iotest.ErrReader(io.ErrClosedPipe)), io.ErrClosedPipe)
}

func TestSources(t *testing.T) {
	a := Rows("a", []int{2, 3, 2}, func(dst []float32, i int) { dst[1] = float32(i) })
	n, err := Total([]Source{a, a})
	require.NoError(t, err)
	require.EqualValues(t, 96, n)
	var b bytes.Buffer
	require.NoError(t, a.Data(&b))
	got, err := Array{Type: F32, Data: b.Bytes()}.Float32s()
	require.NoError(t, err)
	require.Equal(t, []float32{0, 0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5}, got)

	codes := Codes("c", []int{2, 2}, func(dst []int8, i int) { dst[i] = int8(-1 - i) })
	b.Reset()
	require.NoError(t, codes.Data(&b))
	v, err := Array{Type: I8, Data: b.Bytes()}.Int8s()
	require.NoError(t, err)
	require.Equal(t, []int8{-1, 0, 0, -2}, v)
	require.Error(t, codes.Data(failing{}))
	_, err = Array{Type: U8}.Int8s()
	require.ErrorIs(t, err, ErrType)

	large := Rows("large", []int{1 << 29, 1}, nil)
	_, err = Total([]Source{large, large, large})
	require.ErrorIs(t, err, ErrTooLarge)
	_, err = Total([]Source{String("t", "text")})
	require.ErrorIs(t, err, ErrType)
	_, err = Total([]Source{Rows("wide", []int{1 << 30, 8}, nil)})
	require.ErrorIs(t, err, ErrTooLarge)
	require.ErrorContains(t, err, "array wide: ")
	require.Error(t, a.Data(failing{}))
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestPlace(t *testing.T) {
	require.Equal(t, "value 7", Place(nil, 7))
	require.Equal(t, "value 7", Place([]int{9}, 7))
	require.Equal(t, "[1][3]", Place([]int{2, 4}, 7))
	require.Equal(t, "[1][2][3]", Place([]int{2, 3, 4}, 23))
}

func TestQuote(t *testing.T) {
	for name, want := range map[string]string{
		"W1": "W1", "mixture.0.chol": "mixture.0.chol", "café": "café", "": `""`, "a b": `"a b"`, "a\nb": `"a\nb"`,
		"\xff": `"\xff"`, `"`: `"\""`, strings.Repeat("x", 99): `"` + strings.Repeat("x", 80) + `"…`,
	} {
		require.Equal(t, want, Quote(name))
	}
}
