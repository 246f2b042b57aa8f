package store

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/model/durable/crashfs"
	"github.com/pffedge/pffedge/runtime"
)

// tenClasses returns a small model of ten classes, in int8 if so wanted.
func tenClasses(t testing.TB, small bool) *model.Model {
	m := smallModel(t)
	c := m.Config
	c.Classes = nil
	for i := range 10 {
		c.Classes = append(c.Classes, fmt.Sprint(i))
	}
	ten, err := model.New(c, 5)
	require.NoError(t, err)
	ten.Provenance = m.Provenance
	if small {
		ten, err = ten.Quantise()
		require.NoError(t, err)
	}
	return ten
}

// growing are operations that teach ten classes, then an eleventh.
func growing() (ops []runtime.Operation) {
	for n := range 6 {
		op := teach(n)
		switch {
		case n == 2:
			ops = append(ops, &runtime.AddClass{Class: "eleventh"})
			op.Class = "eleventh"
		case n%2 == 0:
			op.Class = "eleventh"
		default:
			op.Class = fmt.Sprint(n)
		}
		if n < 2 {
			op.Class = fmt.Sprint(9 - n)
		}
		ops = append(ops, op)
	}
	return ops
}

// TestEleventhClassThroughCrashes: wherever the power fails while an eleventh class is
// added and taught, with a snapshot before or after, the store comes back with the
// checkpoint, bit for bit, of a learner that did what had been acknowledged.
func TestEleventhClassThroughCrashes(t *testing.T) {
	for name, small := range map[string]bool{"float32": false, "int8": true} {
		t.Run(name, func(t *testing.T) {
			alone, err := runtime.NewLearner(tenClasses(t, small), 1)
			require.NoError(t, err)
			defer alone.Close()
			ops, want := growing(), [][]byte{stateOf(t, &Learner{alone})}
			for _, op := range ops {
				require.NoError(t, alone.Apply(op))
				want = append(want, stateOf(t, &Learner{alone}))
			}
			for crash := range 45 {
				snapshotAt := crash % 8 // after operation 3 the class is there
				d := crashfs.New()
				l, err := runtime.NewLearner(tenClasses(t, small), 1)
				require.NoError(t, err)
				require.NoError(t, Create(d, "/store", &Learner{l}, Options{}))
				l.Close()
				s, err := Open(d, "/store", LoadLearner(1))
				require.NoError(t, err)
				d.CrashAt(len(d.Steps()) + crash)
				acknowledged := uint64(0)
				for i, op := range ops {
					if _, err = s.Do(op); err != nil {
						break
					}
					acknowledged++
					if i+1 == snapshotAt && s.Snapshot() != nil {
						break
					}
				}
				s.Close()
				d = d.Restart(uint64(crash))
				s, err = Open(d, "/store", LoadLearner(1+crash%2))
				require.NoError(t, err, "crash at step %d", crash)
				require.GreaterOrEqual(t, s.Sequence, acknowledged)
				require.True(t, bytes.Equal(want[s.Sequence], stateOf(t, s.State)), "crash at step %d", crash)
				for _, op := range ops[s.Sequence:] {
					_, err := s.Do(op)
					require.NoError(t, err)
				}
				require.True(t, bytes.Equal(want[len(ops)], stateOf(t, s.State)), "crash at step %d, taught on", crash)
				require.NoError(t, s.Close())
			}
		})
	}
}

// TestClassesAreAddedAlone: what Check says of an operation must still hold when it is
// applied.
func TestClassesAreAddedAlone(t *testing.T) {
	d := crashfs.New()
	createSmall(t, d, "/store")
	s, err := Open(d, "/store", LoadLearner(1))
	require.NoError(t, err)
	fox, err := (&runtime.AddClass{Class: "fox"}).Append(nil)
	require.NoError(t, err)
	add := Operation{uint16(runtime.KindAddClass), fox}
	_, err = s.Append(add, add)
	require.ErrorIs(t, err, ErrOperation)
	require.ErrorContains(t, err, "want it alone")
	require.Zero(t, s.Sequence)
	_, err = s.Append(add)
	require.NoError(t, err)
	_, err = s.Append(add)
	require.ErrorIs(t, err, runtime.ErrOperation, "it is there")
	require.EqualValues(t, 1, s.Sequence)
	require.Equal(t, []string{"cat", "dog", "eel", "fox"}, s.State.(*Learner).Classes())
	require.NoError(t, s.Close())
}
