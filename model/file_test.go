package model

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"
	"unsafe"

	"github.com/stretchr/testify/require"
)

var testModels = map[string]*Model{
	"one layer, vector":              testModel(testConfig(testVector(5), 17), false),
	"one layer, image, mixtures":     testModel(testConfig(Image(3, 7), 16), true),
	"two layers, image":              testModel(testConfig(Image(5, 4), 33, 10), false),
	"two layers, vector, mixtures":   testModel(testConfig(testVector(40), 7, 18), true),
	"three layers, vector":           testModel(testConfig(testVector(1), 1, 50, 31), false),
	"three layers, image, mixtures":  testModel(testConfig(Image(8, 8), 20, 35, 9), true),
	"group as wide as a panel":       testModel(func() Config { c := testConfig(testVector(3), 20); c.Group = 16; return c }(), true),
	"group of one":                   testModel(func() Config { c := testConfig(testVector(3), 20); c.Group = 1; return c }(), true),
	"larger than a chunk of reading": testModel(testConfig(testVector(3), 300, 301), false),
}

func TestRoundTrip(t *testing.T) {
	for name, m := range testModels {
		t.Run(name, func(t *testing.T) {
			file := encodeModel(t, m)
			require.Zero(t, len(file)%64)
			got, err := Decode(bytes.NewReader(file))
			require.NoError(t, err)
			require.Equal(t, m, got)
			require.Equal(t, file, encodeModel(t, got))
			for _, tensor := range got.Params.Tensors() {
				require.Zero(t, uintptr(unsafe.Pointer(&tensor.Data[0]))%64, "%s is not aligned", tensor.Name)
			}
		})
	}
}

func TestRoundTripCheckpoint(t *testing.T) {
	for name, m := range testModels {
		t.Run(name, func(t *testing.T) {
			c := testCheckpoint(m.Config)
			file := encodeCheckpoint(t, c)
			got, err := DecodeCheckpoint(bytes.NewReader(file))
			require.NoError(t, err)
			require.Equal(t, c, got)
			require.Equal(t, file, encodeCheckpoint(t, got))

			plain, err := Decode(bytes.NewReader(file))
			require.NoError(t, err)
			require.Equal(t, c.Model, plain)
		})
	}
}

func TestOneMixtureOfTwo(t *testing.T) {
	m := smallModel()
	m.PerClass = nil
	got, err := Decode(bytes.NewReader(encodeModel(t, m)))
	require.NoError(t, err)
	require.Equal(t, m, got)

	m = smallModel()
	m.Overall = nil
	got, err = Decode(bytes.NewReader(encodeModel(t, m)))
	require.NoError(t, err)
	require.Equal(t, m, got)
}

func TestModelIsNoCheckpoint(t *testing.T) {
	_, err := DecodeCheckpoint(bytes.NewReader(encodeModel(t, smallModel())))
	require.ErrorIs(t, err, ErrNotCheckpoint)
}

func TestDecodeAcceptsAnyReader(t *testing.T) {
	m := testModels["three layers, image, mixtures"]
	file := encodeModel(t, m)
	for _, r := range []io.Reader{
		iotest.OneByteReader(bytes.NewReader(file)), iotest.DataErrReader(bytes.NewReader(file)), iotest.HalfReader(bytes.NewReader(file)),
	} {
		got, err := Decode(r)
		require.NoError(t, err)
		require.Equal(t, m, got)
	}
	_, err := Decode(iotest.TimeoutReader(iotest.HalfReader(bytes.NewReader(file))))
	require.ErrorIs(t, err, iotest.ErrTimeout)
}

func TestEncodePassesOnWriteErrors(t *testing.T) {
	file := encodeModel(t, smallModel())
	for n := 0; n < len(file); n += 101 {
		err := Encode(&limitedWriter{left: n}, smallModel())
		require.ErrorIs(t, err, io.ErrClosedPipe)
	}
}

type limitedWriter struct{ left int }

func (w *limitedWriter) Write(b []byte) (int, error) {
	n := min(len(b), w.left)
	w.left -= n
	if n < len(b) {
		return n, io.ErrClosedPipe
	}
	return n, nil
}

// TestByteOrders runs the path of big-endian hosts, which converts every
// value explicitly: it must give the same bytes and values on any host.
func TestByteOrders(t *testing.T) {
	host := littleEndian
	defer func() { littleEndian = host }()
	for name, m := range testModels {
		littleEndian = host
		native := encodeModel(t, m)
		littleEndian = false
		require.Equal(t, native, encodeModel(t, m), name)
		if !host {
			continue
		}
		got, err := Decode(bytes.NewReader(native))
		require.NoError(t, err)
		require.Equal(t, m, got, name)
	}
}

func TestFromFile(t *testing.T) {
	host := littleEndian
	defer func() { littleEndian = host }()
	want := []float32{1, -0.5, math.MaxFloat32, math.SmallestNonzeroFloat32, 3e-7}
	v := make([]float32, len(want))
	for i, x := range want {
		binary.LittleEndian.PutUint32(memory(v)[4*i:], math.Float32bits(x))
	}
	littleEndian = false
	fromFile(memory(v), 4)
	require.Equal(t, want, v)
}

// TestLayoutByHand reads a file with nothing but FORMAT.md's offsets.
func TestLayoutByHand(t *testing.T) {
	m := smallModel()
	file := encodeCheckpoint(t, smallCheckpoint())
	le := binary.LittleEndian
	require.Equal(t, "\x89PFF\r\n\x1a\n", string(file[:8]))
	require.EqualValues(t, 2, le.Uint32(file[8:]))
	require.EqualValues(t, 1, le.Uint32(file[12:]))
	require.EqualValues(t, len(file), le.Uint64(file[24:]))
	require.Equal(t, 17891, MaxSections)

	names, end := []string{}, 64+64*int(le.Uint32(file[16:]))
	for i := range int(le.Uint32(file[16:])) {
		e := file[64+64*i:]
		names = append(names, string(bytes.TrimRight(e[:24], "\x00")))
		require.EqualValues(t, end, le.Uint64(e[40:]))
		end = (end + int(le.Uint64(e[48:])) + 63) / 64 * 64
	}
	require.Equal(t, len(file), end)
	require.Equal(t, []string{
		"config", "provenance", "W1", "V", "b1", "L1", "W", "b", "Gy", "G1", "mixture", "mixture.0", "mixture.1",
		"m.W1", "m.V", "m.b1", "m.L1", "m.W", "m.b", "m.Gy", "m.G1",
		"v.W1", "v.V", "v.b1", "v.L1", "v.W", "v.b", "v.Gy", "v.G1", "trainer",
	}, names)

	w1 := entry(t, file, "W1")
	require.EqualValues(t, []uint16{1, 2}, []uint16{le.Uint16(w1[24:]), le.Uint16(w1[26:])})
	require.EqualValues(t, []uint32{2, 4}, []uint32{le.Uint32(w1[32:]), le.Uint32(w1[36:])})
	value := func(section string, i int) float32 {
		return math.Float32frombits(le.Uint32(content(t, file, section)[4*i:]))
	}
	require.Equal(t, m.Params.Layers[0].Up.At(1, 3), value("W1", 4+3))
	require.Equal(t, m.Params.Layers[0].Lateral[m.Config.Blocks(0).Index(3, 3)], value("L1", 3*3))
	require.Equal(t, m.PerClass[1][1].Weight, value("mixture.1", 3))
	require.Equal(t, m.PerClass[1][1].Mean[0], value("mixture.1", 4))
	require.Equal(t, m.PerClass[1][1].Chol[0], value("mixture.1", 5))
	require.Equal(t, `{"tool":"pffedge test","data":"values of an LCG","samples":12,"epochs":3,"seed":18446744073709551615,"settings":"small"}`, string(content(t, file, "provenance")))
}

func TestTrainerStateIsCompacted(t *testing.T) {
	c := smallCheckpoint()
	want := encodeCheckpoint(t, c)
	c.Trainer = []byte(" { \"epoch\" : 3,\n\"step\":1234,\"rate\":2.5e-4,\"settings\":{\"negatives\":\"hard\"}}\n")
	require.Equal(t, want, encodeCheckpoint(t, c))
	c.Trainer = []byte("{")
	require.ErrorIs(t, EncodeCheckpoint(io.Discard, c), ErrFormat)
}

func TestSlotsFollowTensors(t *testing.T) {
	p := testModels["three layers, vector"].Params
	slots := p.slots()
	for i, tensor := range p.Tensors() {
		require.Same(t, &tensor.Data[0], &(*slots[i])[0], tensor.Name)
	}
	require.Len(t, slots, len(p.Tensors()))
}

func TestShapesFollowNewParams(t *testing.T) {
	for name, m := range testModels {
		want := NewParams(&m.Config).Tensors()
		var total int64
		for i, tensor := range shapes(&m.Config).Tensors() {
			require.Nil(t, tensor.Data)
			require.EqualValues(t, 4*len(want[i].Data), tensor.bytes(m.Config.Group), name)
			total += int64(4 * len(want[i].Data))
			want[i].Data = nil
			require.Equal(t, want[i], tensor, name)
		}
		require.Equal(t, total, m.Config.ParamBytes())
	}
}

func TestLoadAndDescribe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.pff")
	c := smallCheckpoint()
	require.NoError(t, SaveCheckpoint(path, c))
	got, err := LoadCheckpoint(path)
	require.NoError(t, err)
	require.Equal(t, c, got)
	m, err := Load(path)
	require.NoError(t, err)
	require.Equal(t, c.Model, m)

	file := encodeCheckpoint(t, c)
	info, err := Describe(path)
	require.NoError(t, err)
	require.Equal(t, &FileInfo{
		Version: 2, Checkpoint: true, Bytes: int64(len(file)), Config: c.Model.Config, Provenance: c.Model.Provenance, Sections: info.Sections,
	}, info)
	require.Len(t, info.Sections, 30)
	require.Equal(t, Section{
		Name: "L1", Kind: LateralSection, DType: Float32, Rows: 4, Cols: 4, Bytes: (3*3 + 1) * 4,
		Offset: info.Sections[4].end(), CRC: checksum(content(t, file, "L1")),
	}, info.Sections[5])

	require.NoError(t, Save(path, c.Model))
	info, err = Describe(path)
	require.NoError(t, err)
	require.False(t, info.Checkpoint)
	require.Len(t, info.Sections, 13)
}

func TestLoadNamesThePath(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "damaged.pff")
	file := encodeModel(t, smallModel())
	damaged := bytes.Clone(file)
	content(t, damaged, "b1")[5] ^= 1
	for name, test := range map[string]struct {
		file []byte
		want error
		text string
	}{
		"short":    {file[:len(file)-1], ErrTruncated, path + ": header at byte "},
		"long":     {append(bytes.Clone(file), 0), ErrFormat, path + ": header at byte "},
		"damaged":  {damaged, ErrChecksum, path + ": section b1 at byte "},
		"empty":    {nil, ErrTruncated, path + ": header at byte 0: "},
		"no model": {[]byte("hello"), ErrMagic, path + ": header at byte 0: "},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(path, test.file, 0o600))
			_, err := Load(path)
			require.ErrorIs(t, err, test.want)
			require.Contains(t, err.Error(), test.text)
			require.NotContains(t, err.Error(), "\n")
			_, err = LoadCheckpoint(path)
			require.Error(t, err)
			require.Contains(t, err.Error(), path+": ")
		})
	}
	_, err := Load(filepath.Join(dir, "absent.pff"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = Describe(dir)
	require.ErrorContains(t, err, dir)
}
