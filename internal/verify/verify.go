// Package verify replays recorded runs of the authors' reference
// implementation of PFF on the engine of package runtime and measures how far
// each recorded quantity is missed.
package verify

import (
	"context"
	"fmt"
	"slices"

	"github.com/pffedge/pffedge/internal/oracle"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// Run replays rec with its own parameters and noise on threads threads.
func Run(ctx context.Context, rec *oracle.Recording, threads int) (*Report, error) {
	report := &Report{}
	m := modelOf(rec)
	if err := replayBatch(report, rec, m, threads); err != nil {
		return nil, err
	}
	// From here on the parameters are those the recording ended with; each
	// part starts from them exactly, so that deviations do not add up.
	m.Params = ParamsOf(&m.Config, rec.Steps[len(rec.Steps)-1].ParamsAfter)
	if err := replayUse(ctx, report, rec, m, threads); err != nil {
		return nil, err
	}
	return report, replayLatents(report, rec, m, threads)
}

// replayBatch compares the training batch, round by round.
func replayBatch(report *Report, rec *oracle.Recording, m *model.Model, threads int) error {
	replay, err := newReplay(rec, m, rec.Batch, rec.Steps[0].ZGBefore, threads)
	if err != nil {
		return err
	}
	defer replay.Close()
	start := replay.Start()
	for l, z := range rec.Start.Z {
		report.matrix(fmt.Sprintf("forward.z%d", l+1), start.Z[l], z)
	}
	report.matrix("forward.y_hat", start.YHat, rec.Start.YHat)
	for _, step := range rec.Steps {
		trace, err := replay.Round(matricesOf(step.Noise.Step), matricesOf(step.Noise.Generative))
		if err != nil {
			return err
		}
		compareStep(report, rec, &step, &trace)
	}
	return nil
}

func newReplay(rec *oracle.Recording, m *model.Model, b oracle.Batch, zg oracle.Matrix, threads int) (*runtime.Replay, error) {
	batch := runtime.ReplayBatch{X: matrixOf(b.X), Y: matrixOf(b.Y), ZG: matrixOf(zg)}
	for _, lab := range b.Positive {
		batch.Positive = append(batch.Positive, lab == 1)
	}
	return runtime.NewReplay(m, settingsOf(rec), batch, threads)
}

func compareStep(report *Report, rec *oracle.Recording, step *oracle.RecordedStep, trace *runtime.Trace) {
	for l, z := range step.After.Z {
		report.matrix(fmt.Sprintf("steps.z%d", l+1), trace.Z[l], z)
	}
	report.matrix("steps.y_hat", trace.YHat, step.After.YHat)
	report.note("steps.loss_goodness", trace.Goodness, step.GoodnessLoss)
	group := rec.Config.Group
	report.params("steps.delta", group, trace.Gradient, append(step.Delta.Representation(), step.Delta.Readouts()...))
	report.note("steps.loss_generative", trace.Generative, step.GenerativeLoss)
	report.matrix("steps.x_hat", trace.Image, step.XHat)
	report.matrix("steps.z_g", trace.ZG, step.ZG)
	report.params("steps.params_after", group, trace.Params, step.ParamsAfter.Tensors())
}

// replayUse compares both predictions, reconstruction and synthesis.
func replayUse(ctx context.Context, report *Report, rec *oracle.Recording, m *model.Model, threads int) error {
	engine, err := runtime.New(m)
	if err != nil {
		return err
	}
	session := runtime.NewSession(engine, threads)
	defer session.Close()
	x := matrixOf(rec.Classify.X)
	surprise, err := session.Surprise(ctx, x)
	if err != nil {
		return err
	}
	report.matrix("classify.Ey", surprise, rec.Classify.Ey)
	probabilities, err := session.Predict(ctx, x, runtime.Goodness)
	if err != nil {
		return err
	}
	report.matrix("classify.y_hat", probabilities, rec.Classify.YHat)
	images := simd.NewMatrix(x.Rows, x.Cols)
	if err := session.Reconstruct(ctx, images, x); err != nil {
		return err
	}
	report.matrix("reconstruct", images, rec.Reconstruct)
	samples := simd.NewMatrix(len(rec.Sample.X), x.Cols)
	if err := session.Synthesize(ctx, samples, matrixOf(rec.Sample.ZG)); err != nil {
		return err
	}
	report.matrix("sample.x", samples, rec.Sample.X)
	return replayInference(ctx, report, rec, session)
}

func replayInference(ctx context.Context, report *Report, rec *oracle.Recording, session *runtime.Session) error {
	latents := matrixOf(rec.Latent.ZGBefore)
	labels := make([]int, latents.Rows)
	for r, row := range rec.Latent.Y {
		labels[r] = slices.Index(row, 1)
	}
	if err := session.LatentsFrom(ctx, latents, matrixOf(rec.Latent.X), labels); err != nil {
		return err
	}
	report.matrix("latent.z_g", latents, rec.Latent.ZG)
	return nil
}

// replayLatents compares the image that goes with a latent inference: that of
// the state after one noiseless step under the labels.
func replayLatents(report *Report, rec *oracle.Recording, m *model.Model, threads int) error {
	rows := len(rec.Latent.X)
	batch := oracle.Batch{X: rec.Latent.X, Y: rec.Latent.Y, Positive: make([]float64, rows)}
	for r := range batch.Positive {
		batch.Positive[r] = 1
	}
	replay, err := newReplay(rec, m, batch, rec.Latent.ZGBefore, threads)
	if err != nil {
		return err
	}
	defer replay.Close()
	replay.Start()
	silence := make([]simd.Matrix, len(m.Config.Hidden))
	for l, h := range m.Config.Hidden {
		silence[l] = simd.NewMatrix(rows, h)
	}
	trace, err := replay.Round(silence, silence)
	if err != nil {
		return err
	}
	report.matrix("latent.x_hat", trace.Image, rec.Latent.XHat)
	return nil
}
