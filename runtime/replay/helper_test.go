package replay

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 11)) }

func newTest(t testing.TB, opt Options) *Memory {
	m, err := New(opt)
	require.NoError(t, err)
	return m
}

// drawing returns inputs of which most are 0: a few strokes, with grey ends.
func drawing(r *rand.Rand, inputs int) []float32 {
	x := make([]float32, inputs)
	for range 1 + inputs/50 {
		at, n := r.IntN(inputs), 1+r.IntN(8)
		for i := at; i < min(at+n, inputs); i++ {
			x[i] = 1
		}
		x[at] = r.Float32()
	}
	return x
}

// greys returns inputs that are all alike likely.
func greys(r *rand.Rand, inputs int) []float32 {
	x := make([]float32, inputs)
	for i := range x {
		x[i] = r.Float32()
	}
	return x
}

func add(t testing.TB, m *Memory, x []float32, label int) bool {
	kept, err := m.Add(x, label)
	require.NoError(t, err)
	return kept
}

// fill adds n samples of a random class below classes.
func fill(t testing.TB, m *Memory, n, classes int, seed uint64) {
	r := random(seed)
	for range n {
		add(t, m, drawing(r, m.Inputs()), r.IntN(classes))
	}
}

func encoded(t testing.TB, m *Memory) []byte {
	b, err := m.MarshalBinary()
	require.NoError(t, err)
	return b
}

func decoded(t testing.TB, b []byte) *Memory {
	m, err := Decode(bytes.NewReader(b))
	require.NoError(t, err)
	return m
}

// requireSound checks what must hold between any two calls.
func requireSound(t testing.TB, m *Memory) {
	require.LessOrEqual(t, m.Bytes(), m.Budget())
	require.LessOrEqual(t, len(m.buffer.b), m.Budget())
	first, live := uint32(0), 0
	for _, c := range m.classes {
		require.Equal(t, first, c.first)
		require.LessOrEqual(t, uint64(c.count), c.seen)
		first += c.count
	}
	require.EqualValues(t, m.Len(), first)
	owner := map[int]bool{}
	for i := range m.Len() {
		at, n := m.buffer.start(i), max(len(m.buffer.record(i)), minRecord)
		require.LessOrEqual(t, at+n, m.buffer.end)
		require.Less(t, m.buffer.id(i), m.seen)
		for b := at; b < at+n; b++ {
			require.False(t, owner[b], "records overlap")
			owner[b] = true
		}
		live += n
	}
	require.Equal(t, live, m.buffer.live)
	require.LessOrEqual(t, m.buffer.end+m.Len()*entryBytes, len(m.buffer.b))
}
