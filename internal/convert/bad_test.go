package convert

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/array"
)

func TestBadArrays(t *testing.T) {
	nan := binary.LittleEndian.AppendUint32(nil, 0x7FC00000)
	type arrays = map[string]array.Array
	for name, test := range map[string]struct {
		change func(a arrays)
		parts  []string
	}{
		"missing":             {func(a arrays) { delete(a, "V2") }, []string{"array V2 is missing"}},
		"first missing":       {func(a arrays) { delete(a, "W1") }, []string{"array W1 is missing"}},
		"read-out missing":    {func(a arrays) { delete(a, "W") }, []string{"array W is missing"}},
		"lateral missing":     {func(a arrays) { delete(a, "L2") }, []string{"array L2 is missing"}},
		"part of a generator": {func(a arrays) { delete(a, "G2") }, []string{"array G2 is missing"}},
		"shape":               {func(a arrays) { change(a, "V2", func(x *array.Array) { x.Shape = []int{4, 3} }) }, []string{"array V2: shape 4×3, want 3×4"}},
		"flat":                {func(a arrays) { change(a, "W2", func(x *array.Array) { x.Shape = []int{12} }) }, []string{"array W2: shape 12, want"}},
		"scalar":              {func(a arrays) { change(a, "b", func(x *array.Array) { x.Shape = nil }) }, []string{"array b: shape of a single value, want 1×3"}},
		"int8":                {func(a arrays) { change(a, "V", func(x *array.Array) { x.Type = array.I8 }) }, []string{"array V: unsupported type I8, want F32"}},
		"NaN":                 {func(a arrays) { change(a, "G1", func(x *array.Array) { copy(x.Data[8:], nan) }) }, []string{"array G1: invalid value: [0][2] is NaN"}},
		"lossy": {func(a arrays) {
			change(a, "b2", func(x *array.Array) {
				x.Type = array.F64
				x.Data = binary.LittleEndian.AppendUint64(make([]byte, 16), math.Float64bits(0.1))
			})
		}, []string{"array b2: invalid value: [0][2], 0.1, is no float32"}},
		"unknown": {func(a arrays) {
			for i := range 12 {
				a[fmt.Sprintf("x%02d", i)] = array.Array{}
			}
		}, []string{"unknown arrays: x00, x01, ", "x09, and 2 more"}},
		"empty mixture":       {func(a arrays) { a["mixture.weight"] = array.Array{Type: array.F32, Shape: []int{0}} }, []string{"array mixture.mean is missing"}},
		"shape of a mixture":  {func(a arrays) { a["mixture.weight"] = array.Array{Type: array.F32} }, []string{"array mixture.weight: shape"}},
		"mixture of others":   {func(a arrays) { a["mixture.5.weight"] = array.Array{Type: array.F32} }, []string{"unknown arrays: mixture.5.weight"}},
		"one class's mixture": {func(a arrays) { withMixture(a, "mixture.0", 1) }, []string{"array mixture.1.weight is missing"}},
		"weights of 2":        {func(a arrays) { withMixture(a, "mixture", 2) }, []string{"arrays mixture.weight, .mean and .chol: ", "add up to 2"}},
		"one class": {func(a arrays) {
			change(a, "W", func(x *array.Array) { x.Shape, x.Data = []int{9, 1}, make([]byte, 36) })
		}, []string{"1 classes"}},
		"no inputs": {func(a arrays) { change(a, "W1", func(x *array.Array) { x.Shape, x.Data = []int{0, 4}, nil }) }, []string{"array W1: 0 features"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := contentsOf(t, small(t))
			test.change(c.arrays)
			m, _, err := c.Model(Options{})
			require.Error(t, err)
			require.Nil(t, m)
			for _, part := range test.parts {
				require.ErrorContains(t, err, part)
			}
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

// withMixture adds a mixture of two components, each of the given weight.
func withMixture(a map[string]array.Array, name string, weight float32) {
	floats := func(v ...float32) []byte {
		var b []byte
		for _, x := range v {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
		}
		return b
	}
	chol := []float32{1, 0, 0, 1}
	a[name+".weight"] = array.Array{Type: array.F32, Shape: []int{2}, Data: floats(weight/float32(2), weight/float32(2))}
	a[name+".mean"] = array.Array{Type: array.F32, Shape: []int{2, 2}, Data: floats(1, 2, 3, 4)}
	a[name+".chol"] = array.Array{Type: array.F32, Shape: []int{2, 2, 2}, Data: floats(slices.Concat(chol, chol)...)}
}

func TestBadTexts(t *testing.T) {
	m := small(t)
	config, provenance, err := texts(m)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		config, provenance string
		opt                Options
		part               string
	}{
		"no JSON":          {"x", provenance, Options{}, "pffedge.config: malformed"},
		"unknown field":    {`{"x":1}`, provenance, Options{}, `unknown field "x"`},
		"two objects":      {config + "{}", provenance, Options{}, "more after the JSON object"},
		"invalid":          {strings.Replace(config, `"group":3`, `"group":0`, 1), provenance, Options{}, "lateral group of 0"},
		"other sizes":      {strings.Replace(config, `"hidden":[4,3]`, `"hidden":[5,3]`, 1), provenance, Options{}, "array W1: shape 4×4, want 4×5"},
		"another depth":    {strings.Replace(config, `"hidden":[4,3]`, `"hidden":[4]`, 1), provenance, Options{}, "array V: shape 3×3, want 3×4"},
		"huge":             {strings.Replace(config, `"hidden":[4,3]`, `"hidden":[60000,60000]`, 1), provenance, Options{}, "array W1: shape"},
		"bad provenance":   {config, "[]", Options{}, "pffedge.provenance: malformed"},
		"image besides":    {config, provenance, Options{Width: 2, Height: 2}, "brings its own configuration"},
		"classes besides":  {config, provenance, Options{Classes: []string{"a"}}, "brings its own configuration"},
		"image of nothing": {"", provenance, Options{Width: 3, Height: 3}, "an image of 3×3 pixels, and array W1 has 4 inputs"},
		"too few classes":  {"", provenance, Options{Classes: []string{"a", "b"}}, "2 classes are named, and array W has 3"},
		"a class twice":    {"", provenance, Options{Classes: []string{"a", "b", "a"}}, `"a"`},
	} {
		t.Run(name, func(t *testing.T) {
			contents := contentsOf(t, m)
			contents.config, contents.provenance = c.config, c.provenance
			_, _, err := contents.Model(c.opt)
			require.ErrorContains(t, err, c.part)
			require.NotContains(t, err.Error(), "\n")
		})
	}
	c := newContents([]array.Array{{Name: configName, Type: array.F32}})
	_, err = fromNPZ(slices.Collect(func(yield func(array.Array) bool) { yield(c.arrays[configName]) }))
	require.ErrorContains(t, err, "array pffedge.config: ")
}
