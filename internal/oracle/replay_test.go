package oracle

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// kind sorts the recorded quantities by how exactly they can be replayed.
type kind string

const (
	state     kind = "state" // states, latents, predictions
	total     kind = "total" // losses and scores, sums over units; relative where above 1
	gradient  kind = "gradient"
	parameter kind = "parameter"
)

// tolerances are the deviations that the recordings' own documentation
// promises to a float64 replay.
var tolerances = map[kind]float64{state: 1e-6, total: 1e-6, gradient: 5e-6, parameter: 2e-7}

// deviation is how far a replayed quantity lies from the recorded one.
type deviation struct {
	quantity string
	kind     kind
	size     float64
}

// replay runs a recording again from its first parameters, inputs and noise,
// feeding back nothing recorded, and returns the deviation of every quantity.
func replay(rec *Recording) []deviation {
	var list []deviation
	compare := func(k kind, name string, got, want Matrix) {
		list = append(list, deviation{name, k, distance(got, want)})
	}
	totals := func(name string, got, want Matrix) {
		list = append(list, deviation{name, total, distance(got, want) / max(1, distance(want, Scale(0, want)))})
	}
	number := func(name string, got, want float64) { totals(name, Matrix{{got}}, Matrix{{want}}) }
	tensors := func(k kind, name string, got, want []Tensor) {
		for n := range want {
			compare(k, name+"."+want[n].Name, got[n].Data, want[n].Data)
		}
	}

	c := &rec.Config
	learner := NewLearner(c, rec.ParamsBefore.Clone())
	z, yHat := Start(learner.Params, rec.Batch.X)
	compare(state, "forward.y_hat", yHat, rec.Start.YHat)
	for l := range z {
		compare(state, fmt.Sprintf("forward.z%d", l+1), z[l], rec.Start.Z[l])
	}
	zg := rec.Steps[0].ZGBefore
	for k, want := range rec.Steps {
		at := func(name string) string { return fmt.Sprintf("step %d %s", k, name) }
		compare(state, at("z_g_before"), zg, want.ZGBefore)
		got := learner.Round(rec.Batch, z, zg, want.Noise)
		for l := range got.Z {
			compare(state, at(fmt.Sprintf("z%d", l+1)), got.Z[l], want.After.Z[l])
		}
		compare(state, at("y_hat"), got.YHat, want.After.YHat)
		number(at("loss_goodness"), sum(got.Losses), want.GoodnessLoss)
		tensors(gradient, at("delta"), got.Grad.Representation(), want.Delta.Representation())
		tensors(gradient, at("delta"), got.Grad.Readouts(), want.Delta.Readouts())
		number(at("loss_generative"), got.Generation.Loss(), want.GenerativeLoss)
		compare(state, at("x_hat"), got.Generation.X, want.XHat)
		compare(state, at("z_g"), got.ZG, want.ZG)
		tensors(parameter, at("params_after"), learner.Params.Tensors(), want.ParamsAfter.Tensors())
		z, zg = got.Z, got.ZG
	}

	p := learner.Params
	scores := GoodnessScores(c, p, rec.Classify.X, rec.Classify.From, rec.Classify.Steps)
	totals("classify.Ey", scores, rec.Classify.Ey)
	compare(state, "classify.y_hat", Softmax(scores), rec.Classify.YHat)
	compare(state, "reconstruct", Reconstruct(p, rec.Classify.X), rec.Reconstruct)
	compare(state, "sample.x", Synthesize(p, rec.Sample.ZG), rec.Sample.X)
	zg, xHat := InferLatentDriven(c, p, rec.Latent.X, rec.Latent.Y, rec.Latent.ZGBefore)
	compare(state, "latent.z_g", zg, rec.Latent.ZG)
	compare(state, "latent.x_hat", xHat, rec.Latent.XHat)
	return list
}

// noticed returns the deviations of these kinds beyond their tolerance.
func noticed(list []deviation, kinds ...kind) []deviation {
	var over []deviation
	for _, d := range list {
		for _, k := range kinds {
			if d.kind == k && !(d.size <= tolerances[k]) {
				over = append(over, d)
			}
		}
	}
	return over
}

func TestReplayGolden(t *testing.T) {
	for name, rec := range goldenRecordings(t) {
		t.Run(name, func(t *testing.T) {
			list := replay(rec)
			worst := map[kind]deviation{}
			for _, d := range list {
				if d.size >= worst[d.kind].size {
					worst[d.kind] = d
				}
			}
			t.Logf("%d quantities, largest deviations %v", len(list), worst)
			require.Empty(t, noticed(list, state, total, gradient, parameter))
		})
	}
}

// TestReplayNoticesParameters checks that a wrong parameter shows in what it
// influences, not only in itself. An element that leads to a silent unit
// influences nothing, so the one with the steepest gradient is taken.
func TestReplayNoticesParameters(t *testing.T) {
	for name, rec := range goldenRecordings(t) {
		grads := firstGradient(rec).Tensors()
		for n, tensor := range rec.ParamsBefore.Tensors() {
			t.Run(name+"/"+tensor.Name, func(t *testing.T) {
				i, j := steepest(grads[n].Data)
				old := tensor.Data[i][j]
				defer func() { tensor.Data[i][j] = old }()
				tensor.Data[i][j] += 1e-2
				require.NotEmpty(t, noticed(replay(rec), state, total, gradient))
			})
		}
	}
}

// firstGradient returns the gradient of the first round, of all parameters.
func firstGradient(rec *Recording) *Params {
	learner := NewLearner(&rec.Config, rec.ParamsBefore.Clone())
	first := rec.Steps[0]
	r := learner.Round(rec.Batch, rec.Start.Z, first.ZGBefore, first.Noise)
	r.Grad.Gy, r.Grad.G = r.Generation.Grad.Gy, r.Generation.Grad.G
	return r.Grad
}

// steepest returns where the largest element of m stands.
func steepest(m Matrix) (row, column int) {
	for i := range m {
		for j := range m[i] {
			if math.Abs(m[i][j]) > math.Abs(m[row][column]) {
				row, column = i, j
			}
		}
	}
	return row, column
}

// TestReplayNoticesConstants checks that no constant of the algorithm could be
// wrong without the replay failing.
func TestReplayNoticesConstants(t *testing.T) {
	changes := map[string]func(c *Config){
		"alpha":             func(c *Config) { c.Alpha *= 1.001 },
		"theta":             func(c *Config) { c.Theta *= 1.001 },
		"label scale":       func(c *Config) { c.LabelScale *= 1.001 },
		"beta":              func(c *Config) { c.Beta *= 1.01 },
		"learning rate":     func(c *Config) { c.LR *= 1.01 },
		"beta1":             func(c *Config) { c.Beta1 *= 1.01 },
		"beta2":             func(c *Config) { c.Beta2 *= 0.99 },
		"clip":              func(c *Config) { c.Clip *= 0.5 },
		"decay":             func(c *Config) { c.Decay += 1e-3 },
		"generative decay":  func(c *Config) { c.GenDecay += 1e-3 },
		"group":             func(c *Config) { c.Group = 5 },
		"readout":           func(c *Config) { c.ReadoutFromStart = true },
		"latent per sample": func(c *Config) { c.LatentPerSample = true },
	}
	for name, rec := range goldenRecordings(t) {
		for what, change := range changes {
			t.Run(name+"/"+what, func(t *testing.T) {
				changed := *rec
				change(&changed.Config)
				require.NotEmpty(t, noticed(replay(&changed), state, total, gradient, parameter))
			})
		}
	}
}

// distance returns the largest absolute difference, +Inf for other shapes or
// NaN.
func distance(a, b Matrix) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	largest := 0.0
	for i := range a {
		if len(a[i]) != len(b[i]) {
			return math.Inf(1)
		}
		for j := range a[i] {
			d := math.Abs(a[i][j] - b[i][j])
			if math.IsNaN(d) {
				return math.Inf(1)
			}
			largest = max(largest, d)
		}
	}
	return largest
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}
