package verify

import (
	"math/rand/v2"

	"github.com/pffedge/pffedge/internal/oracle"
)

// recorder makes recordings with the oracle.
type recorder struct {
	c        *oracle.Config
	rows     int
	repeated bool // the second half of the batch has the inputs of the first
	random   *rand.Rand
}

func newRecorder(c oracle.Config, rows int, repeated bool) *recorder {
	c.Rounds, c.Theta, c.Alpha, c.LabelScale, c.Beta = 3, 3, 0.3, 5, 0.025
	c.LR, c.Beta1, c.Beta2, c.Clip = 1e-2, 0.9, 0.999, 1
	// With ε well above the rounding errors of a gradient, these cannot turn
	// into whole steps of Adam.
	c.EpsAdam = 1e-3
	return &recorder{&c, rows, repeated, rand.New(rand.NewPCG(uint64(rows), uint64(c.Group)))}
}

// uniform returns random values that are float32.
func (r *recorder) uniform(rows, cols int, low, high float64) oracle.Matrix {
	return oracle.Map(oracle.NewMatrix(rows, cols), func(float64) float64 {
		return float64(float32(low + (high-low)*r.random.Float64()))
	})
}

func (r *recorder) params() *oracle.Params {
	p := oracle.NewParams(r.c)
	for _, t := range p.Tensors() {
		low, high := -0.5, 0.5
		switch t.Name[0] {
		case 'L':
			low, high = -0.02, 0.08
		case 'G':
			low, high = -0.6, 0.9
		}
		for i, row := range r.uniform(len(t.Data), len(t.Data[0]), low, high) {
			copy(t.Data[i], row)
		}
	}
	return p
}

func (r *recorder) inputs(rows int) oracle.Matrix {
	return oracle.Relu(r.uniform(rows, r.c.Inputs, -0.5, 1))
}

func (r *recorder) labels(rows int) oracle.Matrix {
	y := oracle.NewMatrix(rows, r.c.Classes)
	for i := range y {
		y[i][r.random.IntN(r.c.Classes)] = 1
	}
	return y
}

func (r *recorder) batch() oracle.Batch {
	b := oracle.Batch{X: r.inputs(r.rows), Y: r.labels(r.rows), Positive: make([]float64, r.rows)}
	for i := range r.rows {
		if r.repeated && i >= r.rows/2 {
			b.X[i] = b.X[i-r.rows/2]
		}
		if i < (r.rows+1)/2 {
			b.Positive[i] = 1
		}
	}
	return b
}

func (r *recorder) noise() oracle.Noise {
	var n oracle.Noise
	for _, h := range r.c.Hidden {
		n.Step = append(n.Step, r.uniform(r.rows, h, -0.02, 0.02))
		n.Generative = append(n.Generative, r.uniform(r.rows, h, -0.05, 0.05))
	}
	return n
}

// record runs a batch and everything after it.
func (r *recorder) record() *oracle.Recording {
	rec := &oracle.Recording{Config: *r.c, ParamsBefore: r.params(), Batch: r.batch()}
	learner := oracle.NewLearner(r.c, rec.ParamsBefore.Clone())
	rec.Start.Z, rec.Start.YHat = oracle.Start(learner.Params, rec.Batch.X)
	z, zg := rec.Start.Z, r.uniform(r.rows, r.c.Latents, -0.5, 1)
	for range r.c.Rounds {
		noise := r.noise()
		round := learner.Round(rec.Batch, z, zg, noise)
		step := oracle.RecordedStep{
			Noise: noise, After: oracle.RecordedState{Z: round.Z, YHat: round.YHat}, Delta: round.Grad,
			ZGBefore: zg, ZG: round.ZG, GenerativeLoss: round.Generation.Loss(), XHat: round.Generation.X,
			ParamsAfter: learner.Params.Clone(),
		}
		for _, loss := range round.Losses {
			step.GoodnessLoss += loss
		}
		rec.Steps = append(rec.Steps, step)
		z, zg = round.Z, round.ZG
	}
	r.use(rec, learner.Params)
	return rec
}

// use records what the trained network predicts and generates.
func (r *recorder) use(rec *oracle.Recording, p *oracle.Params) {
	x := r.inputs(5)
	rec.Classify.X = x
	rec.Classify.From, rec.Classify.Steps = r.c.GoodnessWindow()
	rec.Classify.Ey = oracle.GoodnessScores(r.c, p, x, rec.Classify.From, rec.Classify.Steps)
	rec.Classify.YHat = oracle.Softmax(rec.Classify.Ey)
	rec.Reconstruct = oracle.Reconstruct(p, x)
	rec.Sample.ZG = r.uniform(4, r.c.Latents, -0.5, 1)
	rec.Sample.X = oracle.Synthesize(p, rec.Sample.ZG)
	l := &rec.Latent
	l.X, l.Y, l.ZGBefore = r.inputs(6), r.labels(6), r.uniform(6, r.c.Latents, 0.2, 1)
	l.ZG, l.XHat = oracle.InferLatentDriven(r.c, p, l.X, l.Y, l.ZGBefore)
}
