package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/model/durable"
	"github.com/pffedge/pffedge/runtime/store"
)

// digitLines returns n synthetic digits of the classes below most as lines of JSON, 14×14
// pixels each.
func digitLines(t *testing.T, seed uint64, n, most int) []string {
	t.Helper()
	set, err := data.Open(t.Context(), data.Synthetic, data.Options{Seed: seed, Samples: 4 * n, Width: 14})
	require.NoError(t, err)
	x := make([]float32, set.Input.Size())
	var lines []string
	for i := 0; len(lines) < n; i++ {
		label := set.Sample(x, i)
		if label >= most {
			continue
		}
		pixels := make([]int, len(x))
		for k, v := range x {
			pixels[k] = int(v*255 + 0.5)
		}
		b, err := json.Marshal(object{"label": set.Classes[label], "x": pixels, "by": "hand"})
		require.NoError(t, err)
		lines = append(lines, string(b)+"\n")
	}
	return lines
}

// digitStore makes a store of an untrained model of the first four digits.
func digitStore(t *testing.T, more ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "digits")
	done(t, append(words("store create --empty --input 14x14 --classes 0,1,2,3 --hidden 24,16 --budget 20KB", more...), dir)...)
	return dir
}

// stateIn returns the state of a store as a file.
func stateIn(t *testing.T, dir string) string {
	t.Helper()
	v, err := store.Read(durable.OS{}, dir, store.LoadLearner(1))
	require.NoError(t, err)
	defer v.Close()
	c, err := v.State.(*store.Learner).Checkpoint()
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, model.EncodeCheckpoint(&b, c))
	return b.String()
}

// TestLearnDigits: a stream in which a fifth class appears in the middle, all at once and
// in parts, between which the store is opened anew: the same state.
func TestLearnDigits(t *testing.T) {
	whole, parts := digitStore(t), digitStore(t)
	lines := append(digitLines(t, 1, 60, 4), digitLines(t, 2, 60, 5)...)
	o := exec1(t.Context(), strings.NewReader(strings.Join(lines, "")), "learn", "--store", whole, "--json", "--wait", "1m")
	require.Zero(t, o.code, o.stderr)
	list := objects(t, o.stdout)
	require.Len(t, list, len(lines))
	fresh := -1
	for i, line := range list {
		require.EqualValues(t, i/10+1, line.at(t, "operation"))
		require.Equal(t, fmt.Sprintf("stdin:%d", i+1), line.at(t, "name"))
		require.Equal(t, line.at(t, "label") == line.at(t, "predicted"), line.at(t, "correct"))
		require.NotZero(t, line.at(t, "confidence"))
		require.Contains(t, line, "seconds")
		if line["new"] == true {
			require.Equal(t, -1, fresh, "one class is new")
			require.Equal(t, "4", line.at(t, "label"))
			fresh = i
		}
	}
	require.GreaterOrEqual(t, fresh, 60)
	require.Equal(t, fmt.Sprintf("class 4 is new, since operation %d\n", fresh/10+1), o.stderr)

	for lo := 0; lo < len(lines); lo += 30 {
		o = exec1(t.Context(), strings.NewReader(strings.Join(lines[lo:lo+30], "")), "learn", "--store", parts, "--wait", "1m", "--threads", fmt.Sprint(1+lo%2))
		require.Zero(t, o.code, o.stderr)
		require.Contains(t, o.stdout, "30 samples learned in 3 operations, all stored in "+parts+"\n")
		require.Regexp(t, `(?m)^\d+\.\d+% recognised before they were learned, \d+\.\d+% of the last 30; .* samples/s$`, o.stdout)
		require.Regexp(t, `(?m)^\d+ samples remembered, \d+ held back \(.* of 19.5 KiB\)$`, o.stdout)
	}
	require.Equal(t, stateIn(t, whole), stateIn(t, parts))
	require.Contains(t, done(t, "store", "show", parts), "12")

	rows := objects(t, done(t, "store", "export", whole))
	require.Len(t, rows, 12)
	require.Equal(t, "learn", rows[0].at(t, "kind"))
	require.Len(t, rows[0].at(t, "classes"), 10)
	require.Len(t, rows[0].at(t, "pixels"), 10)

	o = exec1(t.Context(), strings.NewReader(`{"label":"9","x":[]}`), "learn", "--store", whole, "--known-classes")
	requireFailure(t, o, "0 values")
	nine := strings.Replace(lines[0], `"label":"`, `"label":"nine or `, 1)
	requireFailure(t, exec1(t.Context(), strings.NewReader(nine), "learn", "--store", whole, "--known-classes"), "stdin:1", "nine or")
	o = exec1(t.Context(), strings.NewReader(nine+lines[1]), "learn", "--store", whole, "--known-classes", "--skip-bad")
	require.Zero(t, o.code)
	require.Contains(t, o.stdout, "1 sample learned in 1 operation")
	require.Contains(t, o.stdout, "1 bad sample passed over\n")
}

// TestLearnOneByOne: what trickles in is learned without waiting for more, and Ctrl-C
// ends that in order.
func TestLearnOneByOne(t *testing.T) {
	dir, lines := digitStore(t), digitLines(t, 3, 4, 4)
	ctx, cancel := context.WithCancel(t.Context())
	in, feed := io.Pipe()
	out, answers := io.Pipe()
	var stderr bytes.Buffer
	code := make(chan int)
	go func() {
		code <- run(ctx, words("learn --wait 1ms --json --store", dir), in, answers, &stderr)
	}()
	answer := json.NewDecoder(out)
	for i, line := range lines {
		_, err := feed.Write([]byte(line))
		require.NoError(t, err)
		var s learnedSample
		require.NoError(t, answer.Decode(&s))
		require.EqualValues(t, i+1, s.Operation)
	}
	cancel()
	require.Equal(t, exitInterrupted, <-code)
	require.Equal(t, "pffedge: error: stopped: 4 samples learned in 4 operations, all stored in "+dir+"\n", stderr.String())
	feed.Close()
	done(t, "store", "verify", dir)
}

func TestLearnCSVAndImages(t *testing.T) {
	table, model := flowerModel(t)
	dir := filepath.Join(t.TempDir(), "flowers")
	done(t, "store", "create", "--model", model, "--data", table, "--no-warp", dir)
	require.Contains(t, done(t, "learn", "--store", dir, table), "240 samples learned")
	require.Contains(t, doneWith(t, read(t, table), "learn", "--store", dir, "--batch", "100", "--wait", "1m", "-"), "240 samples learned in 3 operations")
	header, rows, _ := strings.Cut(read(t, table), "\n")
	rows = strings.Join(strings.SplitAfter(rows, "\n")[:2], "")
	bad := func(text string, parts ...string) {
		t.Helper()
		o := exec1(t.Context(), strings.NewReader(header+"\n"+rows+text+rows), "learn", "--store", dir)
		requireFailure(t, o, append(parts, "2 samples learned in 1 operation, all stored")...)
		o = exec1(t.Context(), strings.NewReader(header+"\n"+rows+text+rows), "learn", "--store", dir, "--skip-bad")
		require.Zero(t, o.code, o.stderr)
		require.Contains(t, o.stderr, "pffedge: warning: passed over: "+parts[0])
		require.Contains(t, o.stdout, "4 samples learned")
	}
	first := strings.Split(strings.SplitN(rows, "\n", 2)[0], ",")
	spoilt := func(column int, value string) string {
		fields := append([]string{}, first...)
		fields[column] = value
		return strings.Join(fields, ",") + "\n"
	}
	for i, name := range strings.Split(header, ",") {
		switch name {
		case "species", "label", "class":
			bad(spoilt(i, ""), "stdin:4: column", "label is missing")
			bad(spoilt(i, "a\xffb"), "stdin:4: column", "UTF-8")
			bad(spoilt(i, strings.Repeat("x", 300)), "stdin:4: column", "300 bytes")
		default:
			if i < 2 {
				bad(spoilt(i, "nan"), "stdin:4: column", "not finite")
				bad(spoilt(i, "1e99"), "stdin:4: column", "too large")
				bad(spoilt(i, "x"), "stdin:4: column", "want a number")
			}
		}
	}
	bad("1,2\n", "stdin:4: column 3", "row has 2 columns")
	requireFailure(t, pffedge(t, "learn", "--store", dir, "--label", "colour", table), table+":1", "no label column")
	requireFailure(t, exec1(t.Context(), strings.NewReader("1,2,a\n"), "learn", "--store", dir), "stdin", "2 features", "does not fit")
	requireFailure(t, pffedge(t, "learn", "--store", dir, filepath.Join(t.TempDir(), "gone.csv")), "no such file")
	requireFailure(t, pffedge(t, "learn", "--store", dir), "stdin: no samples")
	requireUsage(t, pffedge(t, "learn", "--store", dir, "--watch", t.TempDir()), "--watch looks for images")

	pictures, model := barModel(t)
	requireFailure(t, pffedge(t, "learn", "--store", dir, pictures), "images where the model takes")
	dir = filepath.Join(t.TempDir(), "bars")
	require.Contains(t, done(t, "store", "create", "--model", model, "--imagine", "20", dir), "imagined samples a class remembered")
	require.Contains(t, done(t, "learn", "--store", dir, filepath.Join(pictures, "left"), filepath.Join(pictures, "top", "1.png")), "61 samples learned")
	require.Contains(t, done(t, "learn", "--store", dir, pictures), "120 samples learned")
	list := write(t, filepath.Join(t.TempDir(), "list.jsonl"), `{"label": "left", "file": "a/1.png"}`+"\n")
	write(t, filepath.Join(filepath.Dir(list), "a", "1.png"), pngOf(t, bars(0, 99)))
	require.Contains(t, done(t, "learn", "--store", dir, list), "1 sample learned")
	mixed := write(t, filepath.Join(t.TempDir(), "m", "x", "1.png"), pngOf(t, bars(0, 1)))
	write(t, filepath.Join(filepath.Dir(filepath.Dir(mixed)), "2.png"), pngOf(t, bars(0, 2)))
	requireFailure(t, pffedge(t, "learn", "--store", dir, filepath.Dir(filepath.Dir(mixed))), "images beside folders")
	requireFailure(t, pffedge(t, "learn", "--store", dir, t.TempDir()), "no PNG or JPEG images")
}

func TestLearnBadJSON(t *testing.T) {
	dir, lines := digitStore(t), digitLines(t, 4, 2, 4)
	x := strings.Repeat("0,", 195)
	for line, part := range map[string]string{
		`{"label":"1","x":[1,2`: "unexpected end of JSON", `[1]`: "a JSON array, want an object", `{"x":[1]}`: "label is missing", `{"label":null,"x":[1]}`: "label is missing",
		`{"label":1.5,"x":[1]}`: "label", `{"label":"1"}`: `want either "x"`, `{"label":"1","x":[1],"file":"a"}`: `want either "x"`,
		`{"label":"1","x":{}}`: "no list of numbers", `{"label":"1","x":[1,2]}`: "2 values", `{"label":"1","x":null}`: "0 values",
		`{"label":"1","x":[` + x + `null]}`: "value 196: value is missing", `{"label":"1","x":[` + x + `256]}`: "pixel of 256", `{"label":"1","x":[` + x + `-1]}`: "pixel of -1",
		`{"label":"1","x":[` + x + `NaN]}`: "invalid character", `{"label":"1","x":[` + x + `1e999]}`: "too large", `{"label":"1","file":"gone.png"}`: "gone.png",
		`{"label":"1","file":7}`: `"file" is a JSON number`, "\x00": "invalid character", `{"label":"","x":[1]}`: "label is missing",
	} {
		o := exec1(t.Context(), strings.NewReader(lines[0]+"\n"+line+"\n"), "learn", "--store", dir)
		requireFailure(t, o, "stdin:3: ", part, "1 sample learned")
	}
	o := exec1(t.Context(), strings.NewReader(lines[0]+strings.Repeat("{\n", 30)+lines[1]), "learn", "--store", dir, "--skip-bad", "--json")
	require.Zero(t, o.code)
	require.Len(t, objects(t, o.stdout), 2)
	require.Equal(t, shownBad+1, strings.Count(o.stderr, "\n"), "further ones are only counted")
}

// TestLearnWatch: images that come into a folder are learned once, by whoever watches.
func TestLearnWatch(t *testing.T) {
	_, model := barModel(t)
	dir, inbox := filepath.Join(t.TempDir(), "bars"), t.TempDir()
	done(t, "store", "create", "--model", model, "--imagine", "20", dir)
	put := func(class, name, content string) {
		path := filepath.Join(inbox, class, name)
		require.NoError(t, os.Rename(write(t, filepath.Join(inbox, class, ".part"), content), path))
	}
	watch := func(lines int, between func(i int)) []object {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		out, answers := io.Pipe()
		var stderr bytes.Buffer
		code := make(chan int)
		go func() {
			code <- run(ctx, words("learn --json --skip-bad --poll 5ms --wait 1ms --watch", inbox, "--store", dir), strings.NewReader(""), answers, &stderr)
			answers.Close()
		}()
		var list []object
		for answer := json.NewDecoder(out); len(list) < lines; {
			var s object
			require.NoError(t, answer.Decode(&s))
			list = append(list, s)
			between(len(list))
		}
		cancel()
		require.Equal(t, exitInterrupted, <-code, stderr.String())
		return list
	}
	put("left", "1.png", pngOf(t, bars(0, 100)))
	put(".hidden", "1.png", pngOf(t, bars(0, 100)))
	put("left", "broken.png", "no picture")
	first := watch(3, func(i int) {
		switch i {
		case 1:
			put("top", "1.png", pngOf(t, bars(1, 101)))
		case 2:
			put("left", "1.png", pngOf(t, bars(0, 102))) // another one, of the same name
		}
	})
	require.Equal(t, filepath.Join(inbox, "left", "1.png"), first[0].at(t, "name"))
	require.Equal(t, "top", first[1].at(t, "label"))
	require.Equal(t, []string{"1-2.png", "1.png"}, names(t, filepath.Join(inbox, ".learned", "left")))
	require.Equal(t, []string{"broken.png"}, names(t, filepath.Join(inbox, ".bad", "left")))
	put("zebra", "z.png", pngOf(t, bars(0, 103)))
	second := watch(1, func(int) {})
	require.Equal(t, "zebra", second[0].at(t, "label"))
	require.Equal(t, true, second[0].at(t, "new"))
	require.EqualValues(t, 4, second[0].at(t, "operation"), "nothing is learned twice")
	require.Empty(t, names(t, filepath.Join(inbox, "left")))
	requireFailure(t, pffedge(t, "learn", "--store", dir, "--watch", filepath.Join(inbox, "gone")), "no such file")
	requireFailure(t, pffedge(t, "learn", "--store", dir, "--watch", model), "no folder")
	put("left", "broken.png", "no picture")
	requireFailure(t, pffedge(t, "learn", "--store", dir, "--poll", "1ms", "--watch", inbox), "broken.png", "not a PNG or JPEG")
}

func TestLearnErrors(t *testing.T) {
	dir, lines := digitStore(t), strings.Join(digitLines(t, 5, 3, 4), "")
	for line, part := range map[string]string{
		"learn": "--store is missing", "learn --store x --batch 0": "--batch 0", "learn --store x --batch 5000": "--batch 5000", "learn --store x --wait -1s": "--wait",
		"learn --store x --watch y z": "exclude", "learn --store x --poll 0s": "--poll", "learn --store x --method guess": `"guess"`, "learn --store x --threads 0": "--threads 0",
		"sleep": "--store is missing", "sleep x": `"x"`, "sleep --store x --steps 0": "--steps 0", "sleep --store x --steps 99999999": "--steps", "sleep --store x --time 0s": "--time",
		"sleep --store x --time 3": "--time", "sleep --store x --steps 5 --time 3s": "exclude", "sleep --store x --energy 5J": "go together", "sleep --store x --watts 5": "go together",
		"sleep --store x --energy much --watts 5": "--energy", "sleep --store x --energy 0J --watts 5": "--energy", "sleep --store x --energy 5J --watts 0": "--watts 0",
		"sleep --store x --energy 5J --watts nan": "--watts NaN", "sleep --store x --threads 0": "--threads 0",
	} {
		requireUsage(t, pffedge(t, words(line)...), part)
	}
	requireUsage(t, pffedge(t, "learn", "--store", dir, "--delimiter", "ab"), "--delimiter")
	plain, _, _ := barStore(t)
	for _, line := range []string{"learn", "sleep", "store samples"} {
		o := pffedge(t, append(words(line), "--store", plain)...)
		requireFailure(t, o, "does not rehearse")
		require.Contains(t, o.stderr, "hint: make a store that remembers samples")
		requireFailure(t, pffedge(t, append(words(line), "--store", t.TempDir())...), "not a store")
	}
	requireFailure(t, pffedge(t, "sleep", "--store", dir), "no sample is remembered")

	held, err := durable.OS{}.Lock(filepath.Join(dir, "LOCK"))
	require.NoError(t, err)
	requireFailure(t, exec1(t.Context(), strings.NewReader(lines), "learn", "--store", dir), "in use by another process, "+fmt.Sprint(os.Getpid()))
	require.NoError(t, held.Close())
	before := stateIn(t, dir)
	for _, fault := range []error{syscall.EROFS, syscall.ENOSPC} {
		requireFailure(t, onBadDisk(t, fault, lines, words("learn --store", dir)...), fault.Error())
	}
	require.Equal(t, before, stateIn(t, dir))
	doneWith(t, lines, "learn", "--store", dir)
	before = stateIn(t, dir)
	requireFailure(t, onBadDisk(t, syscall.ENOSPC, "", words("sleep --store", dir)...), syscall.ENOSPC.Error())
	require.Equal(t, before, stateIn(t, dir))
	done(t, "store", "verify", dir)
}

// onBadDisk runs a command line with stores on a disk that writes nothing.
func onBadDisk(t *testing.T, fault error, stdin string, line ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	a := &app{stdin: strings.NewReader(stdin), stdout: &stdout, stderr: &stderr, disk: failing{err: fault}, selfTest: breaking(), quickTest: breaking()}
	return outcome{a.run(t.Context(), line), stdout.String(), stderr.String()}
}

// TestLearnKilled: a process that is killed in the middle of a stream has stored what it
// has told, and another goes on from there to the same state.
func TestLearnKilled(t *testing.T) {
	killed, whole := digitStore(t), digitStore(t)
	lines := digitLines(t, 6, 40, 4)
	cmd := program(t.Context(), words("learn --json --wait 1m --store", killed))
	feed, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	for _, line := range lines[:25] {
		_, err := feed.Write([]byte(line))
		require.NoError(t, err)
	}
	answer := json.NewDecoder(out)
	for range 20 {
		var s learnedSample
		require.NoError(t, answer.Decode(&s))
	}
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	for _, dir := range []string{killed, whole} {
		rest := lines
		if dir == killed {
			rest = lines[20:]
		}
		o := exec1(t.Context(), strings.NewReader(strings.Join(rest, "")), "learn", "--wait", "1m", "--store", dir)
		require.Zero(t, o.code, o.stderr)
	}
	require.Equal(t, stateIn(t, whole), stateIn(t, killed))
}
