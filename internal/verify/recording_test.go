package verify

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/oracle"
	"github.com/pffedge/pffedge/runtime"
)

// networks differ in everything that the golden files have in common.
var networks = []oracle.Config{
	{Hidden: []int{17}, Group: 10, Inputs: 13, Classes: 5, Latents: 4},
	{Hidden: []int{23, 18}, Group: 10, Inputs: 13, Classes: 3, Latents: 7},
	{Hidden: []int{23, 18}, Group: 4, Inputs: 13, Classes: 2, Latents: 1},
	{Hidden: []int{19, 33, 12}, Group: 16, Inputs: 31, Classes: 17, Latents: 18},
	{Hidden: []int{1, 2}, Group: 1, Inputs: 1, Classes: 2, Latents: 2},
}

func eachRecording(t *testing.T, f func(t *testing.T, r *recorder)) {
	for _, c := range networks {
		for _, decay := range []float64{0, 0.02} {
			for _, repeated := range []bool{true, false} {
				c.Decay, c.GenDecay = decay, decay/2
				name := fmt.Sprintf("hidden=%v,group=%d,decay=%v,repeated=%v", c.Hidden, c.Group, decay, repeated)
				t.Run(name, func(t *testing.T) { f(t, newRecorder(c, 8, repeated)) })
			}
		}
	}
}

func TestOwnRecordings(t *testing.T) {
	eachRecording(t, func(t *testing.T, r *recorder) {
		rec := r.record()
		for _, threads := range []int{1, 3} {
			report, err := Run(t.Context(), rec, threads)
			require.NoError(t, err)
			requireAgreement(t, rec, report)
		}
	})
}

// TestOtherConstants than those of all recordings above.
func TestOtherConstants(t *testing.T) {
	for name, set := range map[string]func(c *oracle.Config){
		"theta": func(c *oracle.Config) { c.Theta = 8 }, "alpha": func(c *oracle.Config) { c.Alpha = 0.6 },
		"label scale": func(c *oracle.Config) { c.LabelScale = 1 }, "beta": func(c *oracle.Config) { c.Beta = 0.3 },
		"clip": func(c *oracle.Config) { c.Clip = 0.01 }, "adam": func(c *oracle.Config) { c.LR, c.Beta1, c.Beta2 = 3e-3, 0.5, 0.9 },
		"one round": func(c *oracle.Config) { c.Rounds = 1 }, "seven rounds": func(c *oracle.Config) { c.Rounds = 7 },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecorder(networks[1], 8, true)
			set(r.c)
			rec := r.record()
			report, err := Run(t.Context(), rec, 1)
			require.NoError(t, err)
			requireAgreement(t, rec, report)
		})
	}
}

// TestThreadedRecording is large enough for work to be split among threads.
func TestThreadedRecording(t *testing.T) {
	r := newRecorder(oracle.Config{Hidden: []int{130, 70}, Group: 16, Inputs: 60, Classes: 5, Latents: 20}, 128, true)
	r.c.Rounds = 2
	rec := r.record()
	report, err := Run(t.Context(), rec, 3)
	require.NoError(t, err)
	requireAgreement(t, rec, report)
}

func TestOwnRecordingsNoticeParameters(t *testing.T) {
	for _, c := range networks[:4] {
		t.Run(fmt.Sprint(c.Hidden, c.Group), func(t *testing.T) {
			requireNoticesParameters(t, newRecorder(c, 8, true).record())
		})
	}
}

// TestRunNoticesEveryQuantity spoils one recorded value at a time: the quantity
// it belongs to must stand out.
func TestRunNoticesEveryQuantity(t *testing.T) {
	r := newRecorder(networks[1], 8, true)
	rec := r.record()
	last := &rec.Steps[2]
	spoiled := map[string]*float64{
		"forward.z1": &rec.Start.Z[0][7][22], "forward.z2": &rec.Start.Z[1][7][17], "forward.y_hat": &rec.Start.YHat[7][2],
		"steps.z1": &last.After.Z[0][7][22], "steps.z2": &last.After.Z[1][7][17], "steps.y_hat": &last.After.YHat[7][2],
		"steps.loss_goodness": &last.GoodnessLoss, "steps.loss_generative": &last.GenerativeLoss,
		"steps.x_hat": &last.XHat[7][12], "steps.z_g": &last.ZG[7][6],
		"classify.Ey": &rec.Classify.Ey[4][2], "classify.y_hat": &rec.Classify.YHat[4][2], "reconstruct": &rec.Reconstruct[4][12],
		"sample.x": &rec.Sample.X[3][12], "latent.z_g": &rec.Latent.ZG[5][6], "latent.x_hat": &rec.Latent.XHat[5][12],
	}
	for _, tensor := range append(last.Delta.Representation(), last.Delta.Readouts()...) {
		spoiled["steps.delta."+tensor.Name] = lastElement(tensor.Data)
	}
	for _, tensor := range rec.Steps[0].ParamsAfter.Tensors() {
		spoiled["steps.params_after."+tensor.Name] = lastElement(tensor.Data)
	}
	require.Len(t, spoiled, len(quantities(rec)))
	for name, at := range spoiled {
		for _, by := range []float64{0.05, math.NaN()} {
			old := *at
			*at += by
			report, err := Run(t.Context(), rec, 1)
			*at = old
			require.NoError(t, err)
			for _, d := range report.Quantities {
				require.Equal(t, d.Quantity == name, d.Relative > promised, "%s, with %s spoiled by %v", d.Quantity, name, by)
			}
		}
	}
}

func lastElement(m oracle.Matrix) *float64 {
	row := m[len(m)-1]
	return &row[len(row)-1]
}

func TestRunStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Run(ctx, newRecorder(networks[0], 8, true).record(), 1)
	require.ErrorIs(t, err, context.Canceled)
}

// TestRunRefusesWhatTheEngineCannotBe, a larger group for instance, with an
// error.
func TestRunRefusesWhatTheEngineCannotBe(t *testing.T) {
	for name, spoil := range map[string]func(c *oracle.Config){
		"group": func(c *oracle.Config) { c.Group = 17 },
		"leak":  func(c *oracle.Config) { c.Alpha = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecorder(networks[1], 8, true)
			spoil(r.c)
			require.NotPanics(t, func() {
				_, err := Run(t.Context(), r.record(), 1)
				require.Error(t, err)
			})
		})
	}
	rec := newRecorder(networks[1], 8, true).record()
	rec.Config.Theta = math.Inf(1)
	_, err := Run(t.Context(), rec, 1)
	require.ErrorIs(t, err, runtime.ErrSettings)
}

func TestDeviationOf(t *testing.T) {
	var r Report
	require.Zero(t, r.Worst())
	r.note("a", 1.5, 1)
	r.note("b", 0, 0)
	r.note("a", -4, -4)
	require.Equal(t, []Deviation{{"a", 0.5, 4, 0.125}, {Quantity: "b"}}, r.Quantities, "relative to the largest recorded")
	require.Equal(t, 0.125, r.Worst())
	r.note("b", 1e-3, 0)
	require.Greater(t, r.Worst(), 1.0, "something where nothing was recorded")
	r = Report{}
	r.note("a", math.NaN(), 1)
	r.note("a", 1, 1)
	require.True(t, math.IsInf(r.Worst(), 1))
}
