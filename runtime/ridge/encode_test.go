package ridge

import (
	"bytes"
	"errors"
	"flag"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the fixture of the current format version anew")

// fixtureClassifier has an empty class in the middle and unlabelled samples.
func fixtureClassifier(t testing.TB) *Classifier {
	c := filled(t, Options{Inputs: 9, Width: 3, Features: 66, Seed: 1 << 40, Lambda: 3}, clouds(90, 9, 5, 1))
	require.NoError(t, c.RemoveClass(2))
	return c
}

const fixture = "v1.ridge"

// TestFixtureV1 reads what the first release of version 1 wrote. The file must
// never change: a change means that classifiers out there can no longer be read, or
// have other features.
func TestFixtureV1(t *testing.T) {
	path, want := filepath.Join("testdata", fixture), encoded(t, fixtureClassifier(t))
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, want, 0o644))
	}
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, file))
	require.True(t, bytes.Equal(file, encoded(t, decoded(t, file))))
}

// TestDecodedGoesOn as the classifier that was encoded.
func TestDecodedGoesOn(t *testing.T) {
	s := clouds(300, 20, 4, 2)
	for _, features := range []int{64, 70, 128, 130} {
		opt := small
		opt.Features = features
		c := newTest(t, opt)
		for lo := 0; lo < 300; lo += 50 {
			back := decoded(t, encoded(t, c))
			require.Equal(t, c.Options(), back.Options())
			s.some(lo, lo+50).add(t, c)
			s.some(lo, lo+50).add(t, back)
			require.Equal(t, encoded(t, c), encoded(t, back))
			require.Equal(t, solve(t, c).weights, solve(t, back).weights)
		}
	}
}

// TestBytes is the length of the encoding; memory is told, too.
func TestBytes(t *testing.T) {
	c := fixtureClassifier(t)
	require.Len(t, encoded(t, c), c.Bytes())
	require.Len(t, encoded(t, newTest(t, small)), newTest(t, small).Bytes())
	b, err := c.AppendBinary([]byte("before"))
	require.NoError(t, err)
	require.Equal(t, append([]byte("before"), encoded(t, c)...), b)
	before := newTest(t, small).Memory()
	require.Greater(t, before, newTest(t, small).Bytes()-headerBytes)
	require.Greater(t, filled(t, small, clouds(1, 20, 1, 1)).Memory(), before+small.Inputs*small.Features)
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

func requireRefused(t *testing.T, b []byte, named error) *DecodeError {
	c, err := Decode(bytes.NewReader(b))
	require.ErrorIs(t, err, named)
	requireNamed(t, err)
	require.Nil(t, c)
	var at *DecodeError
	require.ErrorAs(t, err, &at)
	return at
}

// TestDamage: every byte that is changed or missing is noticed, in the header and
// the counts every bit.
func TestDamage(t *testing.T) {
	good := encoded(t, fixtureClassifier(t))
	for i := range good {
		bits := 8
		if i > headerBytes+5*storedCount {
			bits = 1
		}
		for bit := range bits {
			bad := bytes.Clone(good)
			bad[i] ^= 1 << ((bit + i) % 8)
			_, err := Decode(bytes.NewReader(bad))
			requireNamed(t, err)
		}
	}
	for n := 0; n < len(good); n += 1 + n/headerBytes {
		requireRefused(t, good[:n], ErrTruncated)
	}
	requireRefused(t, good[:len(good)-1], ErrTruncated)
	requireRefused(t, append(bytes.Clone(good), 0), ErrFormat)
}

// reseal makes the sums of an encoded classifier right.
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
	good := encoded(t, fixtureClassifier(t))
	u32 := func(at int, v uint32) func([]byte) { return func(b []byte) { le.PutUint32(b[at:], v) } }
	u64 := func(at int, v uint64) func([]byte) { return func(b []byte) { le.PutUint64(b[at:], v) } }
	columns, end := headerBytes+5*storedCount, len(good)-sumBytes
	for i, c := range []struct {
		change func([]byte)
		named  error
		offset int
	}{
		{u32(0, 7), ErrMagic, 0},
		{u32(8, 0), ErrFormat, 8},
		{u32(8, 2), ErrVersion, 8},
		{u32(12, 1), ErrVersion, 12},
		{u32(16, 0), ErrFormat, 16},
		{u32(16, math.MaxUint32), ErrFormat, 16},
		{u32(20, MinFeatures-1), ErrFormat, 16},
		{u32(20, math.MaxUint32), ErrFormat, 16},
		{u64(32, math.Float64bits(math.NaN())), ErrFormat, 16},
		{u64(32, 0), ErrFormat, 16},
		{u64(40, 1<<40), ErrTooLarge, 40},
		{u64(40, 10), ErrFormat, headerBytes},
		{u64(40, 91), ErrFormat, end - 4},
		{u32(48, 1<<20), ErrTooLarge, 48},
		{u32(52, 2), ErrFormat, 16},
		{u32(52, math.MaxUint32), ErrFormat, 16},
		{u32(56, 1), ErrFormat, 56},
		{u64(headerBytes, math.MaxUint64), ErrFormat, headerBytes},
		{u64(columns-storedCount, 0), ErrFormat, columns - storedCount},
		{u32(columns+4*65, 0), ErrFormat, columns + 4*65},
		{u32(end-4, 0), ErrFormat, end - 4},
	} {
		bad := bytes.Clone(good)
		c.change(bad)
		at := requireRefused(t, reseal(bad), c.named)
		require.EqualValues(t, c.offset, at.Offset, "%d: %v", i, at)
	}
}

// TestNoSamplesHaveNoSums.
func TestNoSamplesHaveNoSums(t *testing.T) {
	b := encoded(t, newTest(t, small))
	b[headerBytes+9] = 1
	require.EqualValues(t, headerBytes, requireRefused(t, reseal(b), ErrFormat).Offset)
}

// TestHostileLengthAllocatesLittle: a header claims 33 MB and 16,384 classes.
func TestHostileLengthAllocatesLittle(t *testing.T) {
	b := encoded(t, fixtureClassifier(t))
	le.PutUint32(b[16:], MaxWeights/MaxFeatures)
	le.PutUint32(b[20:], MaxFeatures)
	le.PutUint32(b[48:], 1<<14)
	le.PutUint32(b[52:], 0)
	b = reseal(b)[:headerBytes+5]
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Decode(bytes.NewReader(b))
	runtime.ReadMemStats(&after)
	require.ErrorIs(t, err, ErrTruncated)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<17))
}

// TestReadersErrors come through, and short reads do not matter.
func TestReadersErrors(t *testing.T) {
	good := encoded(t, fixtureClassifier(t))
	broken := errors.New("broken")
	for _, n := range []int{0, 30, 100, 1000, len(good)} {
		_, err := Decode(io.MultiReader(bytes.NewReader(good[:n]), iotest.ErrReader(broken)))
		require.ErrorIs(t, err, broken)
	}
	c, err := Decode(iotest.OneByteReader(bytes.NewReader(good)))
	require.NoError(t, err)
	require.Equal(t, good, encoded(t, c))
}

// FuzzDecode feeds encoded classifiers as they are and with right sums. What is
// accepted must encode to the same bytes and work.
func FuzzDecode(f *testing.F) {
	b := encoded(f, fixtureClassifier(f))
	f.Add(b)
	f.Add(b[:len(b)/2])
	f.Add(encoded(f, newTest(f, Options{Inputs: 1, Features: 64})))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, b := range [][]byte{b, reseal(b)} {
			c, err := Decode(bytes.NewReader(b))
			if err != nil {
				requireNamed(t, err)
				continue
			}
			require.True(t, bytes.Equal(b, encoded(t, c)))
			if c.opt.Inputs <= 1<<12 && c.opt.Features <= 200 {
				requireWorks(t, c)
			}
		}
	})
}

// requireWorks uses a classifier, whose sums may be no samples'.
func requireWorks(t *testing.T, c *Classifier) {
	x := make([]float32, c.opt.Inputs)
	for _, label := range []int{Unlabelled, 0, 3} {
		if err := c.Add(x, label); err != nil {
			require.ErrorIs(t, err, ErrFull)
			return
		}
	}
	if err := c.Solve(t.Context()); err != nil {
		require.ErrorIs(t, err, ErrIndefinite)
		return
	}
	_, err := c.Predict(make([]float32, c.Classes()), x)
	require.NoError(t, err)
}
