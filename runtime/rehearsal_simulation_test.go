package runtime

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime/replay"
)

// life does random operations on a learner that rehearses and keeps the books beside it:
// which classes there are, and of which class each picture is, by its number.
type life struct {
	t       *testing.T
	rand    *rand.Rand
	l       *Learner
	budget  int
	classes []string
	of      map[int]string // by a picture's number
	next    int            // number of the next picture, and of the next class
	done    map[OperationKind]int
	refused int
}

func newLife(t *testing.T, seed uint64, small bool) *life {
	s := &life{t: t, rand: newRand(seed), classes: []string{"a", "b", "c"}, of: map[int]string{}, done: map[OperationKind]int{}}
	_, c, err := Preset("fast")
	require.NoError(t, err)
	c.Input, c.Classes, c.Hidden, c.Group, c.Latents = tinyImage, s.classes, []int{6}, 3, 2
	m, err := model.New(c, seed)
	require.NoError(t, err)
	if small {
		m, err = m.Quantise()
		require.NoError(t, err)
	}
	s.l, err = NewLearner(m, 1)
	require.NoError(t, err)
	s.budget = 700 + s.rand.IntN(2500)
	r := Rehearsal{Budget: s.budget, Batch: 1 + s.rand.IntN(6), Replays: 1 + s.rand.IntN(8), Held: []float64{0, 0.15, 0.5}[seed%3], Shift: int(seed % 2), Warp: seed%4 < 2}
	require.NoError(t, s.l.Rehearse(r))
	return s
}

// pictures returns n numbered pictures, one for each class that they are of.
func (s *life) pictures(classes ...string) []byte {
	pixels := make([]byte, len(classes)*tinyImage.Size())
	for i, class := range classes {
		s.next++
		s.of[s.next] = class
		numberedPicture(pixels[i*tinyImage.Size():(i+1)*tinyImage.Size()], s.next)
	}
	return pixels
}

// class returns one that there is, or sometimes, and always if so wanted, one that there
// is not.
func (s *life) class(isNew bool) string {
	if isNew || s.rand.IntN(60) == 0 {
		s.next++
		return fmt.Sprint("class ", s.next)
	}
	return s.classes[s.rand.IntN(len(s.classes))]
}

// id returns the identity of a remembered sample, or sometimes of none.
func (s *life) id() uint64 {
	m := s.l.Memory()
	if m.Len() == 0 || s.rand.IntN(20) == 0 {
		return s.rand.Uint64N(1 << 30)
	}
	return m.ID(s.rand.IntN(m.Len()))
}

// operation returns a random one, which may not be possible.
func (s *life) operation() Operation {
	size, r := tinyImage.Size(), s.rand
	switch k := r.IntN(200); {
	case k < 95:
		op, names := &Learn{Size: size}, []string(nil)
		for range 1 + r.IntN(12) {
			names = append(names, s.class(false))
		}
		for _, name := range names {
			if !slices.Contains(op.Classes, name) {
				op.Classes = append(op.Classes, name)
			}
			op.Labels = append(op.Labels, slices.Index(op.Classes, name))
		}
		op.Pixels = s.pictures(names...)
		return op
	case k < 96:
		class := s.class(r.IntN(3) == 0)
		return &Teach{Class: class, New: r.IntN(4) > 0, Size: size, Pixels: s.pictures(cycle(1+r.IntN(9), class)...)}
	case k < 97:
		class := s.class(r.IntN(6) == 0)
		return &Correct{Class: class, New: r.IntN(2) == 0, Was: s.class(false), Size: size, Pixels: s.pictures(cycle(1+r.IntN(3), class)...)}
	case k < 124:
		return &AddClass{s.class(r.IntN(4) > 0)}
	case k < 148:
		return &Forget{Class: s.class(false)}
	case k < 170:
		op := &Forget{}
		for range 1 + r.IntN(4) {
			op.IDs = append(op.IDs, s.id())
		}
		return op
	case k < 171:
		return &Relabel{ID: s.id(), Class: s.class(false)}
	}
	return &Sleep{Steps: 1 + r.IntN(2), From: r.IntN(3), Of: 1 + r.IntN(6)}
}

// book keeps the books of an operation that has been done.
func (s *life) book(op Operation, relabelled int) {
	add := func(names ...string) {
		for _, name := range names {
			if !slices.Contains(s.classes, name) {
				s.classes = append(slices.Clone(s.classes), name)
			}
		}
	}
	switch o := op.(type) {
	case *Learn:
		add(o.Classes...)
	case *Teach:
		add(o.Class)
	case *Correct:
		add(o.Class)
	case *AddClass:
		add(o.Class)
	case *Relabel:
		s.of[relabelled] = o.Class
	case *Forget:
		if o.Class != "" {
			at := slices.Index(s.classes, o.Class)
			s.classes = slices.Delete(slices.Clone(s.classes), at, at+1)
			for n, class := range s.of {
				if class == o.Class {
					delete(s.of, n)
				}
			}
		}
	}
}

// step does one operation, or has it refused.
func (s *life) step() {
	op := s.operation()
	if err := s.l.Check(op); err != nil {
		require.ErrorIs(s.t, err, ErrOperation)
		before := encodedMemory(s.l.Memory())
		require.Error(s.t, s.l.Apply(op))
		require.True(s.t, bytes.Equal(before, encodedMemory(s.l.Memory())))
		require.Equal(s.t, s.classes, s.l.Classes())
		s.refused++
		return
	}
	// What is meant by identities is read off before.
	x, gone, relabelled := make([]float32, tinyImage.Size()), []int(nil), 0
	serial := func(id uint64) int {
		i, ok := s.l.Memory().Find(id)
		require.True(s.t, ok)
		s.l.Memory().Sample(x, i)
		return serialOf(x)
	}
	switch o := op.(type) {
	case *Forget:
		for _, id := range o.IDs {
			gone = append(gone, serial(id))
		}
	case *Relabel:
		relabelled = serial(o.ID)
	}
	require.NoError(s.t, s.l.Apply(op), "%#v passed Check", op)
	if o, ok := op.(*Relabel); ok {
		i, there := s.l.Memory().Find(o.ID)
		require.True(s.t, there, "it keeps its place and its identity")
		require.Equal(s.t, o.Class, s.l.Classes()[s.l.Memory().Label(i)])
	}
	s.book(op, relabelled)
	for _, n := range gone {
		delete(s.of, n)
	}
	s.done[op.Kind()]++
	s.check()
}

// check compares the learner with the books.
func (s *life) check() {
	require.Equal(s.t, s.classes, s.l.Classes())
	require.LessOrEqual(s.t, s.l.RememberedBytes(), s.budget)
	memories := []*replay.Memory{s.l.Memory()}
	if s.l.Held() != nil {
		memories = append(memories, s.l.Held())
	}
	seen := map[int]bool{}
	for _, m := range memories {
		require.LessOrEqual(s.t, m.Bytes(), m.Budget())
		require.LessOrEqual(s.t, m.Classes(), len(s.classes))
		list := serialsIn(m)
		require.Len(s.t, list, m.Len(), "no picture twice")
		for n, label := range list {
			require.Equal(s.t, s.of[n], s.classes[label], "picture %d", n)
			require.False(s.t, seen[n], "picture %d is learned and held back", n)
			seen[n] = true
		}
	}
}

// TestRehearsalSimulation: through thousands of random operations classes, labels of
// remembered samples and the model agree with the books, budgets are kept, and what Check
// lets pass is done.
func TestRehearsalSimulation(t *testing.T) {
	lives, steps := 7, 300
	if testing.Short() {
		lives, steps = 2, 60
	}
	done, refused := map[OperationKind]int{}, 0
	for seed := range uint64(lives) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			s := newLife(t, seed, seed%2 == 1)
			defer func() { s.l.Close() }()
			for k := range steps {
				s.step()
				if k%25 == 24 {
					before := stateOf(t, s.l)
					s.l.Close()
					c, err := model.DecodeCheckpoint(bytes.NewReader(before))
					require.NoError(t, err)
					s.l, err = ResumeLearner(c, 1)
					require.NoError(t, err)
					require.True(t, bytes.Equal(before, stateOf(t, s.l)))
					_, err = s.l.Recalls(background)
					require.NoError(t, err)
				}
			}
			for kind, n := range s.done {
				done[kind] += n
			}
			refused += s.refused
		})
	}
	if !testing.Short() && !t.Failed() {
		require.Greater(t, refused, 50)
		for _, kind := range []OperationKind{KindTeach, KindCorrect, KindForget, KindAddClass, KindLearn, KindSleep, KindRelabel} {
			require.Greater(t, done[kind], 3, "kind %d", kind)
		}
	}
}
