package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

// commands lists a command and those below it.
func commands(cmd *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{cmd}
	for _, sub := range cmd.Commands() {
		list = append(list, commands(sub)...)
	}
	return list
}

func TestHelp(t *testing.T) {
	seen := 0
	for _, cmd := range commands((&app{}).root()) {
		path := strings.TrimPrefix(strings.TrimPrefix(cmd.CommandPath(), "pffedge"), " ")
		text := done(t, words(path, "--help")...)
		require.Contains(t, text, "Usage:\n  pffedge "+path)
		require.Contains(t, text, "--json")
		if strings.HasPrefix(path, "completion") {
			continue // cobra's own; it explains itself in other words
		}
		seen++
		require.Contains(t, text, "\nExamples:\n  pffedge ", path)
		for line := range strings.Lines(cmd.Example) {
			requireKnown(t, strings.Fields(line))
		}
		if strings.Contains(text, "see above") {
			require.Contains(t, text, "Data sets: ", "%s: what stands above?", path)
		}
	}
	require.GreaterOrEqual(t, seen, 12)
}

// requireKnown demands that an example's command and flags exist.
func requireKnown(t *testing.T, line []string) {
	t.Helper()
	require.Equal(t, "pffedge", line[0])
	cmd, rest, err := (&app{}).root().Find(line[1:])
	require.NoError(t, err)
	for _, word := range rest {
		if name, isFlag := strings.CutPrefix(word, "--"); isFlag {
			require.True(t, cmd.Flags().Lookup(name) != nil || cmd.InheritedFlags().Lookup(name) != nil, "%v: %s", line, word)
		}
	}
}

func TestHelpWithoutCommand(t *testing.T) {
	require.Equal(t, done(t, "--help"), done(t))
	require.Equal(t, done(t, "help", "train"), done(t, "train", "--help"))
	require.Contains(t, done(t, "data"), "fetch")
	require.Contains(t, done(t, "completion"), "bash")
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		require.Contains(t, done(t, "completion", shell), "pffedge", shell)
	}
	require.Contains(t, done(t, "completion", "bash"), "complete -o default")
	for line, want := range map[string]string{"tra": "train\t", "data fetch f": "fashion-mnist\n", "train --pre": "--preset\t"} {
		var stdout, stderr bytes.Buffer
		require.Zero(t, run(t.Context(), words("__complete "+line), strings.NewReader(""), &stdout, &stderr))
		require.Contains(t, stdout.String(), want)
	}
}

func TestUsageErrors(t *testing.T) {
	data, model := flowerModel(t)
	out := filepath.Join(t.TempDir(), "m.pff")
	train := "train --data " + data + " --out " + out + " "
	with := " --model " + model + " "
	for _, c := range []struct{ line, part string }{
		{"trian", `"trian"`}, {"--frobnicate", "--frobnicate"}, {"-x", "'x'"},
		{"train", "missing"}, {"train --out " + out, "--data is missing"}, {"train --data " + data, "--out is missing"},
		{train + "extra", `"extra"`}, {train + "--frobnicate", "--frobnicate"}, {train + "--epochs", "--epochs"},
		{train + "--hidden 0", `--hidden "0"`}, {train + "--hidden x", `--hidden "x"`}, {train + "--hidden 5,,5", `--hidden "5,,5"`},
		{train + "--hidden 5,-5", `--hidden "5,-5"`}, {train + "--hidden=", "--hidden"}, {train + "--hidden 1e3", "--hidden"},
		{train + "--hidden 70000", "70000"}, {train + "--hidden " + strings.Repeat("4,", 64) + "4", "65 hidden layers"},
		{train + "--hidden 99999999999999999999", "--hidden"},
		{train + "--epochs 0", "0 epochs"}, {train + "--epochs -1", "-1 epochs"}, {train + "--epochs x", "--epochs"},
		{train + "--batch 0", "batch of 0"}, {train + "--batch -1", "batch of -1"}, {train + "--batch 70000", "batch of 70000"},
		{train + "--rounds 0", "0 rounds"}, {train + "--rounds 5000", "5000 rounds"}, {train + "--latents 0", "0 latents"},
		{train + "--latents 5000", "5000 latents"},
		{train + "--lr 0", "--lr 0"}, {train + "--lr -1", "--lr -1"}, {train + "--lr nan", "--lr NaN"}, {train + "--lr inf", "Inf"},
		{train + "--lr x", "--lr"}, {train + "--threads 0", "--threads 0"}, {train + "--threads 9999", "--threads 9999"},
		{train + "--seed -1", "--seed"}, {train + "--preset slow", `"slow"`}, {train + "--schedule soon", `"soon"`},
		{train + "--readout x", `--readout "x"`}, {train + "--generator x", `--generator "x"`}, {train + "--latent x", `--latent "x"`},
		{train + "--optimizer adamw", `--optimizer "adamw"`}, {train + "--optimizer=", `--optimizer ""`},
		{train + "--moments 12", "--moments 12"}, {train + "--moments 0", "--moments 0"}, {train + "--moments x", "--moments"},
		{train + "--optimizer sgd --moments 8", "sgd has no moments"}, {train + "--optimizer sgd --lr 0", "--lr 0"},
		{train + "--contrast -1", "contrast -1"}, {train + "--contrast nan", "contrast NaN"}, {train + "--contrast x", "--contrast"},
		{train + "--shift -1", "shift of -1"}, {train + "--shift 5000", "shift of 5000"}, {train + "--shift 1", "no images"},
		{train + "--mask -1", "mask -1"}, {train + "--mask 1", "mask 1"}, {train + "--mask nan", "mask NaN"},
		{train + "--hardest -1", "hardest -1"}, {train + "--hardest 1.5", "hardest 1.5"}, {train + "--hardest x", "--hardest"},
		{train + "--mask 0.5", "no images"},
		{train + "--size 3", `--size "3"`}, {train + "--size 0x3", `--size "0x3"`}, {train + "--size 3x", `--size "3x"`},
		{train + "--size 3x3x3", `--size "3x3x3"`}, {train + "--delimiter ab", `--delimiter "ab"`}, {train + "--limit -1", "--limit -1"},
		{`train --delimiter " --data ` + data + " --out " + out, "--delimiter"},
		{"eval", "--model is missing"}, {"eval --data " + data, "--model is missing"}, {"eval" + with, "--data is missing"},
		{"eval --data " + data + with + "--method foo", `"foo"`}, {"eval --data " + data + with + "--split foo", `--split "foo"`},
		{"eval --data " + data + with + "--threads -1", "--threads -1"}, {"eval --data " + data + with + "--limit -3", "--limit -3"},
		{"eval " + model, model}, {"eval --data " + data + with + "--delimiter ab", `--delimiter "ab"`},
		{"predict", "--model is missing"}, {"predict" + with + "--top 0", "--top 0"}, {"predict" + with + "--method x", `"x"`},
		{"predict" + with + "--threads 0", "--threads 0"}, {"predict" + with + "--delimiter ab " + data, `--delimiter "ab"`},
		{"reconstruct", "--model is missing"}, {"reconstruct" + with + "--out x.png " + data, "--out"},
		{"generate", "--model is missing"}, {"generate" + with + "--count 0", "--count 0"}, {"generate" + with + "--count -1", "--count -1"},
		{"generate" + with + "--count 1000000000", "--count"}, {"generate" + with + "--class nobody", `--class "nobody"`},
		{"generate" + with + "--class aster --any", "--any"}, {"generate" + with + "--out x.png", "--out"},
		{"generate" + with + "extra", "extra"},
		{"inspect", ""}, {"inspect a b", ""}, {"version 1", `"1"`}, {"demo 1", `"1"`}, {"demo --threads 0", "--threads 0"},
		{"demo --limit -1 --out " + filepath.Dir(out), "--limit -1"},
	} {
		t.Run(c.line, func(t *testing.T) {
			requireUsage(t, pffedge(t, words(c.line)...), c.part)
			require.Empty(t, names(t, filepath.Dir(out)), "nothing is left")
		})
	}
}
