package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model/durable"
	"github.com/pffedge/pffedge/runtime/store"
)

// mixed puts two crosses and a left bar into a folder.
func mixed(t *testing.T, folder string) string {
	t.Helper()
	dir := crosses(t, 2)
	b, err := os.ReadFile(filepath.Join(folder, "left", "1.png"))
	require.NoError(t, err)
	write(t, filepath.Join(dir, "3.png"), string(b))
	return dir
}

func TestCorrect(t *testing.T) {
	dir, folder := rehearsingStore(t)
	before := stateOf(t, dir)
	left, one := filepath.Join(folder, "left", "1.png"), filepath.Join(crosses(t, 1), "0.png")
	said := objects(t, done(t, "predict", "--json", "--model", dir, one))[0].at(t, "class")
	o := objects(t, done(t, "correct", "--json", "--store", dir, "--class", "cross", "--new-class", one))[0]
	require.Equal(t, "correct", o.at(t, "kind"))
	require.Equal(t, said, o.at(t, "was"), "the model was asked")
	require.EqualValues(t, 1, o.at(t, "samples"))
	require.Equal(t, one, o.at(t, "first"))
	require.EqualValues(t, 0, o.at(t, "recall", "held"), "none of a correction is held back")
	require.Contains(t, done(t, "predict", "--model", dir, one), "\tcross ")
	told := objects(t, done(t, "store", "export", dir))[0]
	require.Equal(t, []any{"correct", "cross"}, []any{told.at(t, "kind"), told.at(t, "class")})
	require.Len(t, told.at(t, "pixels"), 1)
	require.Contains(t, done(t, "undo", "--store", dir), fmt.Sprintf("1 sample corrected: cross, not %s", said))
	require.Equal(t, before, stateOf(t, dir))

	// What it knows already is confirmed.
	text := done(t, "correct", "--store", dir, "--class", "left", left)
	require.Regexp(t, `^operation 2\t1 sample of left, recognised already: confirmed\n\trecall of left: `, text)
	text = done(t, "correct", "--store", dir, "--class", "left", "--was", "top", left)
	require.Contains(t, text, "1 sample corrected: left, not top\n\trecall of left: ")
	text = done(t, "correct", "--store", dir, "--class", "left", "--was=", left)
	require.Contains(t, text, "1 sample corrected: left\n")
	require.NotEmpty(t, done(t, "undo", "--store", dir, "3"))
	require.Equal(t, before, stateOf(t, dir))

	// An operation for each class that samples are taken for.
	done(t, "teach", "--store", dir, "--class", "cross", "--new-class", crosses(t, 9))
	lines := objects(t, done(t, "correct", "--json", "--force", "--store", dir, "--class", "top", mixed(t, folder)))
	require.Len(t, lines, 2)
	require.Equal(t, []any{"cross", 2.0, "left", 1.0}, []any{lines[0].at(t, "was"), lines[0].at(t, "samples"), lines[1].at(t, "was"), lines[1].at(t, "samples")})
}

// TestCorrectARememberedSample gives it another class, once.
func TestCorrectARememberedSample(t *testing.T) {
	dir, folder := rehearsingStore(t)
	done(t, "teach", "--force", "--store", dir, "--class", "top", filepath.Join(folder, "left", "2.png")) // by mistake
	v, err := store.Read(durable.OS{}, dir, store.LoadLearner(1))
	require.NoError(t, err)
	l := v.State.(*store.Learner)
	_, end := l.Memory().Range(1)
	id := fmt.Sprint(l.Memory().ID(end - 1))
	v.Close()
	o := objects(t, done(t, "correct", "--json", "--store", dir, "--sample", id, "--class", "left"))[0]
	require.Equal(t, []any{"relabel", "top", "left", 1.0}, []any{o.at(t, "kind"), o.at(t, "was"), o.at(t, "class"), o.at(t, "samples")})
	requireFailure(t, pffedge(t, "correct", "--store", dir, "--sample", id, "--class", "left"), "sample "+id+` is of class "left" already`)
	requireFailure(t, pffedge(t, "correct", "--store", dir, "--sample", "99999", "--class", "left"), "no remembered sample 99999")
	requireFailure(t, pffedge(t, "correct", "--store", dir, "--sample", "0", "--class", "zebra"), `no class "zebra"`)
	require.Contains(t, done(t, "undo", "--store", dir, "--list"), "1 sample corrected: left")
}

func TestCorrectErrors(t *testing.T) {
	dir, folder := rehearsingStore(t)
	left := filepath.Join(folder, "left", "1.png")
	for line, part := range map[string]string{
		"correct x": "--store is missing", "correct --store x y": "--class is missing", "correct --store x --class a --was a y": "it was right",
		"correct --store x --class a --sample y": `--sample "y"`, "correct --store x --class a --sample -1": `--sample "-1"`,
		"correct --store x --class a --sample 1 y": "no files", "correct --store x --class a --sample 1 --was b": "--was",
		"correct --store x --class a --threads 0 y": "--threads 0", "correct --store x --class a --limit 300 y": "--limit 300",
	} {
		requireUsage(t, pffedge(t, words(line)...), part)
	}
	requireFailure(t, pffedge(t, "correct", "--store", dir, "--class", "zebra", left), `no class "zebra"`)
	requireFailure(t, pffedge(t, "correct", "--store", dir, "--class", "left", "--was", "zebra", left), `--was "zebra"`)
	requireFailure(t, pffedge(t, "correct", "--store", dir, "--class", "left", filepath.Join(folder, "gone.png")), "gone.png")
	require.Empty(t, done(t, "store", "export", dir))
	plain, _, _ := barStore(t)
	for _, rest := range [][]string{{left}, {"--sample", "1"}} {
		o := pffedge(t, append(words("correct --class left --store", plain), rest...)...)
		requireFailure(t, o, "does not rehearse")
		require.Contains(t, o.stderr, "store create --budget")
	}
}
