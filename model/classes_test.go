package model

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

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
	list["keeping"] = keeping(leanCheckpoint(plain, 8), 40)
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

// TestWithClasses is WithClass several times, or none.
func TestWithClasses(t *testing.T) {
	c := testConfig(testVector(3), 2)
	one, err := c.WithClass("new 1")
	require.NoError(t, err)
	both, err := one.WithClass("new 2")
	require.NoError(t, err)
	got, err := c.WithClasses([]string{"new 1", "new 2"})
	require.NoError(t, err)
	require.Equal(t, both, got)
	none, err := c.WithClasses(nil)
	require.NoError(t, err)
	require.Equal(t, c.Classes, none.Classes)
	for _, names := range [][]string{{"x", "x"}, {"x", c.Classes[0]}, {""}, {"\xff"}, make([]string, MaxClasses)} {
		_, err := c.WithClasses(names)
		require.ErrorIs(t, err, ErrConfig)
	}
}

// TestCheckpointClone: equal bytes, and nothing of one shows in the other.
func TestCheckpointClone(t *testing.T) {
	for name, c := range map[string]*Checkpoint{
		"float32": testCheckpoint(fixtureConfig()), "lean": leanCheckpoint(testCheckpoint(fixtureConfig()), 16), "int8": int8Checkpoint(t, testModel(fixtureConfig(), true)),
	} {
		before := encodeCheckpoint(t, c)
		twin := c.Clone()
		require.True(t, bytes.Equal(before, encodeCheckpoint(t, twin)), name)
		for _, b := range append(twin.memories(), twin.Model.memories()...) {
			clear(b)
		}
		require.True(t, bytes.Equal(before, encodeCheckpoint(t, c)), name)
	}
}
