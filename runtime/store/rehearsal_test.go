package store

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/model/durable"
	"github.com/pffedge/pffedge/model/durable/crashfs"
	"github.com/pffedge/pffedge/quant"
	"github.com/pffedge/pffedge/runtime"
)

// rehearsing returns a small learner that rehearses, in int8 if so wanted.
func rehearsing(t testing.TB, small bool) *Learner {
	c := smallModel(t).Config
	c.Hidden = []int{8}
	m, err := model.New(c, 5)
	require.NoError(t, err)
	m.Provenance = model.Provenance{Settings: "tiny", Seed: 5}
	if small {
		m, err = m.Quantise()
		require.NoError(t, err)
	}
	l, err := runtime.NewLearner(m, 1)
	require.NoError(t, err)
	r := runtime.NewRehearsal(900, c.Input)
	r.Held = 0.2
	require.NoError(t, l.Rehearse(r))
	return &Learner{l}
}

// picturesOf returns n pictures of 3×2 pixels, from number from on.
func picturesOf(from, n int) (pixels []byte) {
	for i := range 6 * n {
		pixels = append(pixels, byte(113*from+61*i+i*i))
	}
	return pixels
}

func streamOf(from int, classes ...string) *runtime.Learn {
	op := &runtime.Learn{Size: 6, Pixels: picturesOf(from, len(classes))}
	at := map[string]int{}
	for _, class := range classes {
		if _, ok := at[class]; !ok {
			at[class] = len(op.Classes)
			op.Classes = append(op.Classes, class)
		}
		op.Labels = append(op.Labels, at[class])
	}
	return op
}

// rehearsals are operations of every kind. Identities are those of the operations
// before: a memory's samples are counted from 0.
func rehearsals() []runtime.Operation {
	return []runtime.Operation{
		streamOf(1, "cat", "dog", "cat", "eel", "cat", "dog", "eel", "eel", "dog", "cat", "cat", "dog"),
		streamOf(2, "fox", "cat", "fox", "eel", "fox", "fox"), // a class more
		&runtime.Sleep{Steps: 3, From: 0, Of: 5},
		&runtime.Forget{IDs: []uint64{1, 4}},
		&runtime.Teach{Class: "dog", Size: 6, Pixels: picturesOf(3, 4)},
		streamOf(4, "eel", "dog", "dog", "cat", "fox"),
		&runtime.AddClass{Class: "gnu"},
		&runtime.Forget{Class: "cat"},
		&runtime.Correct{Class: "gnu", Was: "dog", Size: 6, Pixels: picturesOf(5, 1)},
		streamOf(6, "eel", "gnu", "hen", "fox", "fox", "fox"), // another one
		&runtime.Relabel{ID: 3, Class: "fox"},
		&runtime.Sleep{Steps: 2, From: 3, Of: 5},
		&runtime.Forget{Class: "hen"}, // the last of them
		streamOf(7, "eel", "gnu", "dog"),
	}
}

// statesOf returns a learner's states before and after each of the operations, without a
// store.
func statesOf(t testing.TB, small bool) (want [][]byte) {
	l := rehearsing(t, small)
	defer l.Close()
	want = append(want, stateOf(t, l))
	for i, op := range rehearsals() {
		require.NoError(t, l.Learner.Apply(op), "operation %d", i+1)
		want = append(want, stateOf(t, l))
	}
	return want
}

func createRehearsing(t testing.TB, fsys durable.FS, dir string, small bool) {
	l := rehearsing(t, small)
	defer l.Close()
	require.NoError(t, Create(fsys, dir, l, Options{}))
}

// TestRehearsalThroughCrashes: wherever power or process fail, with a snapshot here or
// there, the store comes back with the checkpoint, bit for bit, of a learner that did what
// had been acknowledged, and goes on like that one.
func TestRehearsalThroughCrashes(t *testing.T) {
	for name, small := range map[string]bool{"float32": false, "int8": true} {
		t.Run(name, func(t *testing.T) {
			ops, want := rehearsals(), statesOf(t, small)
			r, crashes := rand.New(rand.NewPCG(1, 2)), 6
			if testing.Short() {
				crashes = 2
			}
			for crash := range crashes {
				d := crashfs.New()
				createRehearsing(t, d, "/store", small)
				s, err := Open(d, "/store", LoadLearner(1))
				require.NoError(t, err)
				at, snapshotAt := r.IntN(70), r.IntN(len(ops))
				d.CrashAt(len(d.Steps()) + at)
				acknowledged := uint64(0)
				for i, op := range ops {
					if _, err = s.Do(op); err != nil {
						require.ErrorIs(t, err, crashfs.ErrCrashed)
						break
					}
					acknowledged++
					if i == snapshotAt {
						if err = s.Snapshot(); err == nil && crash%3 == 0 {
							err = s.Compact()
						}
					}
					if err != nil {
						break
					}
				}
				s.Close()
				if crash%4 == 3 {
					d.Revive() // the process alone
				} else {
					d = d.Restart(uint64(crash))
				}
				s, err = Open(d, "/store", LoadLearner(1+crash%3))
				require.NoError(t, err, "crash %d at step %d", crash, at)
				require.GreaterOrEqual(t, s.Sequence, acknowledged)
				require.LessOrEqual(t, s.Sequence, acknowledged+1)
				require.True(t, bytes.Equal(want[s.Sequence], stateOf(t, s.State)), "crash %d at step %d, operation %d", crash, at, s.Sequence)
				for _, op := range ops[s.Sequence:min(int(s.Sequence)+4, len(ops))] {
					_, err := s.Do(op)
					require.NoError(t, err)
				}
				require.True(t, bytes.Equal(want[s.Sequence], stateOf(t, s.State)), "crash %d at step %d, then on", crash, at)
				require.NoError(t, s.Close())
			}
		})
	}
}

// TestRehearsalRollsBack to any operation, a class that was forgotten included.
func TestRehearsalRollsBack(t *testing.T) {
	ops, want := rehearsals(), statesOf(t, true)
	d := crashfs.New()
	createRehearsing(t, d, "/store", true)
	s, err := Open(d, "/store", LoadLearner(1))
	require.NoError(t, err)
	for _, op := range ops[:10] {
		_, err := s.Do(op)
		require.NoError(t, err)
	}
	require.NoError(t, s.Snapshot())
	require.NoError(t, s.Close())
	for _, to := range []uint64{7, 2} {
		_, err = Rollback(d, "/store", to, LoadLearner(1))
		require.NoError(t, err)
		v, err := Read(d, "/store", LoadLearner(2))
		require.NoError(t, err)
		require.True(t, bytes.Equal(want[to], stateOf(t, v.State)), "to %d", to)
		v.Close()
	}
	s, err = Open(d, "/store", LoadLearner(1))
	require.NoError(t, err)
	_, err = s.Do(ops[2])
	require.NoError(t, err)
	require.True(t, bytes.Equal(want[3], stateOf(t, s.State)))
	require.NoError(t, s.Close())
}

// TestOperationsThatStandAlone: one on which others depend has a frame of its own; what
// does not change classes or identities goes together.
func TestOperationsThatStandAlone(t *testing.T) {
	d := crashfs.New()
	createRehearsing(t, d, "/store", false)
	s, err := Open(d, "/store", LoadLearner(1))
	require.NoError(t, err)
	frame := func(list ...runtime.Operation) error {
		var ops []Operation
		for _, op := range list {
			b, err := op.Append(nil)
			require.NoError(t, err)
			ops = append(ops, Operation{uint16(op.Kind()), b})
		}
		_, err := s.Append(ops...)
		return err
	}
	known, sleep := streamOf(1, "cat", "dog", "eel", "cat"), &runtime.Sleep{Steps: 1, From: 0, Of: 1}
	require.ErrorIs(t, frame(known, sleep), runtime.ErrOperation, "nothing is remembered yet, says Check")
	require.Zero(t, s.Sequence)
	require.NoError(t, frame(known, known))
	require.NoError(t, frame(sleep, known, sleep))
	before, sequence := stateOf(t, s.State), s.Sequence
	require.EqualValues(t, 5, sequence)
	adds := streamOf(2, "fox", "cat")
	for name, list := range map[string][]runtime.Operation{
		"class, then stream of it":     {adds, streamOf(3, "fox", "dog")},
		"class, then a lesson of it":   {adds, &runtime.Teach{Class: "fox", Size: 6, Pixels: picturesOf(1, 1)}},
		"class behind others":          {known, adds},
		"class by a lesson":            {&runtime.Teach{Class: "fox", New: true, Size: 6, Pixels: picturesOf(1, 1)}, known},
		"class by a correction":        {&runtime.Correct{Class: "fox", New: true, Size: 6, Pixels: picturesOf(1, 1)}, known},
		"class alone, and a stream":    {&runtime.AddClass{Class: "fox"}, known},
		"forget a class, then learn":   {&runtime.Forget{Class: "cat"}, known},
		"forget samples":               {&runtime.Forget{IDs: []uint64{0}}, &runtime.Relabel{ID: 0, Class: "eel"}},
		"relabel behind a stream":      {known, &runtime.Relabel{ID: 0, Class: "eel"}},
		"forget behind what may evict": {known, &runtime.Forget{IDs: []uint64{0}}},
	} {
		err := frame(list...)
		require.ErrorIs(t, err, ErrOperation, name)
		require.ErrorContains(t, err, "want it alone", name)
		require.Equal(t, sequence, s.Sequence)
		require.True(t, bytes.Equal(before, stateOf(t, s.State)), name)
	}
	require.NoError(t, frame(adds))
	require.NoError(t, frame(streamOf(3, "fox", "dog"), adds), "it is there by now")
	want := stateOf(t, s.State)
	require.NoError(t, s.Close())
	v, err := Read(d, "/store", LoadLearner(1))
	require.NoError(t, err)
	defer v.Close()
	require.True(t, bytes.Equal(want, stateOf(t, v.State)))
}

// TestFixtureRehearsing opens a store of a learner that rehearses, in int8, as the first
// release with such learners wrote it: its operations mean the same for ever, to the bit.
// Where that changes, a log behind a snapshot no longer leads to what was acknowledged.
func TestFixtureRehearsing(t *testing.T) {
	fixture := filepath.Join("testdata", "v1-rehearsing")
	if *update {
		writeRehearsing(t, fixture)
	}
	dir := filepath.Join(t.TempDir(), "store")
	require.NoError(t, os.CopyFS(dir, os.DirFS(fixture)))
	ops, kinds := rehearsals(), map[uint16]bool{}
	r, err := Verify(durable.OS{}, dir, LoadLearner(1), func(e Entry) error {
		op, err := decode(e.Operation)
		require.NoError(t, err)
		require.Equal(t, ops[e.Sequence-1], op)
		kinds[e.Kind] = true
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, &Report{Operations: 14, Snapshots: 2, Opens: true}, r)
	require.Len(t, kinds, 7)

	s, err := Open(durable.OS{}, dir, LoadLearner(1))
	require.NoError(t, err)
	l := s.State.(*Learner)
	require.EqualValues(t, 6, s.Recovery.Snapshot)
	require.Equal(t, []string{"dog", "eel", "fox", "gnu"}, l.Classes())
	require.Equal(t, 13, l.Lessons())
	rehearsal, ok := l.Rehearsal()
	require.True(t, ok)
	require.Equal(t, 900, rehearsal.Budget)
	require.Equal(t, []int{24, 4}, []int{l.Memory().Len(), l.Held().Len()})
	c, err := l.Checkpoint()
	require.NoError(t, err)
	for _, of := range []struct {
		what string
		sum  uint32
		data []byte
	}{{"memory", 0xd3b7a155, c.Kept[1].Data}, {"held back", 0x153960a8, c.Kept[0].Data}, {"weights", 0xdbdf157e, codesOf(c.Model.Int8)}} {
		sum := crc32.ChecksumIEEE(of.data)
		require.Equal(t, of.sum, sum, "%s: %#x", of.what, sum)
	}
	_, err = s.Do(streamOf(9, "eel", "new"))
	require.NoError(t, err)
	require.NoError(t, s.Snapshot())
	require.NoError(t, s.Close())
}

// codesOf returns the codes of all weights, of which int8 has the same on all machines.
func codesOf(p *model.Int8Params) (b []byte) {
	for _, w := range append([]quant.Weights{p.Readout}, p.Layers[0].Up, p.Layers[0].Down) {
		for _, code := range w.Data {
			b = append(b, byte(code))
		}
	}
	return b
}

func writeRehearsing(t *testing.T, dir string) {
	require.NoError(t, os.RemoveAll(dir))
	require.NoError(t, os.MkdirAll(filepath.Dir(dir), 0o755))
	createRehearsing(t, durable.OS{}, dir, true)
	s, err := Open(durable.OS{}, dir, LoadLearner(1))
	require.NoError(t, err)
	for i, op := range rehearsals() {
		_, err := s.Do(op)
		require.NoError(t, err)
		if i == 5 {
			require.NoError(t, s.Snapshot())
		}
	}
	require.NoError(t, s.Close())
	require.NoError(t, os.Remove(filepath.Join(dir, lockFile)))
}

// TestBudgetNeverSpoilsAStore: a class for which the memory has no room is refused before
// it is in the log.
func TestBudgetNeverSpoilsAStore(t *testing.T) {
	d := crashfs.New()
	createRehearsing(t, d, "/store", false)
	s, err := Open(d, "/store", LoadLearner(1))
	require.NoError(t, err)
	refused := 0
	for n := range 40 {
		if _, err := s.Do(streamOf(n, "cat", fmt.Sprint("class ", n))); err != nil {
			require.ErrorIs(t, err, runtime.ErrOperation)
			refused++
		}
	}
	require.Positive(t, refused)
	for n := range 20 {
		l := s.State.(*Learner)
		_, err := s.Do(streamOf(n, l.Classes()...))
		require.NoError(t, err)
		require.LessOrEqual(t, l.RememberedBytes(), 900)
	}
	require.NoError(t, s.Close())
	v, err := Read(d, "/store", LoadLearner(1))
	require.NoError(t, err)
	v.Close()
}
