package runtime

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime/replay"
)

// everyOperation is a life with operations of all kinds, which are made when their turn
// comes since some need an identity.
func everyOperation() []func(l *Learner) Operation {
	is := func(op Operation) func(*Learner) Operation { return func(*Learner) Operation { return op } }
	id := func(i int) func(l *Learner) uint64 {
		return func(l *Learner) uint64 { return l.Memory().ID(i % l.Memory().Len()) }
	}
	return []func(l *Learner) Operation{
		is(learnOf(0, cycle(23, "0", "1", "2")...)),
		is(learnOf(30, cycle(10, "2", "new", "1")...)), // grows in mid-stream
		is(teachOf("0", 50, 1)),
		is(&Sleep{Steps: 3, From: 0, Of: 7}),
		is(&Teach{Class: "taught", New: true, Size: tinyImage.Size(), Pixels: glyphs("taught", 0, 12)}),
		is(&Correct{Class: "1", Was: "taught", Size: tinyImage.Size(), Pixels: glyphs("1", 90, 2)}),
		func(l *Learner) Operation { return &Forget{IDs: []uint64{id(3)(l), id(8)(l)}} },
		is(&AddClass{Class: "empty"}),
		func(l *Learner) Operation {
			at := 5
			class := l.Classes()[(l.Memory().Label(at)+1)%3]
			return &Relabel{ID: id(at)(l), Class: class}
		},
		is(&Forget{Class: "1"}),
		is(learnOf(120, cycle(40, "taught", "0", "late", "2")...)),
		is(&Correct{Class: "fresh", New: true, Size: tinyImage.Size(), Pixels: glyphs("fresh", 0, 3)}),
		is(&Sleep{Steps: 4, From: 3, Of: 7}),
		is(&Forget{Class: "fresh"}), // the last one
		is(&Forget{Class: "empty"}),
		is(learnOf(200, cycle(11, "late", "0")...)),
	}
}

// TestRehearsalResumesAnywhere: with 1 to 3 threads, stopped after every operation and
// resumed from a file, a learner that rehearses has the bits of one that never stopped.
func TestRehearsalResumesAnywhere(t *testing.T) {
	eachForm(t, func(t *testing.T, small bool) {
		whole, stopped := rehearsing(t, tinyModel(t, 3, small), 3000, 1), rehearsing(t, tinyModel(t, 3, small), 3000, 3)
		for i, make := range everyOperation() {
			op := make(whole)
			require.NoError(t, whole.Apply(op), "operation %d", i)
			stopped = resumed(t, stopped, 1+i%3)
			// Through its payload, as a store does it.
			b, err := op.Append(nil)
			require.NoError(t, err)
			op, err = DecodeOperation(op.Kind(), b)
			require.NoError(t, err)
			require.NoError(t, stopped.Apply(op), "operation %d", i)
			require.True(t, bytes.Equal(stateOf(t, whole), stateOf(t, stopped)), "operation %d: %#v", i, op)
			require.Equal(t, whole.Classes(), stopped.Classes())
		}
		require.Equal(t, []string{"0", "2", "new", "taught", "late"}, whole.Classes())
		r, ok := whole.Rehearsal()
		require.True(t, ok)
		require.Equal(t, NewRehearsal(3000, tinyImage), r)
		require.Equal(t, len(everyOperation())-1, whole.Lessons(), "adding a class is no lesson")
	})
}

// TestThreadsDoNotChangeRehearsal in a network that is large enough for work to be
// split.
func TestThreadsDoNotChangeRehearsal(t *testing.T) {
	eachForm(t, func(t *testing.T, small bool) {
		var want []byte
		for threads := 1; threads <= 3; threads++ {
			m := tinyModel(t, 3, false)
			c := m.Config
			c.Hidden, c.Group = []int{160, 150}, 16
			wide, err := model.New(c, 3)
			require.NoError(t, err)
			wide.Provenance = m.Provenance
			if small {
				wide, err = wide.Quantise()
				require.NoError(t, err)
			}
			l := rehearsing(t, wide, 5000, threads)
			require.NoError(t, l.Apply(learnOf(0, cycle(40, "0", "1", "2", "3")...)))
			require.NoError(t, l.Apply(&Sleep{5, 0, 5}))
			if want == nil {
				want = stateOf(t, l)
			}
			require.True(t, bytes.Equal(want, stateOf(t, l)), "%d threads", threads)
		}
	})
}

// TestRehearsalRefuses: what Check refuses changes nothing.
func TestRehearsalRefuses(t *testing.T) {
	size := tinyImage.Size()
	pixel, nan := make([]byte, size), make([]float32, size)
	nan[7] = float32(math.NaN())
	above := make([]float32, size)
	above[3] = 1.0001
	below := make([]float32, size)
	below[3] = -0.0001
	many := make([]string, MaxTeachSamples)
	for i := range many {
		many[i] = fmt.Sprint("many ", i)
	}
	l := rehearsing(t, tinyModel(t, 2, false), 3000, 1)
	require.NoError(t, l.Apply(learnOf(0, cycle(30, "0", "1")...)))
	before := stateOf(t, l)
	for name, of := range map[string]struct {
		op   Operation
		want error
	}{
		"teach unknown":       {teachOf("x", 0, 1), ErrNoClass},
		"correct unknown":     {&Correct{Class: "x", Size: size, Pixels: pixel}, ErrNoClass},
		"correct from none":   {&Correct{Class: "0", Was: "x", Size: size, Pixels: pixel}, ErrNoClass},
		"relabel to unknown":  {&Relabel{ID: l.Memory().ID(0), Class: "x"}, ErrNoClass},
		"forget unknown":      {&Forget{Class: "x"}, ErrNoClass},
		"forget the last two": {&Forget{Class: "1"}, ErrOperation},
		"forget no sample":    {&Forget{IDs: []uint64{1 << 30}}, ErrOperation},
		"forget one twice":    {&Forget{IDs: []uint64{l.Memory().ID(0), l.Memory().ID(0)}}, ErrOperation},
		"relabel no sample":   {&Relabel{ID: 1 << 30, Class: "0"}, ErrOperation},
		"relabel as it is":    {&Relabel{ID: l.Memory().ID(0), Class: l.Classes()[l.Memory().Label(0)]}, ErrOperation},
		"add what is there":   {&AddClass{Class: "1"}, ErrOperation},
		"learn other size":    {&Learn{Classes: []string{"0"}, Labels: []int{0}, Size: size - 1, Pixels: pixel[1:]}, ErrOperation},
		"learn NaN":           {&Learn{Classes: []string{"0"}, Labels: []int{0}, Size: size, Inputs: nan}, ErrOperation},
		"learn above 1":       {&Learn{Classes: []string{"0"}, Labels: []int{0}, Size: size, Inputs: above}, ErrOperation},
		"learn below 0":       {&Learn{Classes: []string{"0"}, Labels: []int{0}, Size: size, Inputs: below}, ErrOperation},
		"learn many classes":  {&Learn{Classes: many, Labels: numbered(len(many)), Size: size, Pixels: make([]byte, len(many)*size)}, ErrOperation},
		"teach NaN":           {&Teach{Class: "0", Size: size, Inputs: nan}, ErrOperation},
		"teach other size":    {&Teach{Class: "0", Size: 2 * size, Pixels: make([]byte, 2*size)}, ErrOperation},
		"teach new, above 1":  {&Teach{Class: "new", New: true, Size: size, Inputs: above}, ErrOperation},
		"correct above 1":     {&Correct{Class: "0", Size: size, Inputs: above}, ErrOperation},
		"correct the right":   {&Correct{Class: "0", Was: "0", Size: size, Pixels: pixel}, ErrOperation},
		"sleep backwards":     {&Sleep{2, 1, 2}, ErrOperation},
		"stranger":            {stranger{}, model.ErrVersion},
	} {
		require.ErrorIs(t, l.Check(of.op), of.want, name)
		require.ErrorIs(t, l.Apply(of.op), of.want, name)
		_, err := l.Try(background, of.op)
		require.ErrorIs(t, err, of.want, name)
		require.True(t, bytes.Equal(before, stateOf(t, l)), name)
	}
	empty := rehearsing(t, tinyModel(t, 3, false), 3000, 1)
	require.ErrorIs(t, empty.Apply(&Sleep{1, 0, 1}), ErrOperation, "nothing is remembered")
}

func numbered(n int) (list []int) {
	for i := range n {
		list = append(list, i)
	}
	return list
}

type stranger struct{}

func (stranger) Kind() OperationKind             { return 99 }
func (stranger) Append(b []byte) ([]byte, error) { return b, nil }

// TestNoRehearsal: a learner that does not rehearse takes lessons and classes alone.
func TestNoRehearsal(t *testing.T) {
	l, err := NewLearner(tinyModel(t, 3, false), 1)
	require.NoError(t, err)
	defer l.Close()
	before := stateOf(t, l)
	for _, op := range []Operation{
		learnOf(0, "0", "1"), &Sleep{1, 0, 1}, &Forget{Class: "0"}, &Forget{IDs: []uint64{0}}, &Relabel{ID: 0, Class: "1"},
		&Correct{Class: "0", Was: "1", Size: tinyImage.Size(), Pixels: make([]byte, tinyImage.Size())},
	} {
		require.ErrorIs(t, l.Apply(op), ErrNoRehearsal)
		require.ErrorIs(t, l.Apply(op), ErrOperation)
	}
	_, err = l.Recalls(background)
	require.ErrorIs(t, err, ErrNoRehearsal)
	require.ErrorIs(t, l.Remember(&samples{}), ErrNoRehearsal)
	require.Nil(t, l.Memory())
	require.Nil(t, l.Held())
	require.Zero(t, l.RememberedBytes())
	require.True(t, bytes.Equal(before, stateOf(t, l)))
	require.NoError(t, l.Apply(teachOf("0", 0, 2)))
	require.NoError(t, l.Apply(&Teach{Class: "new", New: true, Size: tinyImage.Size(), Pixels: glyphs("new", 0, 2)}))
	require.Len(t, l.Classes(), 4)
}

// TestRehearsalOfEveryPreset, of vectors as of images.
func TestRehearsalOfEveryPreset(t *testing.T) {
	for _, preset := range Presets() {
		s := stylesOf(t, preset, func(*Settings) {})(shapes[3], 13, 5)
		m, err := model.New(s.config, 3)
		require.NoError(t, err)
		m.Provenance.Settings = preset
		l := rehearsing(t, m, 2000, 1)
		r, _ := l.Rehearsal()
		require.Zero(t, r.Shift)
		require.False(t, r.Warp)
		ops := lessons(4, 13, 5)
		require.NoError(t, l.Apply(ops[3]), preset)
		require.NoError(t, l.Apply(&Learn{Classes: []string{ops[0].Class, "new"}, Labels: []int{0, 1}, Size: 13, Inputs: ops[2].Inputs[:26]}), preset)
		require.Len(t, l.Classes(), 6)
		stateOf(t, resumed(t, l, 2))
	}
}

func TestBadRehearsals(t *testing.T) {
	good := NewRehearsal(3000, tinyImage)
	require.NoError(t, good.Validate(tinyImage))
	for name, change := range map[string]func(r *Rehearsal){
		"no budget": func(r *Rehearsal) { r.Budget = 0 }, "huge budget": func(r *Rehearsal) { r.Budget = replay.MaxBudget + 1 },
		"no batch": func(r *Rehearsal) { r.Batch = 0 }, "huge batch": func(r *Rehearsal) { r.Batch = MaxReplays + 1 },
		"no replays": func(r *Rehearsal) { r.Replays = 0 }, "huge replays": func(r *Rehearsal) { r.Replays = MaxReplays + 1 },
		"held below": func(r *Rehearsal) { r.Held = -0.1 }, "held above": func(r *Rehearsal) { r.Held = 0.51 }, "held NaN": func(r *Rehearsal) { r.Held = math.NaN() },
		"shift below": func(r *Rehearsal) { r.Shift = -1 }, "shift above": func(r *Rehearsal) { r.Shift = MaxShift + 1 },
	} {
		r := good
		change(&r)
		require.ErrorIs(t, r.Validate(tinyImage), ErrSettings, name)
	}
	vector := NewRehearsal(3000, vector(9))
	require.NoError(t, vector.Validate(model.Input{Features: 9}))
	require.ErrorIs(t, good.Validate(model.Input{Features: 9}), ErrSettings)

	// A rehearsal that cannot be leaves the learner as it is.
	l, err := NewLearner(tinyModel(t, 9, false), 1)
	require.NoError(t, err)
	defer l.Close()
	before := stateOf(t, l)
	for budget, want := range map[int]error{0: ErrSettings, 40: replay.ErrOptions, 300: replay.ErrOptions, 340: replay.ErrOptions} {
		require.ErrorIs(t, l.Rehearse(NewRehearsal(budget, tinyImage)), want, "%d bytes", budget)
	}
	few := NewRehearsal(9*28+30, tinyImage)
	few.Held = 0
	require.ErrorIs(t, l.Rehearse(few), replay.ErrBudget)
	for _, bits := range []int{3, 16, -1} {
		r := good
		r.Bits = bits
		require.Error(t, l.Rehearse(r))
	}
	_, ok := l.Rehearsal()
	require.False(t, ok)
	require.True(t, bytes.Equal(before, stateOf(t, l)))
}

// TestBudgetForClasses: a class for which the budget has no room is refused before it is
// added, not when a sample of it comes.
func TestBudgetForClasses(t *testing.T) {
	m := tinyModel(t, 2, false)
	l, err := NewLearner(m, 1)
	require.NoError(t, err)
	defer l.Close()
	r := NewRehearsal(1200, tinyImage)
	r.Held = 0.25
	require.NoError(t, l.Rehearse(r))
	added := 0
	for i := range 20 {
		before, name := stateOf(t, l), fmt.Sprint("new ", i)
		var op Operation = learnOf(i, "0", name)
		switch i % 3 {
		case 1:
			op = &AddClass{Class: name}
		case 2:
			op = &Teach{Class: name, New: true, Size: tinyImage.Size(), Pixels: glyphs(name, 0, 3)}
		}
		if err := l.Check(op); err != nil {
			require.ErrorIs(t, err, replay.ErrBudget)
			require.ErrorIs(t, err, ErrOperation)
			require.ErrorIs(t, l.Apply(op), ErrOperation)
			require.True(t, bytes.Equal(before, stateOf(t, l)))
			continue
		}
		require.NoError(t, l.Apply(op))
		added++
	}
	require.Greater(t, added, 2)
	require.Less(t, added, 9)
	for i := range 20 { // samples of all classes, also of those that came without
		require.NoError(t, l.Apply(learnOf(100*i, cycle(10, l.Classes()...)...)))
		require.LessOrEqual(t, l.RememberedBytes(), 1200)
	}
	resumed(t, l, 1)

	// Several classes at once count together.
	wide := rehearsing(t, tinyModel(t, 2, false), 4000, 1)
	var names []string
	for i := range 30 {
		names = append(names, fmt.Sprint("x", i))
	}
	require.ErrorIs(t, wide.Check(learnOf(0, names...)), replay.ErrBudget)
	require.NoError(t, wide.Check(learnOf(0, names[:9]...)))
}
