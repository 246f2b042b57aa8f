package main

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/oracle"
	"github.com/pffedge/pffedge/internal/shared"
)

// recorder makes recordings with the oracle, as files have them.
type recorder struct {
	c      oracle.Config
	random *rand.Rand
}

const recordedRows = 6

func (r *recorder) uniform(rows, cols int, low, high float64) oracle.Matrix {
	return oracle.Map(oracle.NewMatrix(rows, cols), func(float64) float64 {
		return float64(float32(low + (high-low)*r.random.Float64()))
	})
}

func (r *recorder) params() *oracle.Params {
	p := oracle.NewParams(&r.c)
	for _, tensor := range p.Tensors() {
		low, high := -0.5, 0.8
		if tensor.Name[0] == 'L' {
			low, high = -0.02, 0.08
		}
		for i, row := range r.uniform(len(tensor.Data), len(tensor.Data[0]), low, high) {
			copy(tensor.Data[i], row)
		}
	}
	return p
}

func (r *recorder) oneHot(rows int) oracle.Matrix {
	y := oracle.NewMatrix(rows, r.c.Classes)
	for _, row := range y {
		row[r.random.IntN(len(row))] = 1
	}
	return y
}

func (r *recorder) mask() oracle.Matrix {
	h := r.c.Hidden[0]
	m := oracle.NewMatrix(h, h)
	for i := range m {
		for j := range m[i] {
			if oracle.SameGroup(i, j, r.c.Group) {
				m[i][j] = 1
			}
		}
	}
	return m
}

func tensors(list []oracle.Tensor) object {
	o := object{}
	for _, tensor := range list {
		o[tensor.Name] = oracle.Clone(tensor.Data)
	}
	return o
}

// record runs a batch and what follows.
func (r *recorder) record() object {
	c := &r.c
	p := r.params()
	b := oracle.Batch{X: r.uniform(recordedRows, c.Inputs, 0, 1), Y: r.oneHot(recordedRows), Positive: []float64{1, 1, 1, 0, 0, 0}}
	start, yHat := oracle.Start(p, b.X)
	rec := object{
		"config": object{
			"x_dim": c.Inputs, "y_dim": c.Classes, "n_units": c.Hidden[0], "g_units": c.Latents, "K": c.Rounds,
			"batch": recordedRows, "threshold": c.Theta, "alpha": c.Alpha, "beta": c.Beta, "y_scale": c.LabelScale,
			"group": c.Group, "eps_r": 0.01, "eps_g": 0.02, "reg_lambda": c.Decay, "g_reg_lambda": c.GenDecay, "clip": c.Clip,
			"adam": object{"lr": c.LR, "beta1": c.Beta1, "beta2": c.Beta2, "eps": c.EpsAdam},
		},
		"params_before": tensors(p.Tensors()), "competition_matrix": r.mask(),
		"x": b.X, "y": b.Y, "lab": oracle.Transpose(oracle.Matrix{b.Positive}), "forward": []any{start[0], start[1], yHat},
	}
	learner := oracle.NewLearner(c, p.Clone())
	rec["steps"] = r.steps(learner, b, start)
	r.use(rec, learner.Params)
	return rec
}

func (r *recorder) steps(learner *oracle.Learner, b oracle.Batch, z []oracle.Matrix) []any {
	var steps []any
	zg := r.uniform(recordedRows, r.c.Latents, 0, 1)
	for range r.c.Rounds {
		noise := oracle.Noise{}
		for _, h := range r.c.Hidden {
			noise.Step = append(noise.Step, r.uniform(recordedRows, h, -0.02, 0.02))
			noise.Generative = append(noise.Generative, r.uniform(recordedRows, h, -0.02, 0.02))
		}
		round := learner.Round(b, z, zg, noise)
		loss := 0.0
		for _, l := range round.Losses {
			loss += l
		}
		steps = append(steps, object{
			"eps1": noise.Step[0], "eps2": noise.Step[1], "z1": round.Z[0], "z2": round.Z[1], "y_hat": round.YHat,
			"loss_goodness": loss, "delta": tensors(append(round.Grad.Representation(), round.Grad.Readouts()...)),
			"z_g_before": zg, "gen_eps1": noise.Generative[0], "gen_eps2": noise.Generative[1],
			"loss_generative": round.Generation.Loss(), "x_hat": round.Generation.X, "z_g": round.ZG,
			"params_after": tensors(learner.Params.Tensors()),
		})
		z, zg = round.Z, round.ZG
	}
	return steps
}

func (r *recorder) use(rec object, p *oracle.Params) {
	c := &r.c
	x, y, zg := r.uniform(4, c.Inputs, 0, 1), r.oneHot(4), r.uniform(4, c.Latents, 0.2, 1)
	from, steps := c.GoodnessWindow()
	scores := oracle.GoodnessScores(c, p, x, from, steps)
	moved, xHat := oracle.InferLatentDriven(c, p, x, y, zg)
	rec["classify"] = object{"x": x, "Ey": scores, "y_hat": oracle.Softmax(scores), "K_low": from, "K_high": steps}
	rec["reconstruct"] = oracle.Reconstruct(p, x)
	rec["sample"] = object{"z_g": zg, "x": oracle.Synthesize(p, zg)}
	rec["latent"] = object{"x": x, "y": y, "z_g_before": zg, "z_g": moved, "x_hat": xHat}
}

func newRecording(decay float64) object {
	r := &recorder{random: rand.New(rand.NewPCG(3, 4)), c: oracle.Config{
		Inputs: 9, Hidden: []int{12, 12}, Classes: 4, Latents: 5, Group: 5, Rounds: 4, Theta: 3, Alpha: 0.3, Beta: 0.025,
		LabelScale: 5, LR: 1e-2, Beta1: 0.9, Beta2: 0.999, EpsAdam: 1e-3, Clip: 1, Decay: decay, GenDecay: decay / 2,
	}}
	return r.record()
}

func saveRecording(t *testing.T, path string, rec object) string {
	t.Helper()
	b, err := json.Marshal(rec)
	require.NoError(t, err)
	return write(t, path, string(b))
}

func TestVerifyReference(t *testing.T) {
	dir := t.TempDir()
	plain := saveRecording(t, filepath.Join(dir, "plain.json"), newRecording(0))
	decayed := saveRecording(t, filepath.Join(dir, "decayed.json"), newRecording(0.02))
	text := done(t, "verify-reference", plain, decayed)
	require.Equal(t, 2, strings.Count(text, "\nok: largest relative deviation "))
	require.Regexp(t, `(?m)^  steps\.params_after\.W1 +\S+ +\S+ +\S+ *$`, text)

	lines := strings.SplitAfter(done(t, "verify-reference", "--json", "--threads", "3", plain, decayed), "\n")
	for i, path := range []string{plain, decayed} {
		var v verified
		only(t, lines[i], &v)
		require.Equal(t, path, v.File)
		require.True(t, v.OK)
		require.Equal(t, 1e-4, v.Tolerance)
		require.NotEmpty(t, v.Quantities)
		worst := 0.0
		for _, q := range v.Quantities {
			require.LessOrEqual(t, q.Relative, 1e-4, q.Quantity)
			worst = math.Max(worst, q.Relative)
		}
		require.Equal(t, worst, v.Worst)
	}
}

// TestVerifyReferenceNotices one parameter that is off by 1e-2.
func TestVerifyReferenceNotices(t *testing.T) {
	dir := t.TempDir()
	rec := newRecording(0)
	right := saveRecording(t, filepath.Join(dir, "right.json"), rec)
	rec["params_before"].(object)["W1"].(oracle.Matrix)[3][4] += 1e-2
	wrong := saveRecording(t, filepath.Join(dir, "wrong.json"), rec)

	o := pffedge(t, "verify-reference", wrong)
	require.Equal(t, exitFailed, o.code)
	requireError(t, o, 0, "wrong.json: a deviation of ", "the tolerance is 0.0001")
	require.Contains(t, o.stdout, "exceeds the tolerance\n")
	require.Contains(t, o.stdout, "\nFAILED: ")

	// A file that misses does not keep the next one from being looked at.
	o = pffedge(t, "verify-reference", "--json", wrong, right)
	require.Equal(t, exitFailed, o.code)
	lines := objects(t, o.stdout)
	require.Equal(t, []any{false, true}, []any{lines[0].at(t, "ok"), lines[1].at(t, "ok")})
	require.Greater(t, lines[0].at(t, "worst_relative"), 1e-4)
	require.Contains(t, done(t, "verify-reference", "--tolerance", "10", wrong), "\nok: ")
}

func TestVerifyReferenceTolerance(t *testing.T) {
	path := saveRecording(t, filepath.Join(t.TempDir(), "r.json"), newRecording(0))
	o := pffedge(t, "verify-reference", "--tolerance", "0", path)
	require.Equal(t, exitFailed, o.code)
	requireError(t, o, 0, "r.json: a deviation of ", "the tolerance is 0")
	for _, bad := range []string{"-1", "NaN", "x"} {
		requireUsage(t, pffedge(t, "verify-reference", "--tolerance="+bad, path), "tolerance")
	}
	requireUsage(t, pffedge(t, "verify-reference", "--threads", "0", path), "--threads 0")
	requireUsage(t, pffedge(t, "verify-reference"))
}

func TestVerifyReferenceBadFiles(t *testing.T) {
	dir := t.TempDir()
	good := newRecording(0)
	text := read(t, saveRecording(t, filepath.Join(dir, "good.json"), good))
	path := filepath.Join(dir, "bad.json")
	for content, reason := range map[string]string{
		"":             "line 1",
		"{\n\"x\": 1,": "line 2",
		"[]":           "want an object",
		"{}":           "config",
		strings.Replace(text, `"K":4`, `"K":5`, 1):         "steps",
		strings.Replace(text, `"x_dim":9`, `"x_dim":8`, 1): "more than 8",
		strings.Replace(text, `"group":5`, `"group":6`, 1): "competition_matrix",
		text[:len(text)/2]: "line 1",
	} {
		write(t, path, content)
		o := pffedge(t, "verify-reference", path)
		requireFailure(t, o, "bad.json: ", reason)
	}
	requireFailure(t, pffedge(t, "verify-reference", filepath.Join(dir, "gone.json")), "gone.json: no such file")
	requireFailure(t, pffedge(t, "verify-reference", dir), dir)
}

func TestVerifyReferenceGolden(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared.Dir(t, "golden"), "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	slices.Sort(files)
	for _, o := range objects(t, done(t, append(words("verify-reference --json"), files...)...)) {
		require.Equal(t, true, o.at(t, "ok"))
	}
}
