package runtime

import (
	"bytes"
	"math"
	goruntime "runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

// operationLayouts are operations of every kind and their payloads, written by hand:
// logs hold them.
var operationLayouts = []struct {
	kind    OperationKind
	op      Operation
	payload []byte
}{
	{1, &Teach{Class: "ab", Size: 3, Pixels: []byte{9, 8, 7, 6, 5, 4}}, []byte{1, 0, 2, 0, 2, 0, 0, 0, 3, 0, 0, 0, 'a', 'b', 9, 8, 7, 6, 5, 4}},
	{1, &Teach{Class: "c", New: true, Size: 1, Inputs: []float32{0.5}}, []byte{2, 1, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 'c', 0, 0, 0, 0x3F}},
	{2, &Correct{Class: "ab", Was: "c", Size: 2, Pixels: []byte{9, 8, 7, 6}}, []byte{1, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 'a', 'b', 1, 0, 'c', 9, 8, 7, 6}},
	{2, &Correct{Class: "ü", New: true, Size: 1, Inputs: []float32{1}}, []byte{2, 1, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0xC3, 0xBC, 0, 0, 0, 0, 0x80, 0x3F}},
	{3, &Forget{Class: "ab"}, []byte{0, 0, 2, 0, 'a', 'b'}},
	{3, &Forget{IDs: []uint64{258, 1 << 63}}, []byte{0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80}},
	{5, &AddClass{Class: "ab"}, []byte{0, 0, 2, 0, 'a', 'b'}},
	{6, &Learn{Classes: []string{"b", "a"}, Labels: []int{1, 0, 1}, Size: 2, Pixels: []byte{1, 2, 3, 4, 5, 6}},
		[]byte{1, 0, 2, 0, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 'b', 1, 0, 'a', 1, 0, 0, 0, 1, 0, 1, 2, 3, 4, 5, 6}},
	{6, &Learn{Classes: []string{"a"}, Labels: []int{0}, Size: 1, Inputs: []float32{0.5}}, []byte{2, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 'a', 0, 0, 0, 0, 0, 0x3F}},
	{7, &Sleep{Steps: 3, From: 258, Of: 1 << 24}, []byte{3, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 1}},
	{8, &Relabel{ID: 258, Class: "ab"}, []byte{2, 1, 0, 0, 0, 0, 0, 0, 2, 0, 'a', 'b'}},
}

// TestOperationLayouts pins the payloads down, both ways, behind what is there already.
func TestOperationLayouts(t *testing.T) {
	kinds := map[OperationKind]bool{}
	for _, c := range operationLayouts {
		kinds[c.kind] = true
		require.Equal(t, c.kind, c.op.Kind())
		b, err := c.op.Append([]byte("before"))
		require.NoError(t, err)
		require.Equal(t, append([]byte("before"), c.payload...), b, "%#v", c.op)
		got, err := DecodeOperation(c.kind, c.payload)
		require.NoError(t, err)
		require.Equal(t, c.op, got)
	}
	require.Len(t, kinds, 7)
}

// TestOperationsCutShort: no beginning of a payload is one, nor one with more behind it.
// The beginning of a list of identities is a shorter list.
func TestOperationsCutShort(t *testing.T) {
	for _, c := range operationLayouts {
		for n := range c.payload {
			_, err := DecodeOperation(c.kind, c.payload[:n])
			if f, ok := c.op.(*Forget); ok && len(f.IDs) > 0 && n == 12 {
				require.NoError(t, err)
				continue
			}
			require.ErrorIs(t, err, ErrOperation, "%#v: %d bytes of %d", c.op, n, len(c.payload))
			require.NotContains(t, err.Error(), "\n")
		}
		_, err := DecodeOperation(c.kind, append(bytes.Clone(c.payload), 'x'))
		require.ErrorIs(t, err, ErrOperation, "%#v and a byte more", c.op)
	}
}

// TestOperationsToCome: flags and types of values that this program does not know are
// a newer program's.
func TestOperationsToCome(t *testing.T) {
	for _, c := range operationLayouts {
		var places []int // of flags and types
		switch c.kind {
		case KindTeach, KindCorrect, KindLearn:
			places = []int{0, 1}
		case KindForget, KindAddClass:
			places = []int{0, 1}
		}
		for _, at := range places {
			for _, bit := range []byte{4, 0x80} {
				b := bytes.Clone(c.payload)
				b[at] |= bit
				_, err := DecodeOperation(c.kind, b)
				require.ErrorIs(t, err, model.ErrVersion, "%#v, byte %d", c.op, at)
			}
		}
	}
	for _, kind := range []OperationKind{0, 4, 9, math.MaxUint16} {
		_, err := DecodeOperation(kind, nil)
		require.ErrorIs(t, err, model.ErrVersion)
	}
}

// TestOperationLimits: what is beyond them is neither written nor read.
func TestOperationLimits(t *testing.T) {
	long := strings.Repeat("x", maxClassNameSize)
	many := func(n int) (names []string, labels []int) {
		for i := range n {
			names, labels = append(names, strconv.Itoa(i)), append(labels, i)
		}
		return names, labels
	}
	names, labels := many(MaxTeachSamples)
	for _, op := range []Operation{
		&Correct{Class: long, Was: long[1:], Size: 1, Pixels: make([]byte, MaxTeachSamples)},
		&Learn{Classes: names, Labels: labels, Size: 1, Inputs: make([]float32, MaxTeachSamples)},
		&Learn{Classes: []string{long}, Labels: []int{0}, Size: model.MaxFeatures, Pixels: make([]byte, model.MaxFeatures)},
		&Forget{IDs: make([]uint64, MaxTeachSamples)}, &Forget{Class: long}, &Relabel{ID: math.MaxUint64, Class: long},
		&Sleep{1, MaxSleepSteps - 1, MaxSleepSteps}, &Sleep{MaxSleepSteps, 0, MaxSleepSteps},
	} {
		b, err := op.Append(nil)
		require.NoError(t, err)
		got, err := DecodeOperation(op.Kind(), b)
		require.NoError(t, err)
		require.Equal(t, op, got)
	}

	names, labels = many(MaxTeachSamples + 1)
	one := []byte{1}
	for name, op := range map[string]Operation{
		"correct no class": &Correct{Size: 1, Pixels: one}, "correct of a wrong class": &Correct{Class: "a", Was: "\xff", Size: 1, Pixels: one},
		"what was right": &Correct{Class: "a", Was: "a", Size: 1, Pixels: one}, "correct nothing": &Correct{Class: "a", Size: 1},
		"correct NaN":    &Correct{Class: "a", Size: 1, Inputs: []float32{float32(math.NaN())}},
		"forget nothing": &Forget{}, "forget both": &Forget{Class: "a", IDs: []uint64{1}}, "forget many": &Forget{IDs: make([]uint64, MaxTeachSamples+1)},
		"forget a long name": &Forget{Class: long + "x"}, "relabel to nothing": &Relabel{}, "relabel to a long name": &Relabel{Class: long + "x"},
		"learn of no class":  &Learn{Labels: []int{0}, Size: 1, Pixels: one},
		"learn class twice":  &Learn{Classes: []string{"a", "a"}, Labels: []int{0, 1}, Size: 1, Pixels: []byte{1, 2}},
		"learn more classes": &Learn{Classes: []string{"a", "b"}, Labels: []int{0}, Size: 1, Pixels: one},
		"learn a label less": &Learn{Classes: []string{"a"}, Labels: []int{0}, Size: 1, Pixels: []byte{1, 2}},
		"learn label below":  &Learn{Classes: []string{"a"}, Labels: []int{-1}, Size: 1, Pixels: one},
		"learn label above":  &Learn{Classes: []string{"a"}, Labels: []int{1}, Size: 1, Pixels: one},
		"learn many":         &Learn{Classes: names, Labels: labels, Size: 1, Pixels: make([]byte, len(labels))},
		"learn a bad name":   &Learn{Classes: []string{""}, Labels: []int{0}, Size: 1, Pixels: one},
		"sleep not":          &Sleep{0, 0, 1}, "sleep backwards": &Sleep{1, -1, 1}, "sleep longer": &Sleep{2, 0, 1}, "sleep on": &Sleep{1, 1, 1},
		"sleep for ever": &Sleep{1, 0, MaxSleepSteps + 1}, "sleep of less than nothing": &Sleep{1, 1, math.MinInt},
		"sleep past all": &Sleep{math.MaxInt, 1, 2}, "sleep from past all": &Sleep{1, math.MaxInt, 2},
	} {
		_, err := op.Append(nil)
		require.ErrorIs(t, err, ErrOperation, name)
		require.NotContains(t, err.Error(), "\n")
	}
	for _, b := range [][]byte{
		{1, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0x80},             // from 0x80000000 of as many: no numbers of 32 bits
		{1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x80},                // whose difference overflows them
		{0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0}, // more steps than there are
	} {
		_, err := DecodeOperation(KindSleep, b)
		require.ErrorIs(t, err, ErrOperation)
	}
}

// TestHostileLengthsTakeNoMemory: what a head announces is not made room for before
// it is there.
func TestHostileLengthsTakeNoMemory(t *testing.T) {
	for kind, head := range map[OperationKind][]byte{
		KindTeach:   {2, 0, 1, 0, 0, 0x10, 0, 0, 0, 0x0F, 0, 0, 'a'},
		KindCorrect: {2, 0, 0, 0x10, 0, 0, 0, 0x0F, 0, 0, 1, 0, 'a'},
		KindLearn:   {2, 0, 0, 0x10, 0, 0x10, 0, 0, 0, 0x0F, 0, 0, 1},
		KindRelabel: {0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 'a'},
		KindForget:  {0, 0, 0xFF, 0xFF, 'a'},
	} {
		allocated := allocatedBy(func() {
			_, err := DecodeOperation(kind, head)
			require.ErrorIs(t, err, ErrOperation)
		})
		require.Less(t, allocated, uint64(4<<10), "kind %d", kind)
	}
}

// allocatedBy returns how many bytes f allocates.
func allocatedBy(f func()) uint64 {
	var before, after goruntime.MemStats
	goruntime.ReadMemStats(&before)
	f()
	goruntime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestLearnNames: names may be any text, and their order stays.
func TestLearnNames(t *testing.T) {
	op := &Learn{Classes: []string{"\x00", "a\nb", "日本", strings.Repeat("é", 300)}, Labels: []int{3, 2, 1, 0, 3}, Size: 1, Pixels: []byte{1, 2, 3, 4, 5}}
	b, err := op.Append(nil)
	require.NoError(t, err)
	got, err := DecodeOperation(KindLearn, b)
	require.NoError(t, err)
	require.Equal(t, op, got)
	require.Equal(t, 5, got.(*Learn).Len())
	require.True(t, slices.Equal(op.Pixels, b[len(b)-5:]))
}
