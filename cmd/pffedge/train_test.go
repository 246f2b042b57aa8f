package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

const small = "train --hidden 24,16 --epochs 2 --batch 20 "

func TestTrainReadsEveryFormat(t *testing.T) {
	dir := t.TempDir()
	rows := flowerRows(60)
	file := func(name string, lines ...string) string {
		return write(t, filepath.Join(dir, name), strings.Join(lines, "\n")+"\n")
	}
	header := strings.TrimSpace(flowerHeader)
	first := make([]string, len(rows)) // the label in front
	for i, row := range rows {
		at := strings.LastIndex(row, ",")
		first[i] = row[at+1:] + "," + row[:at]
	}
	semicolons := strings.NewReplacer(",", ";")
	swap := func(list []string, with *strings.Replacer) []string {
		swapped := make([]string, len(list))
		for i, s := range list {
			swapped[i] = with.Replace(s)
		}
		return swapped
	}
	split := barFolder(t, filepath.Join(dir, "split/train"), 5)
	barFolder(t, filepath.Join(dir, "split/test"), 3)
	write(t, filepath.Join(split, "left/photo.JPG"), jpegOf(t, bars(0, 99)))
	vector, picture := "3 features", "8×8 grey image"
	for name, c := range map[string]struct {
		args          []string
		input         string
		classes       []string
		samples, test int
	}{
		"header, label last":  {words("--data", file("a.csv", append([]string{header}, rows...)...)), vector, flowers, 51, 9},
		"label by name":       {words("--label kind --data", file("b.csv", append([]string{header}, rows...)...)), vector, flowers, 51, 9},
		"label in front":      {words("--label kind --data", file("c.csv", append([]string{"kind,length,width,height"}, first...)...)), vector, flowers, 51, 9},
		"label by number":     {words("--label 1 --data", file("d.csv", first...)), vector, flowers, 51, 9},
		"no header":           {words("--data", file("e.csv", rows...)), vector, flowers, 51, 9},
		"semicolons, found":   {words("--data", file("f.csv", swap(rows, semicolons)...)), vector, flowers, 51, 9},
		"semicolons, told":    {words("--delimiter ; --data", file("g.csv", swap(rows, semicolons)...)), vector, flowers, 51, 9},
		"tabs":                {words("--delimiter tab --data", file("h.tsv", swap(rows, strings.NewReplacer(",", "\t"))...)), vector, flowers, 51, 9},
		"limited":             {words("--limit 30 --data", file("i.csv", rows...)), vector, flowers, 30, 9},
		"image folder":        {words("--size 8x8 --data", barFolder(t, filepath.Join(dir, "plain"), 12)), picture, barNames, 20, 4},
		"image folder, 28×28": {words("--data", filepath.Join(dir, "plain")), "28×28 grey image", barNames, 20, 4},
		"train and test":      {words("--size 8x8 --data", filepath.Join(dir, "split")), picture, barNames, 11, 6},
		"IDX":                 {words("--data", barIDXFolder(t, filepath.Join(dir, "idx"), 40, 12, false)), picture, []string{"0", "1"}, 40, 12},
		"IDX, gzip":           {words("--data", barIDXFolder(t, filepath.Join(dir, "gz"), 40, 12, true)), picture, []string{"0", "1"}, 40, 12},
		"IDX, other size":     {words("--size 5x6 --data", filepath.Join(dir, "gz")), "5×6 grey image", []string{"0", "1"}, 40, 12},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "m.pff")
			lines := objects(t, done(t, words(small+"--json --out", append([]string{out}, c.args...)...)...))
			result := lines[len(lines)-1]
			require.EqualValues(t, c.samples, result.at(t, "samples"))
			require.EqualValues(t, c.test, result.at(t, "test", "readout", "samples"))
			m, err := model.Load(out)
			require.NoError(t, err)
			require.Equal(t, c.input, m.Config.Input.String())
			require.Equal(t, c.classes, m.Config.Classes)
			require.Equal(t, []int{24, 16}, m.Config.Hidden)
			require.Equal(t, []string{"m.pff", "m.pff.ckpt"}, names(t, filepath.Dir(out)))
		})
	}
}

func TestTrainSynthetic(t *testing.T) {
	out := filepath.Join(t.TempDir(), "m.pff")
	text := done(t, words("train --data synthetic --limit 200 --hidden 24,16 --epochs 1 --batch 50 --out", out)...)
	require.Regexp(t, `^learned from 200 samples, 1 epoch;`, text)
	require.Contains(t, text, "model: "+out)
	m, err := model.Load(out)
	require.NoError(t, err)
	require.Equal(t, "28×28 grey image", m.Config.Input.String())
	require.Len(t, m.Config.Classes, 10)
	require.Equal(t, 1, m.Provenance.Epochs)
	require.Equal(t, 200, m.Provenance.Samples)
	require.Contains(t, m.Provenance.Data, "synthetic")
}

// TestTrainLearns demands more than the program running through: what it
// prints, what it saves and what eval finds agree, and are good.
func TestTrainLearns(t *testing.T) {
	for name, get := range map[string]func(*testing.T) (string, string){"vectors": flowerModel, "images": barModel} {
		t.Run(name, func(t *testing.T) {
			data, model := get(t)
			for _, method := range []string{"goodness", "readout"} {
				o := objects(t, done(t, "eval", "--json", "--model", model, "--data", data, "--method", method))[0]
				require.GreaterOrEqual(t, o.at(t, "accuracy"), 0.9, method)
			}
		})
	}
}

func TestTrainJSON(t *testing.T) {
	dir := t.TempDir()
	data, out := flowerCSV(t, filepath.Join(dir, "f.csv"), 120), filepath.Join(dir, "m.pff")
	o := pffedge(t, words("train --json --hidden 24,16 --epochs 3 --batch 20 --data", data, "--out", out)...)
	require.Zero(t, o.code)
	require.Empty(t, o.stderr)
	lines := objects(t, o.stdout)
	require.Len(t, lines, 4, "an object an epoch, and the result")
	for i, epoch := range lines[:3] {
		require.EqualValues(t, i+1, epoch.at(t, "epoch"))
		require.EqualValues(t, 3, epoch.at(t, "epochs"))
		require.EqualValues(t, 102, epoch.at(t, "samples"))
		require.EqualValues(t, 18, epoch.at(t, "live_samples"))
		for _, key := range []string{"seconds", "goodness_loss", "readout_loss", "generative_loss"} {
			require.Positive(t, epoch.at(t, key), key)
		}
	}
	last := lines[3]
	require.EqualValues(t, 3, last.at(t, "epochs"))
	require.EqualValues(t, 102, last.at(t, "samples"))
	require.Positive(t, last.at(t, "train_seconds"))
	require.GreaterOrEqual(t, last.at(t, "seconds"), last.at(t, "train_seconds"))
	require.Equal(t, "fast", last.at(t, "preset"))
	require.Equal(t, out, last.at(t, "model"))
	for _, method := range []string{"goodness", "readout"} {
		accuracy := last.at(t, "test", method, "accuracy")
		// All test samples were looked at after each epoch.
		require.Equal(t, accuracy, lines[2].at(t, "live_"+method+"_accuracy"))
		e := objects(t, done(t, words("eval --json --data", data, "--model", out, "--method", method)...))[0]
		require.Equal(t, e.at(t, "accuracy"), accuracy)
		require.Equal(t, e.at(t, "reconstruction_error"), last.at(t, "reconstruction_error"))
	}
}

func TestTrainReportsEpochs(t *testing.T) {
	dir := t.TempDir()
	o := pffedge(t, words(small+"--data", flowerCSV(t, filepath.Join(dir, "f.csv"), 60), "--out", filepath.Join(dir, "m.pff"))...)
	require.Zero(t, o.code)
	require.Regexp(t, `^epoch 1/2, .*: test goodness [\d.]+%, read-out [\d.]+%; losses .*\nepoch 2/2, .*\n$`, o.stderr)
	require.Regexp(t, `^learned from 51 samples, 2 epochs; .*\ntest accuracy: goodness [\d.]+%, read-out [\d.]+%; reconstruction error [\d.]+\nmodel: .*\n$`, o.stdout)
	require.NotContains(t, o.stderr, "\x1b", "no bar where there is no terminal")
}

func TestTrainSettings(t *testing.T) {
	dir := t.TempDir()
	data, out := flowerCSV(t, filepath.Join(dir, "f.csv"), 60), filepath.Join(dir, "m.pff")
	config := func(args string) model.Config {
		done(t, words("train --epochs 1 --batch 20 --data", append([]string{data, "--out", out}, words(args)...)...)...)
		m, err := model.Load(out)
		require.NoError(t, err)
		return m.Config
	}
	require.Equal(t, []int{9}, config("--hidden 9").Hidden)
	require.Equal(t, []int{9, 8, 7}, config("--hidden 9,8,7").Hidden)
	c := config("--hidden 9,8 --rounds 7 --latents 3 --latent reference")
	require.Equal(t, 7, c.Rounds)
	require.Equal(t, 3, c.Latents)
	require.Equal(t, 7, c.Latent.Moves)
	require.True(t, c.Latent.Driven)
	require.False(t, config("--hidden 9,8 --preset reference --latent sample").Latent.Driven)
	require.Equal(t, 12, config("--hidden 9,8 --preset reference").Rounds)
}

// TestTrainSettingsMatter trains with one setting changed at a time and
// expects other models, but the same one for other threads.
func TestTrainSettingsMatter(t *testing.T) {
	dir := t.TempDir()
	data, out := flowerCSV(t, filepath.Join(dir, "f.csv"), 60), filepath.Join(dir, "m.pff")
	models := map[string]string{}
	for _, change := range []string{
		"", "--seed 1", "--lr 0.01", "--schedule constant", "--readout driven", "--generator driven", "--contrast 0", "--contrast 0.5", "--hardest 1",
		"--no-generative", "--batch 30", "--epochs 3", "--limit 48",
		"--moments 16", "--moments 8", "--optimizer sgd", "--optimizer sgd --lr 0.01",
	} {
		done(t, words(small+change+" --data", data, "--out", out)...)
		for other, content := range models {
			require.NotEqual(t, content, read(t, out), "%q and %q", change, other)
		}
		models[change] = read(t, out)
	}
	done(t, words(small+"--threads 3 --data", data, "--out", out)...)
	require.Equal(t, models[""], read(t, out), "threads change nothing")
	done(t, words(small+"--optimizer adam --moments 32 --data", data, "--out", out)...)
	require.Equal(t, models[""], read(t, out), "that is the default")
}

func TestTrainWithoutGenerativeCircuit(t *testing.T) {
	dir := t.TempDir()
	data, out := flowerCSV(t, filepath.Join(dir, "f.csv"), 60), filepath.Join(dir, "m.pff")
	done(t, words(small+"--no-generative --data", data, "--out", out)...)
	require.Contains(t, done(t, "inspect", out), "it cannot imagine")
	done(t, "predict", "--model", out, data)
	requireFailure(t, pffedge(t, "generate", "--model", out), "no latent mixture")
}

// TestTrainKeepsTheOldModel overwrites a model in one go or not at all.
func TestTrainKeepsTheOldModel(t *testing.T) {
	dir := t.TempDir()
	data, out := flowerCSV(t, filepath.Join(dir, "f.csv"), 60), filepath.Join(dir, "m.pff")
	done(t, words(small+"--data", data, "--out", out)...)
	before := read(t, out)
	bad := write(t, filepath.Join(dir, "bad.csv"), "1,2,a\n1,b\n")
	requireFailure(t, pffedge(t, words(small+"--data", bad, "--out", out)...), "bad.csv:2")
	require.Equal(t, before, read(t, out))
	done(t, words(small+"--seed 3 --data", data, "--out", out)...)
	require.NotEqual(t, before, read(t, out))
}

// TestTrainWarnsOfTheCheckpoint cannot write checkpoints: a run that may yet
// be saved at its end goes on.
func TestTrainWarnsOfTheCheckpoint(t *testing.T) {
	dir := t.TempDir()
	data, out := flowerCSV(t, filepath.Join(dir, "f.csv"), 60), filepath.Join(dir, "m.pff")
	require.NoError(t, os.Mkdir(out+".ckpt", 0o755))
	o := pffedge(t, words(small+"--data", data, "--out", out)...)
	require.Zero(t, o.code)
	require.Equal(t, 2, strings.Count(o.stderr, "pffedge: warning: "), "an epoch each: %s", o.stderr)
	require.Contains(t, o.stderr, "m.pff.ckpt")
	require.FileExists(t, out)
}
