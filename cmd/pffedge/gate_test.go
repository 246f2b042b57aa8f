package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/model/durable"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/store"
)

// rehearsed is a store that rehearses, made once.
var rehearsed learned

// rehearsingStore returns a fresh store of the model of bars, which remembers some of the bars
// that it was trained with, and their folder.
func rehearsingStore(t *testing.T) (dir, bars string) {
	t.Helper()
	bars, path := barModel(t)
	r := &rehearsed
	r.once.Do(func() {
		r.data = filepath.Join(room, "rehearsed")
		m, err := model.Load(path)
		require.NoError(t, err)
		l, err := runtime.NewLearner(m, 1)
		require.NoError(t, err)
		defer l.Close()
		require.NoError(t, l.Rehearse(runtime.NewRehearsal(20_000, l.Input())))
		set, err := data.Open(t.Context(), bars, data.Options{Input: &m.Config.Input, Classes: m.Config.Classes})
		require.NoError(t, err)
		require.NoError(t, l.Remember(someOf(set, 60)))
		require.NoError(t, store.Create(durable.OS{}, r.data, &store.Learner{Learner: l}, store.Options{}))
	})
	require.DirExists(t, r.data)
	dir = filepath.Join(t.TempDir(), "store")
	require.NoError(t, os.CopyFS(dir, os.DirFS(r.data)))
	return dir, bars
}

// crosses writes n pictures of a diagonal cross, which no bar looks like, to a folder.
func crosses(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	for i := range n {
		im := bars(0, i)
		clear(im.Pix)
		for k := range 8 {
			im.Pix[k*im.Stride+k] = byte(255 - i)
			im.Pix[k*im.Stride+7-k] = byte(200 + i)
		}
		write(t, filepath.Join(dir, fmt.Sprintf("%d.png", i)), pngOf(t, im))
	}
	return dir
}

// stateOf returns a store's state as a file, without what is the store's own.
func stateOf(t *testing.T, dir string) []byte {
	t.Helper()
	v, err := store.Read(durable.OS{}, dir, store.LoadLearner(1))
	require.NoError(t, err)
	defer v.Close()
	c, err := v.State.(*store.Learner).Checkpoint()
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, model.EncodeCheckpoint(&b, c))
	return b.Bytes()
}

// TestTeachRehearsing: all samples are one lesson, and a new class comes with it.
func TestTeachRehearsing(t *testing.T) {
	dir, _ := rehearsingStore(t)
	before := stateOf(t, dir)
	cross := crosses(t, 12)
	lines := objects(t, done(t, "teach", "--json", "--store", dir, "--class", "cross", "--new-class", cross))
	require.Len(t, lines, 1)
	o := lines[0]
	require.EqualValues(t, 1, o.at(t, "operation"))
	require.Equal(t, "teach", o.at(t, "kind"))
	require.EqualValues(t, 12, o.at(t, "samples"))
	require.Equal(t, "cross", o.at(t, "recall", "class"))
	require.EqualValues(t, 1, o.at(t, "recall", "held"))
	require.EqualValues(t, 12, o.at(t, "recall", "taught"))
	require.Equal(t, false, o.at(t, "recall", "enough"))
	require.GreaterOrEqual(t, o.at(t, "seconds"), 0.0)
	require.Less(t, o.at(t, "harm", "mean"), 3.0)
	require.Contains(t, []any{"left", "top"}, o.at(t, "harm", "class"))
	text := done(t, "predict", "--model", dir, filepath.Join(cross, "3.png"))
	require.Contains(t, text, "\tcross ")

	text = done(t, "teach", "--store", dir, "--class", "cross", "--at-once", "10", cross)
	require.Regexp(t, `^operation 2\t10 samples of cross\n\trecall of cross: 2 of 2 held back recognised; show more to be sure\n`+
		`\tclasses known before: [+-]\d\.\d points; at worst \w+, [+-]\d\.\d points\noperation 3\t2 samples of cross\n`, text)
	require.Contains(t, done(t, "store", "rollback", "--to", "0", dir), "3 operations undone")
	require.Equal(t, before, stateOf(t, dir), "one rollback takes lesson and class back")
}

// TestGateRefuses what would take too much from the classes known: nothing is logged.
func TestGateRefuses(t *testing.T) {
	dir, folder := rehearsingStore(t)
	line := words("teach --store", dir, "--class", "top", filepath.Join(folder, "left"))
	done(t, line...) // they are no tops, but what is known holds out once
	before := stateOf(t, dir)
	refused := pffedge(t, line...)
	requireFailure(t, refused, "refused: the classes known would lose ", " points of recall on average (at most 3), left, which loses most, ", "the lesson was not learned")
	require.Contains(t, refused.stderr, "--force does it all the same")
	requireFailure(t, pffedge(t, append(line, "--limit", "100")...), "refused: class left would lose ", "(at most 20)")
	require.Equal(t, before, stateOf(t, dir))
	require.Len(t, objects(t, done(t, "store", "export", dir)), 1)

	for answer, want := range map[string]int{"maybe\n": exitFailed, "Yes\n": exitOK} {
		var stdout, stderr bytes.Buffer
		a := &app{stdin: strings.NewReader(answer), stdout: &stdout, stderr: &stderr, disk: durable.OS{}, canAsk: true, selfTest: breaking(), quickTest: breaking()}
		require.Equal(t, want, a.run(t.Context(), line), answer)
		require.Contains(t, stderr.String(), "which loses most")
		require.Contains(t, stderr.String(), "Do it all the same? [y/N] ")
		require.Equal(t, want == exitOK, strings.HasPrefix(stdout.String(), "operation "))
		if want == exitOK {
			done(t, "store", "rollback", "--to", "1", dir)
		}
	}
	require.Equal(t, before, stateOf(t, dir))
	require.Greater(t, objects(t, done(t, append(line, "--force", "--json")...))[0].at(t, "harm", "mean"), 3.0)
	done(t, append(line, "--limit", "100", "--class-limit", "100")...)

	for flags, part := range map[string]string{
		"--limit -1": "--limit -1", "--limit nan": "--limit NaN", "--limit 101": "--limit 101", "--class-limit -0.5": "--class-limit -0.5", "--limit x": "--limit",
	} {
		requireUsage(t, pffedge(t, append(line, words(flags)...)...), part)
	}
}

func TestTeachTooMany(t *testing.T) {
	dir, _ := rehearsingStore(t)
	rows := strings.Repeat(strings.Repeat("0,", 63)+"0\n", runtime.MaxTeachSamples+1)
	o := exec1(t.Context(), strings.NewReader(rows), "teach", "--store", dir, "--class", "left")
	requireFailure(t, o, "more than 4096 samples")
	require.Contains(t, o.stderr, "--at-once")
	require.Empty(t, done(t, "store", "export", dir))
	requireFailure(t, pffedge(t, "teach", "--store", dir, "--class", "zebra", crosses(t, 1)), `no class "zebra"`)
}
