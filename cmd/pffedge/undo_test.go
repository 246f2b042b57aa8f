package main

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model/durable"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/store"
)

// inStore does operations on a store.
func inStore(t *testing.T, dir string, ops ...runtime.Operation) {
	t.Helper()
	s, err := store.Open(durable.OS{}, dir, store.LoadLearner(1))
	require.NoError(t, err)
	for _, op := range ops {
		_, err := s.Do(op)
		require.NoError(t, err)
	}
	require.NoError(t, s.Close())
}

// TestUndo: what was taught and undone might as well never have been taught.
func TestUndo(t *testing.T) {
	dir, folder := rehearsingStore(t)
	requireFailure(t, pffedge(t, "undo", "--store", dir), "has 0 operations that can be undone, not 1")
	require.Empty(t, done(t, "undo", "--store", dir, "--list"))
	plain, _ := rehearsingStore(t)
	cross, left := crosses(t, 5), filepath.Join(folder, "left", "1.png")

	for _, d := range []string{dir, plain} {
		done(t, "teach", "--store", d, "--class", "left", left)
	}
	want := stateOf(t, plain)
	done(t, "teach", "--store", dir, "--class", "cross", "--new-class", cross)
	text := done(t, "undo", "--store", dir)
	require.Equal(t, "undone\toperation 2\t5 samples of cross\n"+dir+": state after operation 1; pffedge store rollback --to 2 "+dir+" brings back what was undone\n", text)
	require.Equal(t, want, stateOf(t, dir))

	// Parts of a sleep are undone together, two sleeps apart.
	inStore(t, dir, &runtime.Sleep{Steps: 2, From: 0, Of: 6}, &runtime.Sleep{Steps: 1, From: 2, Of: 6}, &runtime.Sleep{Steps: 3, From: 3, Of: 6},
		&runtime.Sleep{Steps: 2, From: 0, Of: 2}, &runtime.Sleep{Steps: 1, From: 3, Of: 4})
	text = done(t, "undo", "--store", dir, "--list")
	require.Regexp(t, `^operation 1 +1 sample of left +undo 4\noperations 3…5 +sleep of 6 steps +undo 3\noperation 6 +sleep of 2 steps +undo 2\noperation 7 +sleep of 1 step +undo 1\n$`, text)
	lines := objects(t, done(t, "undo", "--store", dir, "--list", "--json", "3"))
	require.Len(t, lines, 3)
	require.Equal(t, object{"first": 3.0, "last": 5.0, "kind": "sleep", "class": "", "samples": 0.0, "steps": 6.0}, lines[0])
	requireFailure(t, pffedge(t, "undo", "--store", dir, "5"), "has 4 operations that can be undone, not 5")
	var u undone
	only(t, done(t, "undo", "--store", dir, "--json", "3"), &u)
	require.Equal(t, []uint64{7, 1, 5}, []uint64{u.From, u.To, u.Rolled.Undone})
	require.Len(t, u.Operations, 3)
	require.EqualValues(t, 7, u.Operations[0].First)
	require.Equal(t, want, stateOf(t, dir))

	// It goes on as if nothing had been, and can be undone to the beginning.
	for _, d := range []string{dir, plain} {
		done(t, "teach", "--store", d, "--class", "cross", "--new-class", cross)
	}
	require.Equal(t, stateOf(t, plain), stateOf(t, dir))
	done(t, "undo", "--store", dir, "2")
	fresh, _ := rehearsingStore(t)
	require.Equal(t, stateOf(t, fresh), stateOf(t, dir))
	done(t, "store", "verify", dir)

	done(t, "teach", "--store", dir, "--class", "left", left)
	done(t, "store", "compact", dir)
	requireFailure(t, pffedge(t, "undo", "--store", dir), "has 0 operations that can be undone")
}

func TestUndoErrors(t *testing.T) {
	dir, _, _ := barStore(t)
	for line, part := range map[string]string{
		"undo": "--store is missing", "undo 1": "--store is missing", "undo --store x 0": `"0"`, "undo --store x -- -1": `"-1"`, "undo --store x y": `"y"`,
		"undo --store x 1 2": "", "undo --store x --threads 0": "--threads 0", "undo --store x 99999999999999999999": `"99999999999999999999"`,
	} {
		requireUsage(t, pffedge(t, words(line)...), part)
	}
	requireFailure(t, pffedge(t, "undo", "--store", t.TempDir()), "not a store")
	inStore(t, dir, &runtime.AddClass{Class: "zebra"})
	held, err := durable.OS{}.Lock(filepath.Join(dir, "LOCK"))
	require.NoError(t, err)
	requireFailure(t, pffedge(t, "undo", "--store", dir), "in use by another process")
	require.NoError(t, held.Close())
	require.Equal(t, fmt.Sprintf("undone\toperation 1\tclass zebra added\n%s: state after operation 0; pffedge store rollback --to 1 %[1]s brings back what was undone\n", dir),
		done(t, "undo", "--store", dir))
}
