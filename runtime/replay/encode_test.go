package replay

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the fixture of the current format version anew")

// fixtureMemory returns a memory with every feature of the encoding: both forms
// of records, an empty class, one that has given up samples, one that was
// relabelled.
func fixtureMemory(t testing.TB, budget, bits int) *Memory {
	m := newTest(t, Options{Inputs: 24, Budget: budget, Bits: bits, Seed: 1 << 40})
	r := random(12)
	for i := range 60 {
		x := drawing(r, 24)
		if i%3 == 0 {
			x = greys(r, 24)
		}
		add(t, m, x, i%4/3*2)
	}
	require.NoError(t, m.Relabel(1, 4))
	require.Equal(t, budget == tight, m.classes[0].threshold < noThreshold)
	require.Equal(t, budget > tight && bits == 0, m.undecided)
	return m
}

const tight = 700

// fixtures have a budget and bits.
var fixtures = map[string][2]int{
	"v1-decided.replay": {tight, 0}, "v1-undecided.replay": {5000, 0}, "v1-1.replay": {tight, 1}, "v1-4.replay": {tight, 4},
}

// TestFixtureV1 reads what the first release of version 1 wrote. The files must
// never change: a change means that memories out there can no longer be read.
func TestFixtureV1(t *testing.T) {
	for name, f := range fixtures {
		path, want := filepath.Join("testdata", name), fixtureMemory(t, f[0], f[1])
		if *update {
			require.NoError(t, os.WriteFile(path, encoded(t, want), 0o644))
		}
		file, err := os.ReadFile(path)
		require.NoError(t, err)
		require.True(t, bytes.Equal(encoded(t, want), file), name)
		require.True(t, bytes.Equal(encoded(t, decoded(t, file)), file), name)
	}
}

// TestDecodedGoesOn as the memory that was encoded.
func TestDecodedGoesOn(t *testing.T) {
	for _, bits := range []int{0, 1, 2, 4, 8} {
		m := newTest(t, Options{Inputs: 50, Budget: 2000, Bits: bits, Seed: 2})
		for part := range uint64(12) {
			back := decoded(t, encoded(t, m))
			requireSound(t, back)
			require.Equal(t, m.Bytes(), back.Bytes())
			fill(t, m, 20, 3, part)
			fill(t, back, 20, 3, part)
			require.Equal(t, encoded(t, m), encoded(t, back))
		}
	}
}

func TestAppendBinaryAppends(t *testing.T) {
	m := fixtureMemory(t, tight, 4)
	b, err := m.AppendBinary([]byte("before"))
	require.NoError(t, err)
	require.Equal(t, append([]byte("before"), encoded(t, m)...), b)
}

// requireNamed demands one of this package's errors and a place.
func requireNamed(t *testing.T, err error) {
	var at *DecodeError
	require.ErrorAs(t, err, &at)
	for _, named := range []error{ErrMagic, ErrVersion, ErrTruncated, ErrChecksum, ErrTooLarge, ErrFormat} {
		if errors.Is(err, named) {
			require.NotContains(t, err.Error(), "\n")
			return
		}
	}
	t.Fatalf("unnamed error %v", err)
}

// TestEveryFlippedBit and every byte that is missing is noticed.
func TestEveryFlippedBit(t *testing.T) {
	long := newTest(t, Options{Inputs: 80, Budget: 500, Bits: 8}) // lengths of two bytes
	add(t, long, greys(random(1), 80), 1)
	files := [][]byte{encoded(t, long)}
	for _, f := range fixtures {
		files = append(files, encoded(t, fixtureMemory(t, f[0], f[1])))
	}
	for _, b := range files {
		for i := range 8 * len(b) {
			bad := bytes.Clone(b)
			bad[i/8] ^= 1 << (i % 8)
			m, err := Decode(bytes.NewReader(bad))
			require.Error(t, err, "bit %d", i)
			requireNamed(t, err)
			require.Nil(t, m)
		}
		for n := range b {
			_, err := Decode(bytes.NewReader(b[:n]))
			require.ErrorIs(t, err, ErrTruncated, "%d bytes", n)
			requireNamed(t, err)
		}
		_, err := Decode(bytes.NewReader(append(b, 0)))
		require.ErrorIs(t, err, ErrFormat)
	}
}

// reseal makes the sums of an encoded memory right.
func reseal(b []byte) []byte {
	b = bytes.Clone(b)
	if len(b) >= headerBytes+sumBytes {
		le.PutUint32(b[60:], crc32.Checksum(b[:60], castagnoli))
		end := len(b) - sumBytes
		le.PutUint32(b[end:], crc32.Checksum(b[headerBytes:end], castagnoli))
	}
	return b
}

// TestRules changes single fields and makes the sums right again.
func TestRules(t *testing.T) {
	good := encoded(t, fixtureMemory(t, tight, 4))
	u32 := func(at int, v uint32) func([]byte) { return func(b []byte) { le.PutUint32(b[at:], v) } }
	u64 := func(at int, v uint64) func([]byte) { return func(b []byte) { le.PutUint64(b[at:], v) } }
	classes := int(le.Uint32(good[48:]))
	samples := headerBytes + classes*storedClass
	for i, c := range []struct {
		change func([]byte)
		named  error
		offset int64
	}{
		{u32(0, 7), ErrMagic, 0},
		{u32(8, 0), ErrFormat, 8},
		{u32(8, 2), ErrVersion, 8},
		{u32(12, 2), ErrVersion, 12},
		{u32(12, 1), ErrFormat, 20}, // undecided with 4 bits
		{u32(16, 0), ErrFormat, 16},
		{u32(16, 1<<31), ErrFormat, 16},
		{u32(16, 1<<20), ErrFormat, 16}, // beyond the budget
		{u32(20, 0), ErrFormat, 20},
		{u32(20, 3), ErrFormat, 16},
		{u32(20, 256+4), ErrFormat, 16},
		{u64(32, 1<<40), ErrFormat, 16},
		{u64(32, 500), ErrFormat, 0},
		{u64(40, 1<<41), ErrTooLarge, 40},
		{u64(40, 3), ErrFormat, 52},
		{u32(48, 1<<20), ErrTooLarge, 48},
		{u32(48, 30), ErrFormat, 48},
		{u32(52, 1), ErrFormat, 0},
		{u32(52, 60), ErrFormat, 48},
		{u32(56, 1), ErrFormat, 56},
		{u64(headerBytes, 1<<63), ErrFormat, headerBytes},
		{u32(headerBytes+16, 1<<31), ErrFormat, headerBytes},
		{u64(samples, 1<<63|200), ErrFormat, int64(samples)},
		{func(b []byte) { copy(b[samples+storedID:], "\xff\xff\xff\xff\xff") }, ErrTooLarge, int64(samples)},
		{func(b []byte) { b[samples+storedID] ^= 1 }, ErrFormat, int64(samples + storedID)},
		{func(b []byte) { b[samples+storedID] -= 2 }, ErrFormat, int64(samples + storedID)},
	} {
		bad := bytes.Clone(good)
		c.change(bad)
		m, err := Decode(bytes.NewReader(reseal(bad)))
		require.ErrorIs(t, err, c.named, "%d", i)
		requireNamed(t, err)
		require.Nil(t, m)
		if c.offset != 0 {
			var at *DecodeError
			require.ErrorAs(t, err, &at)
			require.Equal(t, c.offset, at.Offset, "%d: %v", i, err)
		}
	}
}

// TestTwoSamplesOfOneNumber are refused.
func TestTwoSamplesOfOneNumber(t *testing.T) {
	m := newTest(t, Options{Inputs: 4, Budget: 400, Bits: 1})
	for range 2 {
		add(t, m, make([]float32, 4), 0)
	}
	b := encoded(t, m)
	record := headerBytes + storedClass
	size := (len(b) - sumBytes - record) / 2
	copy(b[record+size:], b[record:record+storedID])
	_, err := Decode(bytes.NewReader(reseal(b)))
	require.EqualError(t, err, fmt.Sprintf("replay memory: byte %d: malformed: two samples are number 0", len(b)-sumBytes))
}

// TestHostileLengthAllocatesNothing: a header claims a gigabyte.
func TestHostileLengthAllocatesNothing(t *testing.T) {
	b := encoded(t, fixtureMemory(t, tight, 1))
	le.PutUint32(b[16:], 1<<20)
	le.PutUint64(b[32:], MaxBudget)
	le.PutUint64(b[40:], 1<<30)
	le.PutUint32(b[48:], 1<<14)
	le.PutUint32(b[52:], 1<<26)
	b = reseal(b)[:headerBytes+5]
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Decode(bytes.NewReader(b))
	runtime.ReadMemStats(&after)
	require.ErrorIs(t, err, ErrTruncated)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64<<10))
}

// TestReadersErrors come through with their place.
func TestReadersErrors(t *testing.T) {
	b := encoded(t, fixtureMemory(t, tight, 1))
	broken := errors.New("broken")
	for n := range b {
		_, err := Decode(iotest.DataErrReader(&breaking{b[:n], broken}))
		require.ErrorIs(t, err, broken)
	}
	_, err := Decode(&breaking{b, broken})
	require.ErrorIs(t, err, broken)
	_, err = Decode(iotest.OneByteReader(bytes.NewReader(b)))
	require.NoError(t, err)
}

// breaking reads b and then fails.
type breaking struct {
	b   []byte
	err error
}

func (r *breaking) Read(p []byte) (int, error) {
	if len(r.b) == 0 {
		return 0, r.err
	}
	n := copy(p, r.b)
	r.b = r.b[n:]
	return n, nil
}

// FuzzMemory feeds encoded memories as they are and with right sums. What is
// accepted must be sound, encode to the same bytes and work.
func FuzzMemory(f *testing.F) {
	for name := range fixtures {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(f, err)
		f.Add(b)
		f.Add(b[:len(b)/2])
	}
	f.Add(encoded(f, newTest(f, Options{Inputs: 1, Budget: 100})))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, b := range [][]byte{b, reseal(b)} {
			m, err := Decode(bytes.NewReader(b))
			if err != nil {
				requireNamed(t, err)
				continue
			}
			require.True(t, bytes.Equal(b, encoded(t, m)))
			if m.Inputs() > 1<<12 || m.Classes() > 64 || m.Seen() > maxID-20 {
				continue
			}
			requireSound(t, m)
			fill(t, m, 20, max(m.Classes(), 1), 1)
			m.Draw(make([]int, 9), Balanced, 1)
			for m.Len() > 0 {
				require.NoError(t, m.Remove(m.Len()/2))
			}
			requireSound(t, m)
		}
	})
}
