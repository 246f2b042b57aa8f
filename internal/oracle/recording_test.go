package oracle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// oddRecording returns a recording of our own, as the JSON tree of a file: 7
// units in groups of 3, so that the last block is smaller, K = 3, 6 rows.
func oddRecording() map[string]any {
	n := newNetwork([]int{7, 7})
	n.c.Rounds = 3
	c, p := n.c, n.p
	start, yHat := Start(p, n.batch.X)
	tree := map[string]any{
		"config": map[string]any{
			"x_dim": c.Inputs, "y_dim": c.Classes, "n_units": 7, "g_units": c.Latents, "K": c.Rounds,
			"batch": len(n.zg), "threshold": c.Theta, "alpha": c.Alpha, "beta": c.Beta, "y_scale": c.LabelScale,
			"group": c.Group, "eps_r": 0.01, "eps_g": 0.02, "reg_lambda": c.Decay, "g_reg_lambda": c.GenDecay,
			"clip": c.Clip,
			"adam": map[string]any{"lr": c.LR, "beta1": c.Beta1, "beta2": c.Beta2, "eps": c.EpsAdam},
		},
		"params_before": tensorTree(p.Tensors()),
		"x":             n.batch.X, "y": n.batch.Y, "lab": Transpose(Matrix{n.batch.Positive}),
		"forward": []any{start[0], start[1], yHat},
	}
	mask := NewMatrix(7, 7)
	for i := range mask {
		for j := range mask[i] {
			if i/3 == j/3 {
				mask[i][j] = 1
			}
		}
	}
	tree["competition_matrix"] = mask

	learner := NewLearner(c, p.Clone())
	z, zg := start, n.zg
	var steps []any
	for range c.Rounds {
		noise := n.newNoise(0.05)
		r := learner.Round(n.batch, z, zg, noise)
		steps = append(steps, map[string]any{
			"eps1": noise.Step[0], "eps2": noise.Step[1], "z1": r.Z[0], "z2": r.Z[1], "y_hat": r.YHat,
			"loss_goodness": sum(r.Losses), "delta": tensorTree(append(r.Grad.Representation(), r.Grad.Readouts()...)),
			"z_g_before": zg, "gen_eps1": noise.Generative[0], "gen_eps2": noise.Generative[1],
			"loss_generative": r.Generation.Loss(), "x_hat": r.Generation.X, "z_g": r.ZG,
			"params_after": tensorTree(learner.Params.Tensors()),
		})
		z, zg = r.Z, r.ZG
	}
	tree["steps"] = steps

	p = learner.Params
	x, y := n.batch.X[:2], n.batch.Y[:2]
	from, high := c.GoodnessWindow()
	scores := GoodnessScores(c, p, x, from, high)
	moved, xHat := InferLatentDriven(c, p, x, y, n.zg[:2])
	tree["classify"] = map[string]any{"x": x, "Ey": scores, "y_hat": Softmax(scores), "K_low": from, "K_high": high}
	tree["reconstruct"] = Reconstruct(p, x)
	tree["sample"] = map[string]any{"z_g": n.zg[:4], "x": Synthesize(p, n.zg[:4])}
	tree["latent"] = map[string]any{"x": x, "y": y, "z_g_before": n.zg[:2], "z_g": moved, "x_hat": xHat, "note": "ours"}
	return tree
}

func tensorTree(list []Tensor) map[string]any {
	tree := map[string]any{}
	for _, t := range list {
		tree[t.Name] = Clone(t.Data)
	}
	return tree
}

func encode(t testing.TB, tree any) []byte {
	t.Helper()
	data, err := json.Marshal(tree)
	require.NoError(t, err)
	return data
}

func TestReadRecordingOfOddSizes(t *testing.T) {
	rec, err := ReadRecording(bytes.NewReader(encode(t, oddRecording())))
	require.NoError(t, err)
	require.Equal(t, []int{7, 7}, rec.Config.Hidden)
	require.Len(t, rec.Steps, 3)
	require.Len(t, rec.Sample.ZG, 4)
	require.Equal(t, 0.02, rec.GenNoise)
	for _, d := range replay(rec) {
		require.Less(t, d.size, 1e-12, d.quantity)
	}
}

// at walks a decoded JSON tree; numbers are indices.
func at(tree any, path ...any) any {
	for _, key := range path {
		switch key := key.(type) {
		case string:
			tree = tree.(map[string]any)[key]
		case int:
			tree = tree.([]any)[key]
		}
	}
	return tree
}

func TestReadRecordingRefuses(t *testing.T) {
	set := func(value any, path ...any) func(tree any) {
		return func(tree any) {
			last := len(path) - 1
			switch parent := at(tree, path[:last]...).(type) {
			case map[string]any:
				parent[path[last].(string)] = value
			case []any:
				parent[path[last].(int)] = value
			}
		}
	}
	remove := func(name string, path ...any) func(tree any) {
		return func(tree any) { delete(at(tree, path...).(map[string]any), name) }
	}
	cases := []struct {
		want   string
		change func(tree any)
	}{
		{"config: missing", remove("config")},
		{"config.K: missing", remove("K", "config")},
		{"config.K: 0, want 1…1024", set(0, "config", "K")},
		{"config.K: 2.5 is not a whole number", set(2.5, "config", "K")},
		{"config.n_units: want a finite number", set("many", "config", "n_units")},
		{"config.alpha: 1.5, want 0…1", set(1.5, "config", "alpha")},
		{"config.adam: beta1 and beta2 must be below 1", set(1, "config", "adam", "beta1")},
		{"config.adam.lr: missing", remove("lr", "config", "adam")},
		{"config: sizes call for at least", set(1<<20, "config", "n_units")},
		{"config: sizes call for at least", set(1<<20, "config", "g_units")},
		{"steps: not 4 long", set(4, "config", "K")},
		{"steps: not 2 long", set(2, "config", "K")},
		{"noise_scaled: want true", set(false, "noise_scaled")},
		{"params_before.V2: missing", remove("V2", "params_before")},
		{`params_before: unknown parameter "W3"`, set([]any{}, "params_before", "W3")},
		{"params_before.W1: row 1: want a list of numbers", set(nil, "params_before", "W1", 1)},
		{"params_before.b1: 0 rows, want 1", set([]any{}, "params_before", "b1")},
		{"competition_matrix: 1 in row 0, column 3, want 0 for groups of 3", set(1, "competition_matrix", 0, 3)},
		{"x: more than 6 rows", func(tree any) { set(append(at(tree, "x").([]any), []any{1}), "x")(tree) }},
		{"y: row 2 is not one-hot", set([]any{1, 1, 0}, "y", 2)},
		{"y: row 2 is not one-hot", set([]any{0, 0.5, 0.5}, "y", 2)},
		{"y: row 2 is not one-hot", set([]any{0, 0, 0}, "y", 2)},
		{"lab: row 3 is 0.5, want 0 or 1", set(0.5, "lab", 3, 0)},
		{"forward[1]: row 0 has more than 7 values", set([]any{1, 2, 3, 4, 5, 6, 7, 8}, "forward", 1, 0)},
		{"forward: not 3 long", set([]any{}, "forward")},
		{"step 1: step: want an object", set(7, "steps", 1)},
		{"step 2: eps2: missing", remove("eps2", "steps", 2)},
		{"step 1: delta.W2: row 4 has 2 values, want 7", set([]any{1, 2}, "steps", 1, "delta", "W2", 4)},
		{`step 1: delta: unknown parameter "Gy"`, set([]any{}, "steps", 1, "delta", "Gy")},
		{"step 0: z1: row 5, column 6: want a finite number", set(nil, "steps", 0, "z1", 5, 6)},
		{"step 0: z1: row 5, column 6: want a finite number", set("0", "steps", 0, "z1", 5, 6)},
		{"step 0: z1: row 5, column 6: want a finite number", set([]any{1}, "steps", 0, "z1", 5, 6)},
		{"step 0: x_hat: row 0, column 0: want a finite number", set(json.RawMessage("1e999"), "steps", 0, "x_hat", 0, 0)},
		{"step 0: loss_generative: want a finite number", set(json.RawMessage("1e999"), "steps", 0, "loss_generative")},
		{"step 0: loss_goodness: want a finite number", set(nil, "steps", 0, "loss_goodness")},
		{"step 2: params_after.G1: want a list", set(nil, "steps", 2, "params_after", "G1")},
		{"classify.x: no rows", set([]any{}, "classify", "x")},
		{"classify.Ey: 1 rows, want 2", set([]any{[]any{1, 2, 3}}, "classify", "Ey")},
		{"classify.K_low: not below K_high", set(2, "classify", "K_low")},
		{"reconstruct: more than 2 rows", set([]any{[]any{1, 2, 3, 4, 5}, []any{1, 2, 3, 4, 5}, []any{1}}, "reconstruct")},
		{"sample.x: missing", remove("x", "sample")},
		{"latent: want an object", set([]any{}, "latent")},
		{"latent.z_g: 0 rows, want 2", set([]any{}, "latent", "z_g")},
	}
	good := encode(t, oddRecording())
	for _, c := range cases {
		t.Run(c.want, func(t *testing.T) {
			var tree any
			require.NoError(t, json.Unmarshal(good, &tree))
			c.change(tree)
			_, err := ReadRecording(bytes.NewReader(encode(t, tree)))
			require.ErrorIs(t, err, ErrRecording)
			require.ErrorContains(t, err, "invalid recording: "+c.want)
			require.NotContains(t, err.Error(), "\n")
			var located *RecordingError
			require.ErrorAs(t, err, &located)
			require.Equal(t, strings.HasPrefix(c.want, "step "), located.Step >= 0)
		})
	}
}

func TestReadRecordingRefusesOtherText(t *testing.T) {
	good := string(encode(t, oddRecording()))
	for text, want := range map[string]string{
		"":                          "byte 0: unexpected end of JSON input",
		"[]":                        "recording: want an object",
		"{\n\n1}":                   "line 3, byte 4: invalid character '1'",
		good + "{}":                 fmt.Sprintf("byte %d: invalid character '{'", len(good)+1),
		good[:len(good)/2]:          "unexpected end of JSON input",
		`{"x": [], "x": []}`:        `"x" is there twice`,
		strings.Repeat("[", 100000): "exceeded max depth",
	} {
		_, err := ReadRecording(strings.NewReader(text))
		require.ErrorIs(t, err, ErrRecording)
		require.ErrorContains(t, err, want)
	}
}

func TestReadRecordingPassesOnReadErrors(t *testing.T) {
	broken := errors.New("cable pulled")
	_, err := ReadRecording(io.MultiReader(strings.NewReader("{"), failingReader{broken}))
	require.ErrorIs(t, err, broken)
	require.NotErrorIs(t, err, ErrRecording)

	_, err = readRecording(endless{}, 1<<20)
	require.ErrorContains(t, err, "longer than 1048576 bytes")
}

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

// endless is a file of nothing but blanks.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// FuzzReadRecording checks that no text makes the reader panic, that its
// errors are its own, and that what it accepts can be replayed.
func FuzzReadRecording(f *testing.F) {
	good := encode(f, oddRecording())
	f.Add(good)
	f.Add(good[:len(good)/3])
	f.Add(bytes.Replace(good, []byte(`"K":3`), []byte(`"K":1000`), 1))
	f.Add(bytes.ReplaceAll(good, []byte(`[0,`), []byte(`[null,`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		rec, err := ReadRecording(bytes.NewReader(data))
		if err != nil {
			require.ErrorIs(t, err, ErrRecording)
			return
		}
		require.NotEmpty(t, replay(rec))
	})
}
