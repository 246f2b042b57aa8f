package replay

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

// Package runtime checks that a memory is one of its Samples.

// TestEqualCallsMakeEqualBytes, also on the way and in a memory that grew
// otherwise.
func TestEqualCallsMakeEqualBytes(t *testing.T) {
	opt := Options{Inputs: 60, Budget: 3000, Seed: 5}
	a, b := newTest(t, opt), newTest(t, opt)
	for part := range uint64(6) {
		fill(t, a, 60, 4, part)
		fill(t, b, 60, 4, part)
		require.Equal(t, encoded(t, a), encoded(t, b))
		b = decoded(t, encoded(t, b))
	}
	opt.Seed++
	other := newTest(t, opt)
	fill(t, other, 60, 4, 0)
	require.NotEqual(t, encoded(t, a), encoded(t, other))
}

// TestBitsFollowTheData: drawings get 1 bit when the budget is spent, greys and a
// third of full light 2, and small differences keep 8.
func TestBitsFollowTheData(t *testing.T) {
	for name, c := range map[string]struct {
		x    func(i uint64) []float32
		bits int
	}{
		"drawings": {func(i uint64) []float32 { return drawing(random(i), 100) }, 1},
		"greys":    {func(i uint64) []float32 { return greys(random(i), 100) }, 2},
		"a third":  {func(uint64) []float32 { return []float32{99: 0.3} }, 2},
		"ramp":     {func(uint64) []float32 { return ramp(100) }, 8},
	} {
		m := newTest(t, Options{Inputs: 100, Budget: 4000})
		require.Equal(t, 8, m.Bits())
		full := false
		for i := uint64(0); !full; i++ {
			before := m.Bytes()
			add(t, m, c.x(i), 0)
			full = m.Bytes() <= before
			require.Less(t, i, uint64(2000))
		}
		require.Equal(t, c.bits, m.Bits(), name)
	}
}

func ramp(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = 0.45 + float32(i)/float32(n)/50
	}
	return x
}

// TestFewerBitsLater are the same as fewer bits from the start.
func TestFewerBitsLater(t *testing.T) {
	auto := newTest(t, Options{Inputs: 100, Budget: 4000})
	one := newTest(t, Options{Inputs: 100, Budget: 4000, Bits: 1})
	r := random(6)
	for auto.Bits() == 8 {
		x := drawing(r, 100)
		add(t, auto, x, 0)
		add(t, one, x, 0)
	}
	require.Equal(t, encoded(t, one), encoded(t, auto))
	require.Equal(t, one.Len(), int(one.Seen()), "nothing was lost")
}

// TestLongStream: a long stream in a small memory keeps its
// buffer.
func TestLongStream(t *testing.T) {
	m := newTest(t, Options{Inputs: 30, Budget: 1000, Bits: 4})
	r := random(8)
	for i := range 20000 {
		add(t, m, drawing(r, 30), r.IntN(5))
		if i%1000 == 0 {
			requireSound(t, m)
		}
	}
	require.Greater(t, m.Bytes(), 950)
	require.LessOrEqual(t, cap(m.buffer.b), 1000)
	newest := uint64(0)
	for i := range m.Len() {
		newest = max(newest, m.ID(i))
	}
	require.Greater(t, newest, uint64(15000), "the stream's end has a chance, too")
}

// TestIdentities survive what moves samples.
func TestIdentities(t *testing.T) {
	m := newTest(t, Options{Inputs: 8, Budget: 2000, Bits: 8})
	for i := range 30 {
		x := make([]float32, 8)
		x[0] = float32(i) / 255
		add(t, m, x, i%3)
	}
	i, ok := m.Find(17)
	require.True(t, ok)
	require.NoError(t, m.Relabel(i, 9))
	require.Equal(t, 10, m.Classes())
	i, ok = m.Find(4)
	require.True(t, ok)
	require.NoError(t, m.Remove(i))
	require.NoError(t, m.Merge(0, 1))
	_, ok = m.Find(4)
	require.False(t, ok)
	x := make([]float32, 8)
	for id := range uint64(30) {
		i, ok := m.Find(id)
		require.Equal(t, id != 4, ok)
		if ok {
			label := m.Sample(x, i)
			require.Equal(t, float32(id)/255, x[0])
			require.Equal(t, map[bool]int{true: 9, false: max(int(id%3), 1)}[id == 17], label)
		}
	}
	first, end := m.Range(0)
	require.Equal(t, first, end)
	require.NoError(t, m.RemoveClass(1))
	require.Equal(t, 10, m.Len())
	kept, seen := m.Count(1)
	require.Zero(t, kept)
	require.Zero(t, seen)
	requireSound(t, m)
}

func TestWrongOptions(t *testing.T) {
	for _, opt := range []Options{
		{}, {Inputs: -1, Budget: 1000}, {Inputs: model.MaxFeatures + 1, Budget: MaxBudget}, {Inputs: 10, Budget: MaxBudget + 1},
		{Inputs: 10, Budget: 47}, {Inputs: 10, Budget: -5}, {Inputs: 10, Budget: 1000, Bits: 3}, {Inputs: 10, Budget: 1000, Bits: -1},
	} {
		_, err := New(opt)
		require.ErrorIs(t, err, ErrOptions, "%+v", opt)
	}
	m := newTest(t, Options{Inputs: 10, Budget: 48})
	require.True(t, add(t, m, greys(random(1), 10), 0))
}

// TestWrongSamples change nothing.
func TestWrongSamples(t *testing.T) {
	m := newTest(t, Options{Inputs: 3, Budget: 300})
	nan := float32(0)
	nan /= nan
	fill(t, m, 10, 3, 1)
	before := encoded(t, m)
	for _, c := range []struct {
		x     []float32
		label int
		want  string
	}{
		{[]float32{0, 1}, 0, "invalid sample: 2 inputs, the replay memory has samples of 3"},
		{[]float32{0, 1, 0, 1}, 0, "invalid sample: 4 inputs, the replay memory has samples of 3"},
		{[]float32{0, nan, 0}, 0, "invalid sample: input 1 is NaN, want 0…1"},
		{[]float32{0, 0, 1.5}, 0, "invalid sample: input 2 is 1.5, want 0…1"},
		{[]float32{-0.1, 0, 1}, 0, "invalid sample: input 0 is -0.1, want 0…1"},
		{[]float32{0, 0, 1}, -1, "invalid sample: label -1, want 0…16383"},
		{[]float32{0, 0, 1}, 16384, "invalid sample: label 16384, want 0…16383"},
		{[]float32{0, 0, 1}, 16383, "the budget of the replay memory is too small: 16384 classes need 458765 bytes, the budget is 300"},
	} {
		_, err := m.Add(c.x, c.label)
		require.EqualError(t, err, c.want)
	}
	for _, err := range []error{
		m.Remove(-1), m.Remove(m.Len()), m.RemoveClass(-1), m.RemoveClass(3), m.Relabel(m.Len(), 0), m.Relabel(0, -1), m.Merge(3, 0), m.Merge(0, -1),
	} {
		require.ErrorIs(t, err, ErrSample)
	}
	require.ErrorIs(t, m.Relabel(0, 100), ErrBudget)
	require.Equal(t, before, encoded(t, m))
	kept, _ := m.Count(77)
	require.Zero(t, kept)
	_, end := m.Range(77)
	require.Zero(t, end)
}

// TestTableOfClassesNeedsFewerBits: it grows into a memory that is nearly full.
func TestTableOfClassesNeedsFewerBits(t *testing.T) {
	m := newTest(t, Options{Inputs: 50, Budget: 2000})
	r := random(3)
	for m.Bytes() < 1900 {
		add(t, m, drawing(r, 50), 0)
	}
	require.Equal(t, 8, m.Bits())
	n := m.Len()
	require.NoError(t, m.Relabel(0, 12))
	require.Equal(t, 1, m.Bits())
	require.Equal(t, n, m.Len())
	kept, _ := m.Count(12)
	require.Equal(t, 1, kept)
	requireSound(t, m)
}

// TestIdentitiesRunOut after 2⁴⁰ samples.
func TestIdentitiesRunOut(t *testing.T) {
	m := newTest(t, Options{Inputs: 3, Budget: 300})
	m.seen = maxID
	require.True(t, add(t, m, []float32{0, 1, 0}, 0))
	require.Equal(t, uint64(maxID), m.ID(0))
	m = decoded(t, encoded(t, m))
	require.Equal(t, uint64(maxID), m.ID(0))
	_, err := m.Add([]float32{0, 1, 0}, 0)
	require.ErrorIs(t, err, ErrFull)
	require.Equal(t, uint64(maxID+1), m.Seen())
}

// TestManyClasses: those that appear take room from samples.
func TestManyClasses(t *testing.T) {
	m := newTest(t, Options{Inputs: 20, Budget: 2000, Bits: 1})
	r := random(2)
	for i := range 3000 {
		add(t, m, greys(r, 20), min(i/50, 60))
		requireSound(t, m)
	}
	require.Equal(t, 60, m.Classes())
	for c := range 60 {
		kept, _ := m.Count(c)
		if kept > 1 {
			require.LessOrEqual(t, kept, 2)
		}
	}
}

// TestDropClass: what is left is what a memory has to which the class never came, but for
// identities, in a table that is shorter; and it goes on.
func TestDropClass(t *testing.T) {
	for _, drop := range []int{0, 1, 3, 4} {
		m := newTest(t, Options{Inputs: 60, Budget: 4000, Seed: 9})
		fill(t, m, 400, 5, 3)
		require.Greater(t, m.Seen(), uint64(m.Len()), "some had to go")
		type sample struct {
			x     string
			label int
		}
		all := func() map[uint64]sample {
			list, x := map[uint64]sample{}, make([]float32, 60)
			for i := range m.Len() {
				label := m.Sample(x, i)
				list[m.ID(i)] = sample{fmt.Sprint(x), label}
			}
			return list
		}
		want, counts := map[uint64]sample{}, []uint64(nil)
		for id, s := range all() {
			switch {
			case s.label < drop:
				want[id] = s
			case s.label > drop:
				want[id] = sample{s.x, s.label - 1}
			}
		}
		for label := range 5 {
			if _, seen := m.Count(label); label != drop {
				counts = append(counts, seen)
			}
		}
		require.NoError(t, m.DropClass(drop))
		requireSound(t, m)
		require.Equal(t, 4, m.Classes())
		require.Equal(t, want, all())
		for label, seen := range counts {
			_, got := m.Count(label)
			require.Equal(t, seen, got)
		}
		require.Equal(t, encoded(t, m), encoded(t, decoded(t, encoded(t, m))))
		again := decoded(t, encoded(t, m))
		for _, m := range []*Memory{m, again} {
			fill(t, m, 300, 6, 4)
			requireSound(t, m)
			require.Len(t, m.Draw(make([]int, 50), Balanced, 1), 50)
		}
		require.Equal(t, encoded(t, again), encoded(t, m))
		require.ErrorIs(t, m.DropClass(6), ErrSample)
		require.ErrorIs(t, m.DropClass(-1), ErrSample)
		for m.Classes() > 0 {
			require.NoError(t, m.DropClass(0))
			requireSound(t, m)
		}
		require.Zero(t, m.Len())
		require.Zero(t, m.Bytes())
	}
}

// TestRoom tells what Add will say of a new class.
func TestRoom(t *testing.T) {
	m := newTest(t, Options{Inputs: 20, Budget: 200, Bits: 8})
	x := make([]float32, 20)
	for label := range 12 {
		err := m.Room(label + 1)
		_, added := m.Add(x, label)
		require.Equal(t, err == nil, added == nil, "class %d", label)
		if err != nil {
			require.ErrorIs(t, err, ErrBudget)
			require.ErrorIs(t, added, ErrBudget)
		}
	}
	require.NoError(t, m.Room(m.Classes()))
	require.Greater(t, m.Classes(), 3)
}
