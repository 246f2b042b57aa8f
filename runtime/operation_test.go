package runtime

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

func TestOperationRoundTrip(t *testing.T) {
	for _, op := range []*Teach{
		{Class: "7", Size: 4, Pixels: []byte{0, 1, 254, 255}},
		{Class: "übung", Size: 2, Pixels: make([]byte, 2*MaxTeachSamples)},
		{Class: "a", Size: 3, Inputs: []float32{0, 1, 0.25, -0, 1e-40, -3}},
	} {
		b, err := op.Append([]byte("before"))
		require.NoError(t, err)
		b = b[len("before"):]
		got, err := DecodeOperation(op.Kind(), b)
		require.NoError(t, err)
		require.Equal(t, op, got)
		require.Equal(t, max(len(op.Pixels), len(op.Inputs))/op.Size, got.(*Teach).Len())
		for n := range b {
			_, err := DecodeOperation(KindTeach, b[:n])
			require.ErrorIs(t, err, ErrOperation, "%d bytes of %d", n, len(b))
			if n > 100 {
				break
			}
		}
		_, err = DecodeOperation(KindTeach, append(b, 0))
		require.ErrorIs(t, err, ErrOperation)
	}
}

// TestTeachLayout pins the payload down: logs hold it.
func TestTeachLayout(t *testing.T) {
	b, err := (&Teach{Class: "ab", Size: 3, Pixels: []byte{9, 8, 7, 6, 5, 4}}).Append(nil)
	require.NoError(t, err)
	require.Equal(t, []byte{1, 0, 2, 0, 2, 0, 0, 0, 3, 0, 0, 0, 'a', 'b', 9, 8, 7, 6, 5, 4}, b)
	b, err = (&Teach{Class: "c", Size: 1, Inputs: []float32{0.5}}).Append(nil)
	require.NoError(t, err)
	require.Equal(t, []byte{2, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 'c', 0, 0, 0, 0x3F}, b)
}

func TestBadOperations(t *testing.T) {
	nan := float32(math.NaN())
	for name, op := range map[string]*Teach{
		"no class": {Size: 1, Pixels: []byte{1}}, "class of other than UTF-8": {Class: "\xff", Size: 1, Pixels: []byte{1}},
		"long class": {Class: strings.Repeat("x", 1<<16), Size: 1, Pixels: []byte{1}},
		"no samples": {Class: "a", Size: 1}, "no size": {Class: "a", Pixels: []byte{1}}, "negative size": {Class: "a", Size: -1, Pixels: []byte{1}},
		"half a sample": {Class: "a", Size: 2, Pixels: []byte{1, 2, 3}}, "both": {Class: "a", Size: 1, Pixels: []byte{1}, Inputs: []float32{1}},
		"many samples": {Class: "a", Size: 1, Pixels: make([]byte, MaxTeachSamples+1)}, "NaN": {Class: "a", Size: 1, Inputs: []float32{nan}},
		"infinite":   {Class: "a", Size: 1, Inputs: []float32{float32(math.Inf(-1))}},
		"many bytes": {Class: "a", Size: 1 << 13, Pixels: make([]byte, 1<<13*2000)}, "wide": {Class: "a", Size: model.MaxFeatures + 1, Pixels: make([]byte, model.MaxFeatures+1)},
	} {
		_, err := op.Append(nil)
		require.ErrorIs(t, err, ErrOperation, name)
		require.NotContains(t, err.Error(), "\n")
	}
	good, err := (&Teach{Class: "a", Size: 1, Inputs: []float32{1}}).Append(nil)
	require.NoError(t, err)
	for at, want := range map[int]error{0: model.ErrVersion, 1: model.ErrVersion, 2: ErrOperation, 4: ErrOperation, 7: ErrOperation, 8: ErrOperation, 11: ErrOperation, 12: ErrOperation} {
		b := bytes.Clone(good)
		b[at] = 0xFF
		_, err := DecodeOperation(KindTeach, b)
		require.ErrorIs(t, err, want, "byte %d", at)
	}
	_, err = DecodeOperation(KindTeach, append(good[:len(good)-4:len(good)-4], 0, 0, 0xC0, 0x7F))
	require.ErrorIs(t, err, ErrOperation, "NaN")
	for _, kind := range []OperationKind{0, 4, 9, 1 << 15} {
		_, err = DecodeOperation(kind, good)
		require.ErrorIs(t, err, model.ErrVersion)
	}
}

// FuzzOperation: what is accepted encodes to the same bytes, errors have names.
func FuzzOperation(f *testing.F) {
	for _, op := range []*Teach{{Class: "7", Size: 4, Pixels: []byte{0, 1, 254, 255}}, {Class: "a", Size: 2, Inputs: []float32{0, 1, 0.25, 1}}} {
		b, err := op.Append(nil)
		require.NoError(f, err)
		f.Add(uint16(KindTeach), b)
		f.Add(uint16(KindTeach), b[:len(b)-1])
		f.Add(uint16(2), b)
	}
	for _, c := range operationLayouts {
		f.Add(uint16(c.op.Kind()), c.payload)
		f.Add(uint16(c.op.Kind()), c.payload[:len(c.payload)-1])
	}
	f.Add(uint16(KindAddClass), []byte{0, 0, 2, 0, 'a'})
	f.Fuzz(func(t *testing.T, kind uint16, payload []byte) {
		var op Operation
		var err error
		allocated := allocatedBy(func() { op, err = DecodeOperation(OperationKind(kind), payload) })
		// Of two bytes a label becomes an int, and a name a string.
		require.LessOrEqual(t, allocated, uint64(1<<16+64*len(payload)), "memory in proportion")
		if err != nil {
			require.True(t, errors.Is(err, ErrOperation) || errors.Is(err, model.ErrVersion), "%v", err)
			return
		}
		again, err := op.Append(nil)
		require.NoError(t, err)
		require.Equal(t, payload, again)
	})
}

// TestAddClassLayout pins the payload down: logs hold it.
func TestAddClassLayout(t *testing.T) {
	want := []byte{0, 0, 3, 0, 'a', 0xC3, 0xBC}
	b, err := (&AddClass{Class: "aü"}).Append(nil)
	require.NoError(t, err)
	require.Equal(t, want, b)
	got, err := DecodeOperation(KindAddClass, want)
	require.NoError(t, err)
	require.Equal(t, &AddClass{Class: "aü"}, got)
	require.EqualValues(t, 5, got.Kind())
	for n := range want {
		_, err := DecodeOperation(KindAddClass, want[:n])
		require.ErrorIs(t, err, ErrOperation, "%d bytes", n)
	}
	_, err = DecodeOperation(KindAddClass, append(bytes.Clone(want), 'x'))
	require.ErrorIs(t, err, ErrOperation)
	for at, wrong := range map[int]error{0: model.ErrVersion, 1: model.ErrVersion, 2: ErrOperation, 3: ErrOperation, 4: ErrOperation, 5: ErrOperation} {
		b := bytes.Clone(want)
		b[at] = 0xFF
		_, err := DecodeOperation(KindAddClass, b)
		require.ErrorIs(t, err, wrong, "byte %d", at)
	}
	_, err = DecodeOperation(KindAddClass, make([]byte, 4))
	require.ErrorIs(t, err, ErrOperation, "no name")
	for _, name := range []string{"", "\xff", strings.Repeat("x", 1<<16)} {
		_, err := (&AddClass{Class: name}).Append(nil)
		require.ErrorIs(t, err, ErrOperation)
	}
}
