package model

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"math"
	goruntime "runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var namedErrors = []error{ErrMagic, ErrVersion, ErrTruncated, ErrChecksum, ErrTooLarge, ErrFormat, ErrValue, ErrNotCheckpoint}

// requireNamed checks that err is a FileError of one line around exactly one
// named error.
func requireNamed(t *testing.T, err error) {
	t.Helper()
	var at *FileError
	require.ErrorAs(t, err, &at)
	n := 0
	for _, named := range namedErrors {
		if errors.Is(err, named) {
			n++
		}
	}
	require.Equal(t, 1, n, "%v", err)
	require.NotContains(t, err.Error(), "\n")
}

func TestEveryBitFlipIsNoticed(t *testing.T) {
	file := encodeModel(t, smallModel())
	for i := range file {
		for bit := range 8 {
			file[i] ^= 1 << bit
			_, err := Decode(bytes.NewReader(file))
			requireNamed(t, err)
			file[i] ^= 1 << bit
		}
	}
}

func TestBitFlipInEveryByteOfACheckpointIsNoticed(t *testing.T) {
	file := encodeCheckpoint(t, smallCheckpoint())
	for i := range file {
		file[i] ^= 1 << (i % 8)
		_, err := DecodeCheckpoint(bytes.NewReader(file))
		requireNamed(t, err)
		_, err = Decode(bytes.NewReader(file))
		requireNamed(t, err)
		file[i] ^= 1 << (i % 8)
	}
}

func TestEveryByteReplacementIsNoticed(t *testing.T) {
	file := encodeModel(t, smallModel())
	for i, old := range file {
		for _, b := range []byte{0, 0xFF, ^old, old + 1} {
			if b == old {
				continue
			}
			file[i] = b
			_, err := Decode(bytes.NewReader(file))
			requireNamed(t, err)
		}
		file[i] = old
	}
}

func TestEveryTruncationIsNoticed(t *testing.T) {
	file := encodeCheckpoint(t, smallCheckpoint())
	for n := range file {
		_, err := Decode(bytes.NewReader(file[:n]))
		require.ErrorIs(t, err, ErrTruncated, "after %d bytes", n)
		_, err = decode(bytes.NewReader(file[:n]), int64(n), true)
		require.ErrorIs(t, err, ErrTruncated, "after %d bytes", n)
		requireNamed(t, err)
	}
}

func TestTextModeTransfersAreNamed(t *testing.T) {
	file := encodeModel(t, smallModel())
	strip := func(file []byte) []byte {
		for i := range file {
			file[i] &= 0x7F
		}
		return file
	}
	for name, damaged := range map[string][]byte{
		"CR LF to LF": bytes.ReplaceAll(file, []byte("\r\n"), []byte("\n")),
		"LF to CR LF": bytes.ReplaceAll(file, []byte("\n"), []byte("\r\n")),
		"seven bits":  strip(bytes.Clone(file)),
	} {
		_, err := Decode(bytes.NewReader(damaged))
		require.ErrorIs(t, err, ErrMagic, name)
		require.ErrorContains(t, err, "text mode", name)
	}
}

// TestMalformedFiles changes files whose checksums are then made right, so
// that only the rule in question can refuse them.
func TestMalformedFiles(t *testing.T) {
	le := binary.LittleEndian
	type file = []byte
	replace := func(t *testing.T, f file, section, old, new string) {
		b := content(t, f, section)
		require.Contains(t, string(b), old)
		require.Len(t, new, len(old))
		copy(b, strings.Replace(string(b), old, new, 1))
	}
	for name, test := range map[string]struct {
		change func(t *testing.T, f file)
		want   error
	}{
		"version 3":             {func(t *testing.T, f file) { le.PutUint32(f[8:], 3) }, ErrVersion},
		"version 0":             {func(t *testing.T, f file) { le.PutUint32(f[8:], 0) }, ErrFormat},
		"unknown flag":          {func(t *testing.T, f file) { f[12] |= 64 }, ErrVersion},
		"int8 checkpoint":       {func(t *testing.T, f file) { f[12] |= 2 }, ErrFormat},
		"signed, no signature":  {func(t *testing.T, f file) { f[12] |= 4 }, ErrFormat},
		"as version 1":          {func(t *testing.T, f file) { f[8] = 1 }, ErrFormat},
		"checkpoint flag gone":  {func(t *testing.T, f file) { f[12] = 0 }, ErrFormat},
		"no sections":           {func(t *testing.T, f file) { le.PutUint32(f[16:], 0) }, ErrFormat},
		"four billion sections": {func(t *testing.T, f file) { le.PutUint32(f[16:], math.MaxUint32) }, ErrTooLarge},
		"one section":           {func(t *testing.T, f file) { le.PutUint32(f[16:], 1) }, ErrFormat},
		"huge length":           {func(t *testing.T, f file) { le.PutUint64(f[24:], 1<<63) }, ErrTooLarge},
		"other length":          {func(t *testing.T, f file) { le.PutUint64(f[24:], uint64(len(f)+64)) }, ErrFormat},
		"reserved header byte":  {func(t *testing.T, f file) { f[40] = 1 }, ErrFormat},
		"config elsewhere":      {func(t *testing.T, f file) { copy(entry(t, f, "config"), "Config") }, ErrFormat},
		"huge config":           {func(t *testing.T, f file) { le.PutUint64(entry(t, f, "config")[48:], MaxJSONBytes+1) }, ErrTooLarge},
		"absurd config":         {func(t *testing.T, f file) { le.PutUint64(entry(t, f, "config")[48:], 1<<60) }, ErrTooLarge},
		"huge provenance":       {func(t *testing.T, f file) { le.PutUint64(entry(t, f, "provenance")[48:], MaxJSONBytes+1) }, ErrTooLarge},
		"huge trainer state":    {func(t *testing.T, f file) { le.PutUint64(entry(t, f, "trainer")[48:], MaxJSONBytes+1) }, ErrTooLarge},
		"renamed tensor":        {func(t *testing.T, f file) { copy(entry(t, f, "W1"), "W2") }, ErrFormat},
		"swapped tensors": {func(t *testing.T, f file) {
			m, v := entry(t, f, "m.W1"), entry(t, f, "v.W1")
			copy(m, "v.W1")
			copy(v, "m.W1")
		}, ErrFormat},
		"junk after a name":      {func(t *testing.T, f file) { entry(t, f, "W1")[23] = 'x' }, ErrFormat},
		"reserved entry byte":    {func(t *testing.T, f file) { entry(t, f, "W1")[60] = 1 }, ErrFormat},
		"unknown kind":           {func(t *testing.T, f file) { entry(t, f, "W1")[24] = 9 }, ErrFormat},
		"unknown type":           {func(t *testing.T, f file) { entry(t, f, "W1")[26] = 9 }, ErrFormat},
		"more rows":              {func(t *testing.T, f file) { entry(t, f, "W1")[32]++ }, ErrFormat},
		"four billion rows":      {func(t *testing.T, f file) { le.PutUint32(entry(t, f, "W1")[32:], math.MaxUint32) }, ErrTooLarge},
		"moved section":          {func(t *testing.T, f file) { le.PutUint64(entry(t, f, "W1")[40:], 64) }, ErrFormat},
		"huge section":           {func(t *testing.T, f file) { le.PutUint64(entry(t, f, "W1")[48:], 1<<62) }, ErrTooLarge},
		"longer section":         {func(t *testing.T, f file) { entry(t, f, "W1")[48]++ }, ErrFormat},
		"mixture of none":        {func(t *testing.T, f file) { le.PutUint32(entry(t, f, "mixture.1")[32:], 0) }, ErrFormat},
		"mixture of many":        {func(t *testing.T, f file) { le.PutUint32(entry(t, f, "mixture.1")[32:], MaxComponents+1) }, ErrFormat},
		"overall mixture, many":  {func(t *testing.T, f file) { le.PutUint32(entry(t, f, "mixture")[32:], MaxComponents+1) }, ErrFormat},
		"class mixture gone":     {func(t *testing.T, f file) { copy(entry(t, f, "mixture.0"), "mixture.9") }, ErrFormat},
		"padding after JSON":     {func(t *testing.T, f file) { b := content(t, f, "config"); b[:len(b)+1][len(b)] = ' ' }, ErrFormat},
		"unknown field":          {func(t *testing.T, f file) { replace(t, f, "config", `"leak"`, `"laek"`) }, ErrFormat},
		"field in capitals":      {func(t *testing.T, f file) { replace(t, f, "config", `"leak"`, `"LEAK"`) }, ErrFormat},
		"number in another form": {func(t *testing.T, f file) { replace(t, f, "config", `"rate":0.5,"moves":12`, `"rate":5e-1,"moves":2`) }, ErrFormat},
		"fields swapped":         {func(t *testing.T, f file) { replace(t, f, "config", `"group":3,"rounds":4`, `"rounds":4,"group":3`) }, ErrFormat},
		"not JSON":               {func(t *testing.T, f file) { content(t, f, "config")[0] = '[' }, ErrFormat},
		"invalid configuration":  {func(t *testing.T, f file) { replace(t, f, "config", `"group":3`, `"group":0`) }, ErrFormat},
		"another configuration":  {func(t *testing.T, f file) { replace(t, f, "config", `"hidden":[4]`, `"hidden":[5]`) }, ErrFormat},
		"leak out of range": {func(t *testing.T, f file) {
			replace(t, f, "config", `"rounds":4,"leak":0.3,`, `"rounds":4,"leak":9e9,`)
		}, ErrFormat},
		"space in provenance":    {func(t *testing.T, f file) { replace(t, f, "provenance", `,"seed":1844`, `, "seed":184`) }, ErrFormat},
		"space in trainer state": {func(t *testing.T, f file) { replace(t, f, "trainer", `,"step":1234`, `, "step":123`) }, ErrFormat},
		"trainer state no JSON":  {func(t *testing.T, f file) { content(t, f, "trainer")[0] = ']' }, ErrFormat},
		"NaN":                    {func(t *testing.T, f file) { le.PutUint32(content(t, f, "W1"), 0x7FC00000) }, ErrValue},
		"infinite moment":        {func(t *testing.T, f file) { le.PutUint32(content(t, f, "m.G1"), 0xFF800000) }, ErrValue},
		"negative second moment": {func(t *testing.T, f file) { content(t, f, "v.b")[3] |= 0x80 }, ErrValue},
		"negative weight":        {func(t *testing.T, f file) { content(t, f, "mixture")[3] |= 0x80 }, ErrValue},
	} {
		t.Run(name, func(t *testing.T) {
			f := encodeCheckpoint(t, smallCheckpoint())
			test.change(t, f)
			_, err := DecodeCheckpoint(bytes.NewReader(reseal(f)))
			require.ErrorIs(t, err, test.want)
			requireNamed(t, err)
		})
	}
}

// TestPaddingInVersion1 changes padding, which later versions leave out.
func TestPaddingInVersion1(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, f []byte){
		"value in padding":        func(t *testing.T, f []byte) { content(t, f, "W1")[4*4] = 1 },
		"minus 0 in padding":      func(t *testing.T, f []byte) { content(t, f, "b1")[4*15+3] = 0x80 },
		"lateral lane past group": func(t *testing.T, f []byte) { content(t, f, "L1")[4*3] = 1 },
		"lateral unit past H":     func(t *testing.T, f []byte) { content(t, f, "L1")[4*(4*16)] = 1 },
		"lateral lane past H":     func(t *testing.T, f []byte) { content(t, f, "L1")[4*(3*16+1)] = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			f := encodeV1(t, smallModel(), smallCheckpoint())
			change(t, f)
			_, err := DecodeCheckpoint(bytes.NewReader(reseal(f)))
			require.ErrorIs(t, err, ErrValue)
			requireNamed(t, err)
		})
	}
}

// TestTypicalMessage pins down what a user sees.
func TestTypicalMessage(t *testing.T) {
	f := encodeModel(t, smallModel())
	w1 := entry(t, f, "W1")
	binary.LittleEndian.PutUint32(content(t, f, "W1")[4*5:], 0x7FC00000)
	_, err := Decode(bytes.NewReader(reseal(f)))
	at := binary.LittleEndian.Uint64(w1[40:]) + 4*5
	var e *FileError
	require.ErrorAs(t, err, &e)
	require.EqualValues(t, at, e.Offset)
	e.Path = "digits.pff"
	require.EqualError(t, e, "digits.pff: section W1 at byte 1364: invalid value: NaN is not finite")
}

func TestModelReadsPastBadMoments(t *testing.T) {
	f := encodeCheckpoint(t, smallCheckpoint())
	binary.LittleEndian.PutUint32(content(t, f, "v.W1"), 0x7FC00000)
	_, err := Decode(bytes.NewReader(f))
	require.ErrorIs(t, err, ErrChecksum, "what is ignored is still checked for damage")
	_, err = Decode(bytes.NewReader(reseal(f)))
	require.NoError(t, err)
}

func TestBytesAfterTheEnd(t *testing.T) {
	for _, file := range [][]byte{encodeModel(t, smallModel()), encodeCheckpoint(t, smallCheckpoint())} {
		file = append(file, 0)
		_, err := Decode(bytes.NewReader(file))
		require.ErrorIs(t, err, ErrFormat)
		_, err = decode(bytes.NewReader(file), int64(len(file)), false)
		require.ErrorIs(t, err, ErrFormat)
	}
}

// largeFront returns the front of a file whose configuration asks for hidden
// layers of the given sizes, with a right table, and nothing behind it.
func largeFront(t *testing.T, hidden ...int) []byte {
	c := testConfig(testVector(2), hidden...)
	require.NoError(t, c.Validate())
	k := contents{version: FormatVersion, config: &c, tensors: shapes(&c).Tensors()}
	config, err := json.Marshal(&c)
	require.NoError(t, err)
	body := [][]byte{config, []byte(`{"seed":0}`)}
	k.configBytes, k.provenanceBytes = int64(len(body[0])), int64(len(body[1]))
	var table []byte
	sections := k.sections()
	for i, s := range sections {
		if i < 2 {
			s.CRC = checksum(body[i])
		}
		table = s.appendTo(table)
	}
	h := header{version: FormatVersion, sections: len(sections), tableCRC: checksum(table), length: sections[len(sections)-1].end()}
	file := append(h.encode(), table...)
	for i := range 2 {
		file = append(file, body[i]...)
		file = append(file, make([]byte, align(int64(len(file)))-int64(len(file)))...)
	}
	return file
}

func TestClaimsAllocateNothing(t *testing.T) {
	allocated := func(file []byte) (uint64, error) {
		var before, after goruntime.MemStats
		goruntime.ReadMemStats(&before)
		_, err := Decode(io.MultiReader(bytes.NewReader(file)))
		goruntime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc, err
	}
	n, err := allocated(largeFront(t, 10000, 10000))
	require.ErrorIs(t, err, ErrTruncated)
	require.Less(t, n, uint64(4<<20), "a claim of 1.2 GB")

	n, err = allocated(append(largeFront(t, 10000, 10000), make([]byte, 3<<20)...))
	require.Error(t, err)
	require.Less(t, n, uint64(16<<20), "a claim of 1.2 GB, 3 MB delivered")

	n, err = allocated(largeFront(t, 60000, 60000))
	require.Error(t, err)
	require.ErrorIs(t, err, ErrTooLarge)
	require.Less(t, n, uint64(4<<20))
}
