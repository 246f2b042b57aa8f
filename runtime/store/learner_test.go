package store

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/model/durable"
	"github.com/pffedge/pffedge/model/durable/crashfs"
	"github.com/pffedge/pffedge/runtime"
)

// smallModel returns a model of images of 3×2 pixels and three classes.
func smallModel(t testing.TB) *model.Model {
	_, c, err := runtime.Preset("tiny")
	require.NoError(t, err)
	c.Input, c.Classes, c.Hidden, c.Group, c.Latents = model.Image(3, 2), []string{"cat", "dog", "eel"}, []int{9, 7}, 3, 4
	m, err := model.New(c, 5)
	require.NoError(t, err)
	m.Provenance = model.Provenance{Settings: "tiny", Seed: 5}
	return m
}

// teach returns lesson n: some samples of a class.
func teach(n int) *runtime.Teach {
	op := &runtime.Teach{Class: []string{"cat", "dog", "eel"}[n%3], Size: 6}
	for i := range 6 * (1 + n%4) {
		op.Pixels = append(op.Pixels, byte(97*n+61*i+i*i))
	}
	return op
}

func createSmall(t testing.TB, fsys durable.FS, dir string) {
	t.Helper()
	l, err := runtime.NewLearner(smallModel(t), 1)
	require.NoError(t, err)
	defer l.Close()
	require.NoError(t, Create(fsys, dir, &Learner{l}, Options{}))
}

// stateOf returns a learner's checkpoint as a file.
func stateOf(t testing.TB, s State) []byte {
	t.Helper()
	c, err := s.(*Learner).Checkpoint()
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, model.EncodeCheckpoint(&b, c))
	return b.Bytes()
}

// TestLearnerNeverStopped: one log, taught with snapshots at different places,
// with crashes or without, in several processes or one, by any number of
// threads, gives one state, bit for bit: that of a learner without a store.
func TestLearnerNeverStopped(t *testing.T) {
	const lessons = 9
	alone, err := runtime.NewLearner(smallModel(t), 1)
	require.NoError(t, err)
	defer alone.Close()
	for n := range lessons {
		require.NoError(t, alone.Apply(teach(n)))
	}
	want := stateOf(t, &Learner{alone})

	for plan := range 60 {
		d := crashfs.New()
		createSmall(t, d, "/store")
		s, err := Open(d, "/store", LoadLearner(1))
		require.NoError(t, err)
		for n, tries := 0, 0; n < lessons; tries++ {
			if (plan+tries)%3 == 0 {
				d.CrashAt(len(d.Steps()) + (plan*7+tries)%12)
			}
			_, err := s.Do(teach(n))
			if err == nil && (plan>>(n%3))&1 == 1 && n%2 == plan%2 {
				err = s.Snapshot()
			}
			if err == nil && (plan*n)%5 != 3 {
				n++
				continue
			}
			s.Close() // which may crash too
			if _, err := d.List("/"); err != nil {
				require.ErrorIs(t, err, crashfs.ErrCrashed)
				d = d.Restart(uint64(plan))
			}
			d.CrashAt(-1)
			s, err = Open(d, "/store", LoadLearner(1+plan%3))
			require.NoError(t, err)
			n = s.State.(*Learner).Lessons()
			require.EqualValues(t, n, s.Sequence)
		}
		d.CrashAt(-1)
		require.True(t, bytes.Equal(want, stateOf(t, s.State)), "plan %d", plan)
		require.NoError(t, s.Close())
	}
}

// createFrom makes a store of the model or the checkpoint in a file.
func createFrom(t *testing.T, dir, path string) {
	t.Helper()
	l, err := OpenLearner(path, 1)
	require.NoError(t, err)
	defer l.Close()
	require.NoError(t, CreateLearner(durable.OS{}, dir, l, Options{}))
}

// TestLearnerSnapshotsAreModels: the files can be used as any model.
func TestLearnerSnapshotsAreModels(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	path := filepath.Join(t.TempDir(), "m.pff")
	require.NoError(t, model.Save(path, smallModel(t)))
	createFrom(t, dir, path)
	s, err := Open(durable.OS{}, dir, LoadLearner(1))
	require.NoError(t, err)
	for n := range 3 {
		_, err := s.Do(teach(n))
		require.NoError(t, err)
	}
	require.NoError(t, s.Snapshot())
	want := stateOf(t, s.State)
	require.NoError(t, s.Close())
	snapshot := snapshotPath(dir, 3)
	m, err := model.Load(snapshot)
	require.NoError(t, err)
	require.Equal(t, []string{"cat", "dog", "eel"}, m.Config.Classes)

	// A store can be made of it, which has an identity of its own.
	second := filepath.Join(t.TempDir(), "second")
	createFrom(t, second, snapshot)
	v, err := Read(durable.OS{}, second, LoadLearner(1))
	require.NoError(t, err)
	defer v.Close()
	require.Equal(t, want, stateOf(t, v.State))
	_, err = OpenLearner(filepath.Join(dir, storeFile), 1)
	require.Error(t, err)
}

func TestLearnerRefusesOperations(t *testing.T) {
	d := crashfs.New()
	createSmall(t, d, "/store")
	s, err := Open(d, "/store", LoadLearner(1))
	require.NoError(t, err)
	_, err = s.Do(&runtime.Teach{Class: "fox", Size: 6, Pixels: make([]byte, 6)})
	require.ErrorIs(t, err, runtime.ErrOperation)
	_, err = s.Append(Operation{9, nil})
	require.ErrorIs(t, err, ErrVersion)
	_, err = s.Append(Operation{uint16(runtime.KindTeach), []byte("x")})
	require.ErrorIs(t, err, runtime.ErrOperation)
	require.Zero(t, s.Sequence)
	require.NoError(t, s.Close())
}

// BenchmarkAppend measures an acknowledged operation of one sample of 28×28
// pixels on the machine's disk, without learning it.
func BenchmarkAppend(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "store")
	require.NoError(b, Create(durable.OS{}, dir, &list{}, Options{Limit: maxLimit}))
	s, err := Open(durable.OS{}, dir, loadList)
	require.NoError(b, err)
	defer s.Close()
	payload, err := (&runtime.Teach{Class: "7", Size: 784, Pixels: make([]byte, 784)}).Append(nil)
	require.NoError(b, err)
	var times []float64
	for b.Loop() {
		before := b.Elapsed()
		_, err := s.Append(Operation{kindNumber, payload})
		require.NoError(b, err)
		times = append(times, float64((b.Elapsed() - before).Microseconds()))
	}
	slices.Sort(times)
	b.ReportMetric(times[len(times)/2], "µs-p50")
	b.ReportMetric(times[len(times)*95/100], "µs-p95")
	b.ReportMetric(float64(s.layout.logBytes())/float64(len(times))-784, "overhead-B")
}

// BenchmarkReplay measures opening a store of samples of 28×28 pixels: the log
// alone, and with a learner of two layers of 500 units.
func BenchmarkReplay(b *testing.B) {
	_, c, err := runtime.Preset("fast")
	require.NoError(b, err)
	c.Input, c.Hidden = model.Image(28, 28), []int{500, 500}
	for i := range 10 {
		c.Classes = append(c.Classes, fmt.Sprint(i))
	}
	m, err := model.New(c, 1)
	require.NoError(b, err)
	l, err := runtime.NewLearner(m, 2)
	require.NoError(b, err)
	for _, of := range []struct {
		name       string
		state      State
		load       Load
		operations int
	}{{"log", &list{}, loadList, 20000}, {"learner", &Learner{l}, LoadLearner(2), 50}} {
		b.Run(of.name, func(b *testing.B) {
			dir := filepath.Join(b.TempDir(), "store")
			require.NoError(b, Create(durable.OS{}, dir, of.state, Options{Limit: maxLimit}))
			s, err := Open(durable.OS{}, dir, of.load)
			require.NoError(b, err)
			s.State = welcoming{s.State}
			payload, err := (&runtime.Teach{Class: "7", Size: 784, Pixels: bytes.Repeat([]byte{0, 99}, 392)}).Append(nil)
			require.NoError(b, err)
			var ops []Operation
			for range 100 {
				ops = append(ops, Operation{uint16(runtime.KindTeach), payload})
			}
			for n := 0; n < of.operations; n += 100 {
				_, err := s.Append(ops[:min(100, of.operations-n)]...)
				require.NoError(b, err)
			}
			require.NoError(b, s.Close())
			for b.Loop() {
				v, err := Read(durable.OS{}, dir, of.load)
				require.NoError(b, err)
				v.Close()
			}
			b.ReportMetric(float64(b.N*of.operations)/b.Elapsed().Seconds(), "operations/s")
		})
	}
}
