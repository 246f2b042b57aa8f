package model

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/pffedge/pffedge/simd"
	"github.com/stretchr/testify/require"
)

// classed returns c with that many classes.
func classed(c Config, classes int) Config {
	c.Classes = nil
	for i := range classes {
		c.Classes = append(c.Classes, fmt.Sprint("class ", i))
	}
	return c
}

// classCounts are on both sides of a panel's edge, and of a group of four rows.
var classCounts = []int{2, 3, 4, 15, 16, 17, 32, 33}

// checkpointsOf returns runs of every kind with that many classes.
func checkpointsOf(t testing.TB, classes int) map[string]*Checkpoint {
	plain := testCheckpoint(classed(testConfig(testVector(3), 17, 9), classes))
	list := map[string]*Checkpoint{"32 bits": plain, "int8": int8Checkpoint(t, plain.Model)}
	for _, bits := range []int{16, 8, 0} {
		list[fmt.Sprint(bits, " bits")] = leanCheckpoint(plain, bits)
	}
	list["one layer"] = testCheckpoint(classed(testConfig(testVector(3), 18), classes))
	list["one layer, int8"] = int8Checkpoint(t, list["one layer"].Model)
	list["one layer, int8"].Model.Int8.Clip[1] = 0.75
	return list
}

// TestAddedClassLeavesTheRest: but for the new row and columns, every bit of a run is
// where it belongs, and what is new in moments and residuals is zero.
func TestAddedClassLeavesTheRest(t *testing.T) {
	for _, classes := range classCounts {
		for name, c := range checkpointsOf(t, classes) {
			before := encodeCheckpoint(t, c)
			grown, err := c.AddClass("new")
			require.NoError(t, err, name)
			require.NoError(t, grown.Validate(), "%s, %d classes", name, classes)
			require.Equal(t, append(slices.Clone(c.Model.Config.Classes), "new"), grown.Model.Config.Classes)
			require.Len(t, grown.Model.PerClass, classes+1)
			require.Nil(t, grown.Model.PerClass[classes])
			requireKept(t, c, grown, func(label int) int { return label })
			requireBlank(t, grown, classes)

			file := encodeCheckpoint(t, grown)
			again, err := DecodeCheckpoint(bytes.NewReader(file))
			require.NoError(t, err)
			require.Equal(t, file, encodeCheckpoint(t, again), name)
			require.Equal(t, before, encodeCheckpoint(t, c), "the old one has not changed")

			back, err := grown.RemoveClass("new")
			require.NoError(t, err)
			require.Equal(t, before, encodeCheckpoint(t, back), "%s, %d classes", name, classes)
		}
	}
}

func TestRemovedClassLeavesTheRest(t *testing.T) {
	for _, classes := range classCounts[1:] {
		for name, c := range checkpointsOf(t, classes) {
			for _, gone := range []int{0, classes / 2, classes - 1} {
				before := encodeCheckpoint(t, c)
				less, err := c.RemoveClass(c.Model.Config.Classes[gone])
				require.NoError(t, err, name)
				require.NoError(t, less.Validate(), "%s, %d of %d classes", name, gone, classes)
				require.Equal(t, slices.Delete(slices.Clone(c.Model.Config.Classes), gone, gone+1), less.Model.Config.Classes)
				requireKept(t, less, c, func(label int) int {
					if label >= gone {
						return label + 1
					}
					return label
				})
				require.Equal(t, before, encodeCheckpoint(t, c))
			}
		}
	}
}

// requireKept wants the classes of small, in what large calls labels, to be the same
// in both, and so everything that belongs to no class.
func requireKept(t testing.TB, small, large *Checkpoint, label func(int) int) {
	t.Helper()
	a, b := listed(small), listed(large)
	require.Equal(t, len(a), len(b))
	for i := range a {
		for k := range a[i].rows {
			for n := range a[i].cols {
				row, col := k, n
				if a[i].byRow {
					row = label(k)
				}
				if a[i].byCol {
					col = label(n)
				}
				if x, y := a[i].at(k, n), b[i].at(row, col); x != y {
					require.Equal(t, x, y, "%s, row %d, column %d", a[i].name, k, n)
				}
			}
		}
	}
	for old, x := range small.Model.PerClass {
		require.Equal(t, x, large.Model.PerClass[label(old)])
	}
	require.Equal(t, small.Model.Overall, large.Model.Overall)
	require.Equal(t, small.Trainer, large.Trainer)
	require.Equal(t, small.Model.Provenance, large.Model.Provenance)
	if small.Model.Int8 != nil {
		require.Equal(t, small.Model.Int8.Clip, large.Model.Int8.Clip)
	}
}

// requireBlank wants moments and residuals of a class to be zero.
func requireBlank(t testing.TB, c *Checkpoint, class int) {
	t.Helper()
	for _, v := range listed(c) {
		if !v.blank {
			continue
		}
		for i := range max(v.rows, v.cols) {
			if v.byRow && i < v.cols {
				require.Zero(t, v.at(class, i), v.name)
			}
			if v.byCol && i < v.rows {
				require.Zero(t, v.at(i, class), v.name)
			}
		}
	}
}

// values are those of one tensor, wherever they lie: at returns their bits.
type values struct {
	name         string
	rows, cols   int
	byRow, byCol bool // a row or column for each class
	blank        bool // of a class that is new
	at           func(k, n int) uint64
}

// listed returns all that c holds of its tensors, found by the layouts' definitions.
func listed(c *Checkpoint) (list []values) {
	m := c.Model
	tensors := shapes(&m.Config).Tensors()
	residual := 0
	for i, t := range tensors {
		add := func(prefix string, blank bool, at func(k, n int) uint64) {
			v := values{prefix + t.Name, t.Rows, t.Cols, t.Name == "V", t.Name == "W" || t.Name == "b", blank, at}
			if t.Kind == LateralTensor { // lines of a block, which hang on no class
				v.rows, v.cols = m.Config.Blocks(0).Group, simd.PanelWidth
			}
			list = append(list, v)
		}
		packed := func(k, n int) int { return (n/16*t.Rows+k)*16 + n%16 }
		if t.Kind == LateralTensor {
			packed = func(k, n int) int { return k*16 + n }
		}
		floats := func(v []float32) func(k, n int) uint64 {
			return func(k, n int) uint64 { return uint64(math.Float32bits(v[packed(k, n)])) }
		}
		if m.Params != nil {
			add("", false, floats(*m.Params.slots()[i]))
		} else if s := m.Int8.slots()[i]; s.vector != nil {
			add("", false, floats(*s.vector))
		} else {
			add("codes of ", false, func(k, n int) uint64 {
				if t.Kind == LateralTensor {
					return uint64((*s.codes)[packed(k, n)])
				}
				return uint64((*s.codes)[((n/16*((t.Rows+3)/4)+k/4)*16+n%16)*4+k%4])
			})
			add("scale of ", false, func(_, n int) uint64 {
				if n >= len(*s.scale) {
					return 0
				}
				return uint64(math.Float32bits((*s.scale)[n]))
			})
		}
		if c.Residuals != nil && t.Kind != VectorTensor {
			if s := c.Residuals.slots()[residual]; s.lateral != nil {
				add("r.", true, floats(*s.lateral))
			} else {
				add("r.", true, func(k, n int) uint64 { return uint64((*s.codes)[(n/16*((t.Rows+3)/4*4)+k)*16+n%16]) })
			}
			residual++
		}
		if c.First != nil {
			add("m.", true, floats(*c.First.slots()[i]))
			add("v.", true, floats(*c.Second.slots()[i]))
		} else if x := c.Lean.slots()[i]; c.Lean.Bits > 0 {
			add("m.", true, codesAt(x.First16, x.First8, packed))
			add("v.", true, codesAt(x.Second16, x.Second8, packed))
		}
	}
	return list
}

func codesAt(wide []uint16, narrow []uint8, packed func(k, n int) int) func(k, n int) uint64 {
	return func(k, n int) uint64 {
		if wide != nil {
			return uint64(wide[packed(k, n)])
		}
		return uint64(narrow[packed(k, n)])
	}
}

// TestUntaughtClassIsNeverRead: of states of any direction, the read-out gives a new
// class less than any chance, and never the first place.
func TestUntaughtClassIsNeverRead(t *testing.T) {
	r := lcg(3)
	for _, classes := range classCounts {
		m := testModel(classed(testConfig(testVector(3), 18), classes), false)
		small, err := m.Quantise()
		require.NoError(t, err)
		for _, of := range []*Model{m, small} {
			grown, err := of.AddClass("new")
			require.NoError(t, err)
			p := grown.Float32().Params
			for range 50 {
				z := make([]float64, p.Readout.K)
				var length float64
				for i := range z {
					z[i] = max(float64(r.next()), 0)
					length += z[i] * z[i]
				}
				var sum, top float64
				logits := make([]float64, classes+1)
				for c := range logits {
					logits[c] = float64(p.ReadoutBias[c])
					for i := range z {
						logits[c] += z[i] / math.Sqrt(length) * float64(p.Readout.At(i, c))
					}
					sum += math.Exp(logits[c])
				}
				top = slices.Max(logits[:classes])
				require.Less(t, logits[classes], top-0.5)
				require.Less(t, math.Exp(logits[classes])/sum, 1.1/float64(2*classes+1))
			}
		}
	}
}

// TestUntaughtLabelExcites: the new row of V lies above the others' mean, by their
// standard deviation where none is that large.
func TestUntaughtLabelExcites(t *testing.T) {
	c := classed(testConfig(testVector(3), 3), 4)
	m := testModel(c, false)
	v := m.Params.Layers[0].Down
	for k, row := range [][]float32{{1, 0, 2}, {1, 0, -6}, {-1, 0, 2}, {-1, 0, 2}} {
		for h, x := range row {
			v.Set(k, h, x)
		}
	}
	grown, err := m.AddClass("new")
	require.NoError(t, err)
	got := grown.Params.Layers[0].Down
	require.Equal(t, []float32{1, 0, 2}, []float32{got.At(4, 0), got.At(4, 1), got.At(4, 2)})

	v.Set(1, 0, -1) // 1, −1, −1, −1: mean −½, deviation √¾
	grown, err = m.AddClass("new")
	require.NoError(t, err)
	require.InDelta(t, math.Sqrt(0.75)-0.5, grown.Params.Layers[0].Down.At(4, 0), 1e-6)

	for _, extreme := range []float32{math.MaxFloat32, -math.MaxFloat32} {
		for k := range 4 {
			v.Set(k, 0, extreme)
			m.Params.Readout.Set(0, k, extreme)
			m.Params.ReadoutBias[k] = extreme
		}
		grown, err = m.AddClass("new")
		require.NoError(t, err)
		require.NoError(t, grown.Validate())
	}
}

// TestUntaughtClassStays pins down how a class starts: a log that adds one must lead to
// the same bits for ever, on every machine.
func TestUntaughtClassStays(t *testing.T) {
	m := testModel(classed(testConfig(testVector(3), 17, 9), 16), false)
	small, err := m.Quantise()
	require.NoError(t, err)
	for _, test := range []struct {
		of   *Model
		want uint32
	}{{m, 0x01e3012f}, {small, 0x7db2a76c}} {
		grown, err := test.of.AddClass("new")
		require.NoError(t, err)
		require.Equal(t, test.want, crc32.ChecksumIEEE(encodeModel(t, grown)))
	}
}

func TestBadClasses(t *testing.T) {
	full := testModel(classed(testConfig(testVector(1), 1), MaxClasses), false)
	broken := smallModel()
	broken.Params.Readout.Data[0] = float32(math.NaN())
	for text, test := range map[string]struct {
		m    *Model
		name string
		want error
	}{
		`class name "a" is empty or used twice`: {smallModel(), "a", ErrConfig},
		`class name "" is empty`:                {smallModel(), "", ErrConfig},
		`class name "\xff" is not UTF-8`:        {smallModel(), "\xff", ErrConfig},
		"16385 classes, want 2…16384":           {full, "new", ErrConfig},
		"bytes with that class, at most":        {smallModel(), strings.Repeat("x", MaxJSONBytes), ErrTooLarge},
		"not finite":                            {broken, "new", ErrValue},
		"without parameters":                    {&Model{}, "new", ErrFormat},
	} {
		_, err := test.m.AddClass(test.name)
		require.ErrorIs(t, err, test.want)
		require.ErrorContains(t, err, text)
		require.NotContains(t, err.Error(), "\n")
	}
	for name, text := range map[string]string{"a": "1 classes, want 2…", "c": `no class "c" among 2`, "": `no class ""`} {
		_, err := smallModel().RemoveClass(name)
		require.ErrorIs(t, err, ErrConfig)
		require.ErrorContains(t, err, text)
		_, err = smallCheckpoint().RemoveClass(name)
		require.ErrorIs(t, err, ErrConfig)
	}
	_, err := smallCheckpoint().AddClass("a")
	require.ErrorIs(t, err, ErrConfig)
	bad := smallCheckpoint()
	bad.Trainer = nil
	_, err = bad.AddClass("new")
	require.ErrorIs(t, err, ErrFormat)
	_, err = bad.RemoveClass("a")
	require.ErrorIs(t, err, ErrFormat)
}

// TestReadOnlyModelsGrow: what Open has left in the file comes along.
func TestReadOnlyModelsGrow(t *testing.T) {
	m := testModel(testConfig(testVector(5), 17), true)
	path := t.TempDir() + "/m.pff"
	require.NoError(t, Save(path, m))
	f, err := Open(path, 1)
	require.NoError(t, err)
	defer f.Close()
	grown, err := f.Model.AddClass("new")
	require.NoError(t, err)
	require.False(t, grown.ReadOnly())
	want, err := m.AddClass("new")
	require.NoError(t, err)
	require.Equal(t, encodeModel(t, want), encodeModel(t, grown))
}
