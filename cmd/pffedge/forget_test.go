package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model/durable"
	"github.com/pffedge/pffedge/runtime/store"
)

func TestForgetClass(t *testing.T) {
	dir, _ := rehearsingStore(t)
	cross := crosses(t, 6)
	done(t, "teach", "--store", dir, "--class", "cross", "--new-class", cross)
	text := done(t, "forget", "--store", dir, "--class", "cross", "--sleep", "150")
	require.Regexp(t, `^operation 2\tclass cross forgotten, and 6 remembered samples of it; \d+ others remembered\nslept for 150 steps\n$`, text)
	require.NotContains(t, done(t, "predict", "--model", dir, "--top", "9", filepath.Join(cross, "1.png")), "cross")
	require.Regexp(t, `operation 2 +class cross forgotten +undo 2\noperations 3…\d +sleep of 150 steps +undo 1\n$`, done(t, "undo", "--list", "--store", dir))
	requireFailure(t, pffedge(t, "forget", "--store", dir, "--class", "cross"), `no class "cross"`)
	done(t, "undo", "--store", dir, "2")
	require.Contains(t, done(t, "predict", "--model", dir, filepath.Join(cross, "1.png")), "\tcross ")
	o := objects(t, done(t, "forget", "--json", "--store", dir, "--class", "cross", "--sleep", "0"))[0]
	require.Equal(t, []any{"cross", 6.0, 0.0, o.at(t, "last_operation")}, []any{o.at(t, "class"), o.at(t, "samples"), o.at(t, "slept"), o.at(t, "operation")})
	requireFailure(t, pffedge(t, "forget", "--store", dir, "--class", "left"), "classes")
}

func TestForgetSamples(t *testing.T) {
	dir, _ := rehearsingStore(t)
	o := objects(t, done(t, "forget", "--json", "--store", dir, "--sample", "3,5", "--sample", "8", "--sleep", "20"))[0]
	require.EqualValues(t, 3, o.at(t, "samples"))
	require.EqualValues(t, 20, o.at(t, "slept"))
	requireFailure(t, pffedge(t, "forget", "--store", dir, "--sample", "7", "--sample", "5"), "no remembered sample 5")
	require.Regexp(t, `^operation 3\t1 sample forgotten; \d+ others remembered\n$`, done(t, "forget", "--store", dir, "--sample", "7", "--sleep", "0"))
	v, err := store.Read(durable.OS{}, dir, store.LoadLearner(1))
	require.NoError(t, err)
	defer v.Close()
	for _, id := range []uint64{3, 5, 7, 8} {
		_, found := v.State.(*store.Learner).Memory().Find(id)
		require.False(t, found)
	}
}

// TestForgetOperations: it is as if they had never been.
func TestForgetOperations(t *testing.T) {
	dir, folder := rehearsingStore(t)
	plain, _ := rehearsingStore(t)
	left, top := filepath.Join(folder, "left", "2.png"), filepath.Join(folder, "top", "3.png")
	wrong := words("teach --class top --force --store", dir, left)
	done(t, wrong...)
	for _, d := range []string{dir, plain} {
		done(t, "teach", "--store", d, "--class", "top", top)
	}
	done(t, wrong...)
	text := done(t, "forget", "--store", dir, "--operation", "1", "--operation", "3")
	require.Equal(t, "2 operations taken out, as if never done; 1 later one done again, up to operation 4\n", text)
	require.Equal(t, stateOf(t, plain), stateOf(t, dir))
	done(t, "store", "verify", dir)

	// What names remembered samples cannot be moved.
	done(t, "forget", "--store", dir, "--sample", "3", "--sleep", "0")
	o := pffedge(t, "forget", "--store", dir, "--operation", "4")
	requireFailure(t, o, "operation 5 cannot be without")
	require.Contains(t, o.stderr, "--operation too")
	requireFailure(t, pffedge(t, "forget", "--store", dir, "--operation", "2"), "no operation 2 in the log that counts")
	line := objects(t, done(t, "forget", "--json", "--store", dir, "--operation", "4,5", "--sleep", "10"))[0]
	require.Equal(t, []any{[]any{4.0, 5.0}, 10.0, 2.0, 0.0}, []any{line.at(t, "operations"), line.at(t, "slept"), line.at(t, "taken_out", "out"), line.at(t, "taken_out", "again")})
	done(t, "undo", "--store", dir)
	fresh, _ := rehearsingStore(t)
	require.Equal(t, stateOf(t, fresh), stateOf(t, dir))
}

func TestForgetErrors(t *testing.T) {
	for line, part := range map[string]string{
		"forget --class a": "--store is missing", "forget --store x": "one of --class", "forget --store x --class a --sample 1": "one of --class",
		"forget --store x --class=": "one of --class", "forget --store x --sample=": "one of --class",
		"forget --store x --class a --sleep -1": "--sleep -1", "forget --store x --sample a": `--sample "a"`, "forget --store x --operation 1,-2": `--operation "-2"`,
		"forget --store x --operation 99999999999999999999": "--operation", "forget --store x --class a --sleep 99999999": "--sleep", "forget --store x --class a b": `"b"`,
	} {
		requireUsage(t, pffedge(t, words(line)...), part)
	}
	dir, _, _ := barStore(t)
	requireFailure(t, pffedge(t, "forget", "--store", dir, "--class", "left"), "does not rehearse")
	requireFailure(t, pffedge(t, "forget", "--store", dir, "--operation", "1"), "no operation 1 in the log")
	requireFailure(t, pffedge(t, "forget", "--store", t.TempDir(), "--operation", "1"), "not a store")
}
