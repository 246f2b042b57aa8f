package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model/durable"
	"github.com/pffedge/pffedge/runtime/store"
)

// barStore makes a store of the model of bars, and returns its folder, a folder
// of pictures and the model.
func barStore(t *testing.T) (dir, data, model string) {
	t.Helper()
	data, model = barModel(t)
	dir = filepath.Join(t.TempDir(), "store")
	require.Contains(t, done(t, "store", "create", "--budget", "0", "--model", model, dir), dir)
	return dir, data, model
}

func TestStoreLife(t *testing.T) {
	dir, data, model := barStore(t)
	sample := filepath.Join(data, "left", "1.png")
	// A store that has been taught nothing predicts as its model does.
	require.Equal(t, done(t, "predict", "--model", model, sample), done(t, "predict", "--model", dir, sample))

	lines := objects(t, done(t, "teach", "--json", "--store", dir, "--class", "left", filepath.Join(data, "left")))
	require.Greater(t, len(lines), 1)
	samples := 0.0
	for i, line := range lines {
		require.EqualValues(t, i+1, line.at(t, "operation"))
		require.Equal(t, "left", line.at(t, "class"))
		samples += line.at(t, "samples").(float64)
	}
	last := len(lines)
	text := done(t, "teach", "--store", dir, "--class", "top", "--at-once", "1", filepath.Join(data, "top", "1.png"))
	require.Equal(t, fmt.Sprintf("operation %d\t1 sample of top\n", last+1), text)
	require.NotEqual(t, done(t, "predict", "--model", model, "--json", sample), done(t, "predict", "--model", dir, "--json", sample), "it has learned")
	require.Contains(t, done(t, "eval", "--model", dir, "--data", data), dir+" on ")

	var s summary
	only(t, done(t, "store", "show", "--json", "--last", "2", dir), &s)
	require.EqualValues(t, last+1, s.Sequence)
	require.Equal(t, map[string]int{"left": int(samples), "top": 1}, s.Samples)
	require.Len(t, s.Last, 2)
	require.True(t, s.Sealed)
	require.Contains(t, done(t, "store", "show", dir), "1 sample of top")

	rows := objects(t, done(t, "store", "export", dir))
	require.Len(t, rows, last+1)
	pixels := rows[last].at(t, "pixels").([]any)[0].([]any)
	for i, p := range bars(1, 1).Pix {
		require.EqualValues(t, p, pixels[i])
	}

	require.Contains(t, done(t, "store", "rollback", "--to", "0", dir), fmt.Sprintf("%d operations undone", last+1))
	require.Equal(t, done(t, "predict", "--model", model, sample), done(t, "predict", "--model", dir, sample))
	require.Contains(t, done(t, "store", "ls", dir), "a rollback to 0")
	require.Equal(t, true, objects(t, done(t, "store", "export", dir))[0].at(t, "undone"))
	back := objects(t, done(t, "store", "rollback", "--json", "--to", fmt.Sprint(last+1), dir))[0]
	require.EqualValues(t, last+1, back.at(t, "redone"))

	out := filepath.Join(t.TempDir(), "out.pff")
	done(t, "store", "export", "--out", out, dir)
	want := done(t, "predict", "--model", dir, "--json", sample)
	require.Equal(t, want, done(t, "predict", "--model", out, "--json", sample))
	c := objects(t, done(t, "store", "compact", "--json", dir))[0]
	require.Less(t, c.at(t, "bytes_after"), c.at(t, "bytes_before"))
	require.Equal(t, want, done(t, "predict", "--model", dir, "--json", sample))
	require.Empty(t, done(t, "store", "export", dir))
	require.Equal(t, dir+": 1 snapshot and 0 operations read\n", done(t, "store", "verify", dir))
	require.EqualValues(t, 1, objects(t, done(t, "store", "verify", "--json", dir))[0].at(t, "snapshots"))

	// A store can be made of what another has learned.
	done(t, "store", "create", "--json", "--model", out, filepath.Join(t.TempDir(), "other"))
}

// TestTeachVectors: CSV rows are kept as the inputs that they become.
func TestTeachVectors(t *testing.T) {
	data, model := flowerModel(t)
	dir := filepath.Join(t.TempDir(), "store")
	done(t, "store", "create", "--budget", "0", "--model", model, "--keep", "2", "--snapshot-bytes", "4096", dir)
	rows := strings.Join(strings.Split(read(t, data), "\n")[1:], "\n")
	doneWith(t, rows, "teach", "--store", dir, "--class", flowers[0])
	first := objects(t, done(t, "store", "export", dir))[0]
	require.Len(t, first.at(t, "inputs").([]any)[0], 6)
	for range 20 {
		doneWith(t, rows, "teach", "--store", dir, "--class", flowers[1], "--at-once", "7")
	}
	var l storeListing
	only(t, done(t, "store", "ls", "--json", dir), &l)
	require.Len(t, l.Snapshots, 2, "taken when due")
	require.Greater(t, l.Snapshots[0].Sequence, uint64(1))
	require.Less(t, l.LogBytes, int64(3*4096))
	done(t, "store", "verify", dir)
}

func TestStoreErrors(t *testing.T) {
	dir, data, model := barStore(t)
	picture := filepath.Join(data, "left", "1.png")
	teach := func(dir, class string, files ...string) outcome {
		return pffedge(t, append([]string{"teach", "--store", dir, "--class", class}, files...)...)
	}
	requireFailure(t, teach(dir, "zebra", picture), `no class "zebra"`)
	require.Contains(t, teach(dir, "zebra", picture).stderr, "--new-class adds it")
	requireFailure(t, teach(dir, "left", filepath.Join(data, "gone.png")), "gone.png", "no such file")
	requireFailure(t, teach(dir, "left", model), model)
	empty, nowhere := t.TempDir(), filepath.Join(t.TempDir(), "gone")
	for _, line := range []string{"store ls", "store show", "store verify", "store compact", "store rollback --to 0", "store export", "predict --model"} {
		requireFailure(t, pffedge(t, words(line, empty)...), empty+": not a store")
		if line != "predict --model" {
			requireFailure(t, pffedge(t, words(line, nowhere)...), nowhere, "no such file")
			requireFailure(t, pffedge(t, words(line, model)...), model)
			requireUsage(t, pffedge(t, words(line)...), "folder")
		}
	}
	requireFailure(t, pffedge(t, "store", "create", "--model", model, dir), dir, "not an empty folder")
	requireFailure(t, pffedge(t, "store", "create", "--model", picture, nowhere), picture, "not a .pff file")
	require.NoDirExists(t, nowhere)
	requireFailure(t, pffedge(t, "store", "rollback", "--to", "7", dir), "operation 7")
	for line, part := range map[string]string{
		"store create x": "--model is missing", "store create --keep 1 --model " + model + " x": "1 snapshots kept",
		"store create --keep 0 --model " + model + " x":            "more than 0",
		"store create --snapshot-every -1 --model " + model + " x": "every -1 operations", "store rollback x": "--to is missing", "store rollback --to -1 x": "--to", "store show --last -1 x": "--last -1",
		"teach --class a x": "--store is missing", "teach --store x": "--class is missing", "teach --store x --class a --at-once 0": "--at-once 0",
		"teach --store x --class a --threads 0": "--threads 0", "store frobnicate": "frobnicate",
	} {
		requireUsage(t, pffedge(t, words(line)...), part)
	}
	require.NoDirExists(t, "x")
	require.Contains(t, done(t, "store"), "rollback")

	held, err := durable.OS{}.Lock(filepath.Join(dir, "LOCK"))
	require.NoError(t, err)
	requireFailure(t, teach(dir, "left", picture), "LOCK: in use by another process, "+fmt.Sprint(os.Getpid()))
	requireFailure(t, pffedge(t, "store", "compact", dir), "in use by another process")
	requireFailure(t, pffedge(t, "store", "rollback", "--to", "0", dir), "in use by another process")
	for _, line := range []string{"store ls", "store show", "store verify", "store export"} {
		done(t, words(line, dir)...)
	}
	require.NoError(t, held.Close())

	log := filepath.Join(dir, "log-00000001.pfl")
	good := read(t, log)
	write(t, log, ofVersion(good, 2))
	for _, line := range []string{"store ls", "store verify", "store compact", "store rollback --to 0", "store export", "predict --model"} {
		requireFailure(t, pffedge(t, words(line, dir)...), log, "newer version")
	}
	write(t, log, good)
}

func TestDamagedStore(t *testing.T) {
	dir, data, _ := barStore(t)
	done(t, "teach", "--store", dir, "--class", "left", "--at-once", "2", filepath.Join(data, "left"))
	log := filepath.Join(dir, "log-00000001.pfl")
	write(t, log, flipped(read(t, log), 600))
	requireFailure(t, pffedge(t, "predict", "--model", dir, filepath.Join(data, "left")), log, "damaged", "operation 3")
	o := pffedge(t, "store", "verify", dir)
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stdout, log)
	requireError(t, o, 1, dir, "damaged: 1 finding")
	require.Contains(t, o.stderr, "pffedge store rollback --to 2 "+dir+" goes back")
	o = pffedge(t, "store", "ls", dir)
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stdout, "snapshot")
	require.Contains(t, done(t, "store", "rollback", "--to", "2", dir), "undone, and perhaps more that the damage hides")
	done(t, "store", "show", dir)

	// A snapshot that is not needed can be damaged, and dropped.
	done(t, "store", "compact", dir)
	stray := filepath.Join(dir, "snapshot-00000000000000000000.pff")
	write(t, stray, "x")
	o = pffedge(t, "store", "verify", dir)
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stdout, stray)
	require.Contains(t, o.stderr, "pffedge store compact "+dir)
	done(t, "store", "compact", dir)
	require.NoFileExists(t, stray)

	// What a crash leaves is told, once.
	logs, err := filepath.Glob(filepath.Join(dir, "log-*.pfl"))
	require.NoError(t, err)
	require.Len(t, logs, 1)
	second := logs[0]
	write(t, second, read(t, second)+"half a frame")
	o = pffedge(t, "teach", "--store", dir, "--class", "left", filepath.Join(data, "left", "1.png"))
	require.Zero(t, o.code)
	require.Regexp(t, `^pffedge: warning: .*log-\d+\.pfl: byte \d+: .* is passed over\n$`, o.stderr)
	done(t, "teach", "--store", dir, "--class", "left", filepath.Join(data, "left", "1.png"))
}

// failing is a disk that writes nothing.
type failing struct {
	durable.OS
	err error
}

func (f failing) Create(path string, _ fs.FileMode) (durable.File, error) {
	return nil, &fs.PathError{Op: "open", Path: path, Err: f.err}
}

func (f failing) Edit(path string) (durable.File, error) {
	file, err := f.OS.Edit(path)
	return failingFile{file, f.err}, err
}

type failingFile struct {
	durable.File
	err error
}

func (f failingFile) WriteAt([]byte, int64) (int, error) {
	return 0, &fs.PathError{Op: "write", Path: "log", Err: f.err}
}

func TestStoreOnABadDisk(t *testing.T) {
	dir, data, _ := barStore(t)
	before := names(t, dir)
	for _, fault := range []error{syscall.EROFS, syscall.ENOSPC, syscall.EACCES} {
		for _, line := range []string{"store compact " + dir, "teach --store " + dir + " --class left " + filepath.Join(data, "left", "1.png")} {
			var stdout, stderr bytes.Buffer
			a := &app{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, disk: failing{err: fault}, selfTest: breaking(), quickTest: breaking()}
			o := outcome{a.run(t.Context(), words(line)), stdout.String(), stderr.String()}
			if strings.HasPrefix(line, "store compact") {
				require.Zero(t, o.code, "nothing to write")
				continue
			}
			requireFailure(t, o, fault.Error())
		}
	}
	require.Equal(t, append([]string{"LOCK"}, before...), names(t, dir))
	done(t, "store", "verify", dir)
}

// TestStoreInAFullDisk: what fits is acknowledged, and stays.
func TestStoreInAFullDisk(t *testing.T) {
	if testing.CoverMode() != "" {
		t.Skip("the coverage data of the process would not fit either")
	}
	sh := shell(t)
	dir, data, _ := barStore(t)
	line := words("teach --at-once 1 --store", dir, "--class", "left")
	for range 10 {
		line = append(line, filepath.Join(data, "left"))
	}
	cmd := program(t.Context(), nil)
	cmd.Path = sh
	cmd.Args = append([]string{sh, "-c", `ulimit -f 8 && exec "$@"`, "sh", os.Args[0]}, line...)
	o := finish(t, cmd)
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stderr, "too large")
	acknowledged := strings.Count(o.stdout, "\n")
	require.Greater(t, acknowledged, 10)
	info, err := store.Stat(durable.OS{}, dir)
	require.NoError(t, err)
	require.EqualValues(t, acknowledged, info.Sequence)
	done(t, "store", "verify", dir)
	done(t, "teach", "--store", dir, "--class", "left", filepath.Join(data, "left", "1.png"))
}

// TestTeachNewClass: a class that the model does not have is added where one says so,
// by an operation of its own, and can be taught, undone and exported like any other.
func TestTeachNewClass(t *testing.T) {
	dir, data, model := barStore(t)
	sample := filepath.Join(data, "left", "1.png")
	none := pffedge(t, "teach", "--store", dir, "--class", "zebra", "--new-class", filepath.Join(data, "gone.png"))
	requireFailure(t, none, "gone.png")
	require.Empty(t, none.stdout)
	require.Empty(t, done(t, "store", "export", dir), "without a sample nothing is added")

	text := done(t, "teach", "--store", dir, "--class", "zebra", "--new-class", "--at-once", "1", sample, sample)
	require.Equal(t, "operation 1\tclass zebra added\noperation 2\t1 sample of zebra\noperation 3\t1 sample of zebra\n", text)
	lines := objects(t, done(t, "teach", "--json", "--store", dir, "--class", "zebra", "--new-class", sample))
	require.Len(t, lines, 1, "it is there")
	require.Equal(t, "teach", lines[0].at(t, "kind"))
	lines = objects(t, done(t, "teach", "--json", "--store", dir, "--class", "<ü> ", "--new-class", sample))
	require.Equal(t, "add-class", lines[0].at(t, "kind"))
	require.Equal(t, "<ü> ", lines[0].at(t, "class"))
	require.EqualValues(t, 0, lines[0].at(t, "samples"))

	var s summary
	only(t, done(t, "store", "show", "--json", dir), &s)
	require.Equal(t, []string{"zebra", "<ü> "}, s.Added)
	require.Equal(t, map[string]int{"zebra": 3, "<ü> ": 1}, s.Samples)
	require.Equal(t, "add-class", s.Last[0].Kind)
	text = done(t, "store", "show", dir)
	require.Regexp(t, `(?m)^added +class zebra$`, text)
	require.Regexp(t, `(?m)^1 .* zebra +added`, text)
	require.Equal(t, "add-class", objects(t, done(t, "store", "export", dir))[0].at(t, "kind"))
	done(t, "store", "verify", dir)
	require.Len(t, objects(t, done(t, "predict", "--model", dir, "--json", sample))[0].at(t, "probabilities"), 4)

	done(t, "store", "rollback", "--to", "0", dir)
	require.Equal(t, done(t, "predict", "--model", model, sample), done(t, "predict", "--model", dir, sample))
	requireFailure(t, pffedge(t, "teach", "--store", dir, "--class", "zebra", sample), `no class "zebra"`)
	only(t, done(t, "store", "show", "--json", dir), &s)
	require.Empty(t, s.Added)
	requireFailure(t, pffedge(t, "teach", "--store", dir, "--class", "a\xffb", "--new-class", sample), "UTF-8")
}
