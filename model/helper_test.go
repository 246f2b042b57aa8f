package model

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"testing"

	"github.com/stretchr/testify/require"
)

// lcg is a generator of test values that will never change, unlike a
// library's: the fixtures depend on it.
type lcg uint64

// next returns a value from [-1, 1).
func (r *lcg) next() float32 {
	*r = *r*6364136223846793005 + 1442695040888963407
	return float32(int32(*r>>40)-1<<23) / (1 << 23)
}

func testConfig(in Input, hidden ...int) Config {
	return Config{
		Input: in, Classes: []string{"zero", "<one> & \"zwei\"", "drei…"}, Hidden: hidden,
		Group: 3, Rounds: 4, Leak: 0.3, LabelScale: 5, GoodnessSteps: 3, GoodnessFrom: 1,
		Latents: 2, Latent: Latent{Start: 1, Rate: 0.5, Moves: 12},
	}
}

func testVector(n int) Input {
	in := Input{Features: n}
	r := lcg(n)
	for range n {
		in.Offset = append(in.Offset, r.next()*100)
		in.Scale = append(in.Scale, r.next()/7)
	}
	return in
}

// testParams returns parameters of c filled from seed, written through the
// definitions of the layouts and not through the code under test.
func testParams(c *Config, seed lcg) *Params {
	p := NewParams(c)
	for _, t := range p.Tensors() {
		fillTensor(t, c.Group, &seed)
	}
	return p
}

func fillTensor(t Tensor, group int, r *lcg) {
	for i := range t.Rows {
		for j := range t.Cols {
			switch t.Kind {
			case LateralTensor:
				if i/group == j/group {
					t.Data[(i/group*group+i%group)*16+j%group] = r.next()
				}
			default:
				t.Data[(j/16*t.Rows+i)*16+j%16] = r.next()
			}
		}
	}
}

func testMixture(components, latents int, r *lcg) Mixture {
	x := make(Mixture, components)
	for i := range x {
		g := Gaussian{Weight: 1 / float32(components), Mean: make([]float32, latents), Chol: make([]float32, latents*latents)}
		for row := range latents {
			g.Mean[row] = r.next()
			for col := range row {
				g.Chol[row*latents+col] = r.next()
			}
			g.Chol[row*latents+row] = r.next() + 1.5
		}
		x[i] = g
	}
	return x
}

func testModel(c Config, mixtures bool) *Model {
	m := &Model{Config: c, Params: testParams(&c, 1), Provenance: Provenance{
		Tool: "pffedge test", Data: "values of an LCG", Samples: 12, Epochs: 3, Seed: 1<<64 - 1, Settings: "small",
	}}
	if mixtures {
		r := lcg(7)
		m.Overall = testMixture(3, c.Latents, &r)
		for label := range c.Classes {
			m.PerClass = append(m.PerClass, testMixture(1+label, c.Latents, &r))
		}
	}
	return m
}

func testCheckpoint(c Config) *Checkpoint {
	k := &Checkpoint{
		Model: testModel(c, true), First: testParams(&c, 2), Second: testParams(&c, 3),
		Trainer: []byte(`{"epoch":3,"step":1234,"rate":2.5e-4,"settings":{"negatives":"hard"}}`),
	}
	for _, t := range k.Second.Tensors() {
		for i, v := range t.Data {
			t.Data[i] = v * v
		}
	}
	return k
}

// smallModel and smallCheckpoint make files of a few KiB that have every
// kind of section.
func smallModel() *Model {
	c := testConfig(testVector(2), 4)
	c.Latents, c.Classes = 1, []string{"a", "b"}
	return testModel(c, true)
}

// smallInt8 is smallModel in int8, with limits.
func smallInt8(t testing.TB) *Model {
	m, err := smallModel().Quantise()
	require.NoError(t, err)
	m.Int8.Clip[1] = 0.75
	return m
}

// int8Checkpoint is a checkpoint of a run that learns m in int8.
func int8Checkpoint(t testing.TB, m *Model) *Checkpoint {
	q, err := m.Quantise()
	require.NoError(t, err)
	plain := testCheckpoint(m.Config)
	c := leanCheckpoint(plain, 8)
	c.Model, c.Residuals = q, &Residuals{Layers: make([]LayerResiduals, len(m.Config.Hidden)), Gen: make([][]int8, len(m.Config.Hidden))}
	k := contents{version: FormatVersion, config: &m.Config, tensors: shapes(&m.Config).Tensors(), int8: true, checkpoint: true}
	r, slots := lcg(11), c.Residuals.slots()
	for i, s := range k.residuals() {
		if slots[i].lateral != nil {
			*slots[i].lateral = plain.First.Layers[i/3].Lateral
			continue
		}
		rows := (s.Rows + 3) / 4 * 4
		codes := valuesIn[int8](alignedBytes(rows * ((s.Cols + 15) / 16) * 16))[:0]
		for line := range rows * ((s.Cols + 15) / 16) {
			for j := range 16 {
				code := int8(0)
				if line%rows < s.Rows && line/rows*16+j < s.Cols {
					code = int8(r.next() * 128)
				}
				codes = append(codes, code)
			}
		}
		*slots[i].codes = codes
	}
	return c
}

func smallCheckpoint() *Checkpoint { return testCheckpoint(smallModel().Config) }

func encodeModel(t testing.TB, m *Model) []byte {
	t.Helper()
	var buf bytes.Buffer
	require.NoError(t, Encode(&buf, m))
	return buf.Bytes()
}

func encodeCheckpoint(t testing.TB, c *Checkpoint) []byte {
	t.Helper()
	var buf bytes.Buffer
	require.NoError(t, EncodeCheckpoint(&buf, c))
	return buf.Bytes()
}

// encodeV1 returns the file that a program of format version 1 wrote of m or,
// unless it is nil, of c, which contains m.
func encodeV1(t testing.TB, m *Model, c *Checkpoint) []byte {
	t.Helper()
	if c != nil {
		m = c.Model
	}
	var buf bytes.Buffer
	require.NoError(t, encodeVersion(1, &buf, m, c, nil))
	return buf.Bytes()
}

// reseal makes all checksums of a file right again, as far as its tables
// still make sense.
func reseal(file []byte) []byte {
	file = bytes.Clone(file)
	if len(file) < 64 {
		return file
	}
	le, castagnoli := binary.LittleEndian, crc32.MakeTable(crc32.Castagnoli)
	tableEnd := min(uint64(le.Uint32(file[16:]))*64+64, uint64(len(file)))
	for at := uint64(64); at+64 <= tableEnd; at += 64 {
		from, n := le.Uint64(file[at+40:]), le.Uint64(file[at+48:])
		if from >= tableEnd && from <= uint64(len(file)) && n <= uint64(len(file))-from {
			le.PutUint32(file[at+28:], crc32.Checksum(file[from:from+n], castagnoli))
		}
	}
	le.PutUint32(file[20:], crc32.Checksum(file[64:tableEnd], castagnoli))
	le.PutUint32(file[60:], crc32.Checksum(file[:60], castagnoli))
	return file
}

// entry returns the section table entry called name, to be changed in place.
func entry(t testing.TB, file []byte, name string) []byte {
	t.Helper()
	want := make([]byte, 24)
	copy(want, name)
	for i := range binary.LittleEndian.Uint32(file[16:]) {
		if e := file[64+64*i:][:64]; bytes.Equal(e[:24], want) {
			return e
		}
	}
	require.FailNow(t, "no section "+name)
	return nil
}

// content returns the bytes of the section called name, to be changed in
// place.
func content(t testing.TB, file []byte, name string) []byte {
	t.Helper()
	e := entry(t, file, name)
	from, n := binary.LittleEndian.Uint64(e[40:]), binary.LittleEndian.Uint64(e[48:])
	return file[from : from+n]
}
