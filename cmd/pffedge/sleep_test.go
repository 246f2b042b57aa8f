package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/lessons"
)

func TestSleep(t *testing.T) {
	dir := digitStore(t, "--held", "0.2")
	doneWith(t, strings.Join(digitLines(t, 7, 80, 4), ""), "learn", "--store", dir)
	var r slept
	only(t, done(t, "sleep", "--json", "--steps", "60", "--store", dir), &r)
	require.Equal(t, 60, r.Steps)
	require.Equal(t, 3, r.Operations)
	require.False(t, r.Interrupted)
	require.Greater(t, r.Held, 8)
	require.GreaterOrEqual(t, *r.After, *r.Before, "more is recognised")
	text := done(t, "sleep", "--steps", "1", "--store", dir)
	require.Contains(t, text, "1 step of sleep in 1 operation")
	require.Contains(t, text, "held back: ")
	require.Contains(t, done(t, "store", "show", "--last", "1", dir), "slept")
	only(t, done(t, "sleep", "--json", "--time", "1ns", "--store", dir), &r)
	require.Equal(t, lessons.SleepProbe, r.Steps, "there is time for nothing but a look at how long a step takes")
	only(t, done(t, "sleep", "--json", "--energy", "0.1J", "--watts", "2", "--store", dir), &r)
	require.GreaterOrEqual(t, r.Steps, lessons.SleepProbe)
}

// cancelling is a context that is cancelled when its error has been asked for so often.
type cancelling struct {
	context.Context
	cancel context.CancelFunc
	left   int
}

func (c *cancelling) Err() error {
	if c.left--; c.left < 0 {
		c.cancel()
	}
	return c.Context.Err()
}

// TestSleepInterrupted: what has been slept is stored.
func TestSleepInterrupted(t *testing.T) {
	dir := digitStore(t, "--held", "0")
	doneWith(t, strings.Join(digitLines(t, 7, 20, 4), ""), "learn", "--store", dir)
	interrupted := 0
	for left := range 8 {
		ctx, cancel := context.WithCancel(t.Context())
		o := exec1(&cancelling{ctx, cancel, left}, strings.NewReader(""), "sleep", "--json", "--steps", "100", "--store", dir)
		cancel()
		if o.code == exitOK {
			break
		}
		require.Equal(t, exitInterrupted, o.code, o.stderr)
		if o.stdout == "" {
			continue
		}
		var r slept
		only(t, o.stdout, &r)
		require.True(t, r.Interrupted)
		require.Nil(t, r.Before, "no samples are held back")
		require.Equal(t, fmt.Sprintf("pffedge: error: stopped after %d of 100 steps, which are stored in %s; the rate had not fallen to 0 yet: another sleep makes up for it\n", r.Steps, dir), o.stderr)
		require.Equal(t, 25*r.Operations, r.Steps)
		if r.Steps > 0 {
			interrupted++
		}
	}
	require.Positive(t, interrupted)
	done(t, "store", "verify", dir)
}

func TestStoreCreateMemory(t *testing.T) {
	table, model := flowerModel(t)
	dir := t.TempDir()
	made := func(line string, more ...string) created {
		t.Helper()
		var c created
		at := filepath.Join(dir, fmt.Sprint(len(names(t, dir))))
		only(t, done(t, append(words("store create --json --model "+model+" "+line, more...), at)...), &c)
		return c
	}
	c := made("--data", table)
	require.Equal(t, 157_000, c.Budget)
	require.Equal(t, 201, c.Remembered+c.Held, "five of six of each class are for training")
	require.Greater(t, c.Held, 10)
	require.Zero(t, c.Imagined)
	rehearsing := c.Store
	c = made("--budget 2KiB --held 0 --bits 4 --replays 10")
	require.Equal(t, 2048, c.Budget)
	require.Equal(t, 200, c.Imagined, "and as many as fit are remembered")
	require.Positive(t, c.Remembered)
	require.Zero(t, c.Held)
	c = made("--budget 0")
	require.Zero(t, c.Budget)
	text := done(t, "store", "create", "--model", model, "--budget", "0", filepath.Join(dir, "text"))
	require.Contains(t, text, "it remembers no samples")

	o := pffedge(t, "store", "create", "--model", model, "--imagine", "0", filepath.Join(dir, "warned"))
	require.Zero(t, o.code)
	require.Equal(t, 1, strings.Count(o.stderr, "\n"))
	require.Contains(t, o.stderr, "pffedge: warning: the memory is empty")

	// A checkpoint of such a store brings its memory.
	out := filepath.Join(t.TempDir(), "c.pff")
	done(t, "store", "export", "--out", out, rehearsing)
	only(t, done(t, "store", "create", "--json", "--model", out, filepath.Join(dir, "again")), &c)
	require.Equal(t, 201, c.Remembered+c.Held)
	requireUsage(t, pffedge(t, "store", "create", "--budget", "1MB", "--model", out, filepath.Join(dir, "no")), "--budget cannot change")

	for line, part := range map[string]string{
		"--model x --budget much": `--budget "much"`, "--model x --budget -1KB": "--budget", "--model x --budget 1TB": "--budget", "--model x --budget nan": "--budget", "--model x --budget 0x10": "--budget", "--model x --budget=": "--budget",
		"--model x --budget 0 --data y": "--data wants a --budget", "--model x --budget 0B --held 0.2": "--held wants a --budget", "--model x --imagine -1": "--imagine -1",
		"--model x --empty": "exclude", "--model x --classes a,b": "--classes goes with --empty", "--empty --classes a,b": "--input is missing", "--empty --input 3": "--classes is missing",
		"--empty --input 3 --classes a": "1 classes", "--empty --input 3 --classes a,a": "a", "--empty --input 3x --classes a,b": `--input "3x"`, "--empty --input 0 --classes a,b": "--input 0",
		"--empty --input 3 --classes a,b --hidden x": "--hidden", "--empty --input 3 --classes a,b --preset slow": `"slow"`, "--empty --input 3 --classes a,b --budget 100": "budget",
		"--empty --input 3 --classes a,b --bits 3": "3 bits", "--empty --input 3 --classes a,b --held 0.9": "0.9", "--empty --input 3 --classes a,b --held nan": "NaN",
		"--empty --input 3 --classes a,b --replays 0": "0 remembered", "--empty --input 3 --classes a,b --threads 0": "--threads 0",
	} {
		requireUsage(t, pffedge(t, words("store create "+line, filepath.Join(dir, "no"))...), part)
	}
	require.NoDirExists(t, filepath.Join(dir, "no"))
	requireFailure(t, pffedge(t, "store", "create", "--model", model, "--data", filepath.Join(dir, "gone"), filepath.Join(dir, "no")), "no such file")
}

func TestBytes(t *testing.T) {
	for text, want := range map[string]int{"157KB": 157_000, "157kb": 157_000, "1.5MB": 1_500_000, "64KiB": 65536, "64 KiB": 65536, "0": 0, "12": 12, "12B": 12, "1GiB": 1 << 30, "2m": 2_000_000} {
		n, err := parseBytes("--budget", text)
		require.NoError(t, err, text)
		require.Equal(t, want, n, text)
	}
	for _, text := range []string{"", "KB", "1XB", "-1", "1e400", "inf", "NaN", "0x1", "1_000", "1 2KB", "3GB"} {
		_, err := parseBytes("--budget", text)
		require.Error(t, err, text)
	}
}

func TestStoreShowMemory(t *testing.T) {
	dir := digitStore(t, "--held", "0.3")
	doneWith(t, strings.Join(digitLines(t, 8, 80, 4), ""), "learn", "--store", dir)
	var s summary
	only(t, done(t, "store", "show", "--json", "--recall", "--enough", "0.2", dir), &s)
	require.Equal(t, 20_000, s.Memory.Budget)
	require.Positive(t, s.Memory.Bytes)
	require.Equal(t, 80, s.Memory.Remembered+s.Memory.HeldBack)
	require.Len(t, s.Memory.Classes, 4)
	n := 0
	for _, k := range s.Memory.Classes {
		require.EqualValues(t, k.Taught, k.Kept+k.Held)
		require.Equal(t, k.Taught, uint64(s.Samples[k.Class]))
		require.LessOrEqual(t, k.Recall.Right, k.Held)
		require.Equal(t, k.Recall.AtLeast >= 0.2, k.Recall.Enough)
		n += int(k.Taught)
	}
	require.Equal(t, 80, n)
	text := done(t, "store", "show", dir)
	require.Regexp(t, `(?m)^memory .* of 19\.5 KiB; \d+ samples remembered with 8 bits a value, \d+ held back$`, text)
	require.Contains(t, text, "several", "of more than one class")
	require.NotContains(t, text, "recognised")
	require.Regexp(t, `(?m)^class +taught +kept +held back +recognised +at least +enough$`, done(t, "store", "show", "--recall", dir))
	for _, wrong := range []string{"0", "1", "nan", "-1"} {
		requireUsage(t, pffedge(t, "store", "show", "--recall", "--enough", wrong, dir), "--enough")
	}
	requireUsage(t, pffedge(t, "store", "show", "--enough", "0.5", dir), "goes with --recall")
	plain, _, _ := barStore(t)
	require.Contains(t, done(t, "store", "show", plain), "what is not shown fades")
}

func TestStoreSamples(t *testing.T) {
	dir := digitStore(t)
	doneWith(t, strings.Join(digitLines(t, 9, 40, 4), ""), "learn", "--store", dir)
	all := objects(t, done(t, "store", "samples", "--json", "--store", dir))
	require.Greater(t, len(all), 30)
	seen := map[float64]bool{}
	for _, s := range all {
		require.NotContains(t, s, "values")
		id := s.at(t, "id").(float64)
		require.False(t, seen[id])
		seen[id] = true
	}
	ones := objects(t, done(t, "store", "samples", "--json", "--values", "--class", "1", "--store", dir))
	require.NotEmpty(t, ones)
	require.Less(t, len(ones), len(all))
	require.Len(t, ones[0].at(t, "values"), 14*14)
	require.Regexp(t, `^\d+\t1\n`, done(t, "store", "samples", "--class", "1", "--store", dir))

	folder := t.TempDir()
	done(t, "store", "samples", "--png", filepath.Join(folder, "all.png"), "--store", dir)
	require.True(t, strings.HasPrefix(read(t, filepath.Join(folder, "all.png")), "\x89PNG"))
	done(t, "store", "samples", "--out", filepath.Join(folder, "out"), "--store", dir)
	require.Equal(t, []string{"0", "1", "2", "3"}, names(t, filepath.Join(folder, "out")))
	require.Len(t, names(t, filepath.Join(folder, "out", "1")), len(ones))
	// What has been written can be learned.
	require.Contains(t, done(t, "learn", "--store", digitStore(t), filepath.Join(folder, "out")), fmt.Sprintf("%d samples learned", len(all)))

	requireFailure(t, pffedge(t, "store", "samples", "--out", filepath.Join(folder, "out"), "--store", dir), "exists")
	requireFailure(t, pffedge(t, "store", "samples", "--png", filepath.Join(folder, "none.png"), "--store", digitStore(t)), "no samples are remembered")
	for line, part := range map[string]string{"": "--store is missing", "--store x --png a --out b": "exclude", "--store x --values": "goes with --json", "--store " + dir + " --class 7": `--class "7"`} {
		requireUsage(t, pffedge(t, words("store samples "+line)...), part)
	}
	odd := digitStore(t)
	line := digitLines(t, 9, 1, 4)[0]
	o := exec1(t.Context(), strings.NewReader(strings.Replace(line, `"label":"`, `"label":"../`, 1)), "learn", "--store", odd)
	require.Zero(t, o.code)
	requireFailure(t, pffedge(t, "store", "samples", "--out", filepath.Join(folder, "odd"), "--store", odd), "cannot be the name of a folder")
	require.NoDirExists(t, filepath.Join(folder, "odd"))
}
