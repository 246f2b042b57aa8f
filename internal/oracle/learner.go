package oracle

// Learner is a network with the state of its optimisers. The read-out has an
// optimiser of its own, so that its t counts its own updates when it learns
// once a batch; learning every round, its t equals the representation's.
type Learner struct {
	Config                             *Config
	Params                             *Params // changed in place
	representation, readout, generator *Adam
}

// NewLearner returns a learner that changes p.
func NewLearner(c *Config, p *Params) *Learner {
	return &Learner{
		Config:         c,
		Params:         p,
		representation: NewAdam(p.Representation()),
		readout:        NewAdam(p.Readouts()),
		generator:      NewAdam(p.Generative()),
	}
}

// Noise is one round's noise, already scaled, one matrix a layer; nil means
// none.
type Noise struct {
	Step       []Matrix // ε_ℓ of the dynamics step
	Generative []Matrix // ε_ℓ added to z_ℓ' in the generative step
}

// Round is everything one round computes.
type Round struct {
	Z           []Matrix  // z', after the dynamics step
	YHat        Matrix    // from the state and the read-out before the step
	Losses      []float64 // each layer's goodness loss at z'
	ReadoutLoss float64   // 0 when the read-out learns from the start state
	// Grad is the gradient of representation and read-out, with weight decay,
	// before clipping; the read-out's is zero when it learns from the start
	// state.
	Grad       *Params
	Generation *Generation // its Grad with weight decay
	ZG         Matrix      // z_g after its move
}

// Round runs one round from the state z and the latents zg: dynamics step,
// update of the representation (and the read-out, as the reference does),
// generative step with the new states, update of the generative circuit,
// move of the latents.
func (l *Learner) Round(b Batch, z []Matrix, zg Matrix, noise Noise) *Round {
	r := &Round{}
	l.learnRepresentation(r, b, z, noise.Step)
	r.Generation, r.ZG = l.LearnGenerator(b.X, r.Z, zg, noise.Generative)
	return r
}

func (l *Learner) learnRepresentation(r *Round, b Batch, z, noise []Matrix) {
	c, p := l.Config, l.Params

	// z', y_hat and every gradient use the parameters before the update.
	r.Z, r.YHat = Step(c, p, b.X, b.Y, z, noise)
	r.Losses = GoodnessLosses(c, b.Positive, r.Z)
	r.Grad = GoodnessGrad(c, p, b, z, r.Z)
	AddRepresentationDecay(r.Grad, p, c.Decay)
	if !c.ReadoutFromStart {
		var grad *Params
		grad, r.ReadoutLoss = l.readoutGrad(z, b, c.LabelScale)
		r.Grad.Readout, r.Grad.ReadoutBias = grad.Readout, grad.ReadoutBias
		l.readout.Update(c, p.Readouts(), r.Grad.Readouts())
	}
	Rest(c, r.Grad, r.Z)
	l.representation.Update(c, p.Representation(), r.Grad.Representation())
}

// LearnReadout lets the read-out learn once from the start state with the
// one-hot target, as ReadoutFromStart has it. It returns the gradient, with
// weight decay, and the loss.
func (l *Learner) LearnReadout(start []Matrix, b Batch) (grad *Params, loss float64) {
	grad, loss = l.readoutGrad(start, b, 1)
	l.readout.Update(l.Config, l.Params.Readouts(), grad.Readouts())
	return grad, loss
}

func (l *Learner) readoutGrad(z []Matrix, b Batch, scale float64) (grad *Params, loss float64) {
	zL := z[len(z)-1]
	loss = ReadoutLoss(ReadoutPrediction(l.Params, zL), b, scale)
	grad = ReadoutGrad(l.Config, l.Params, zL, b, scale)
	AddReadoutDecay(grad, l.Params, l.Config.Decay)
	return grad, loss
}

// LearnGenerator runs one generative step on the states z, updates Gy and G
// and returns the latents after their move, which uses Gy before the update.
// z may be any state, for instance the start state of real samples.
func (l *Learner) LearnGenerator(x Matrix, z []Matrix, zg Matrix, noise []Matrix) (*Generation, Matrix) {
	c, p := l.Config, l.Params
	g := Generate(c, p, x, z, zg, noise)
	moved := MoveLatent(c, p, zg, z[len(z)-1])
	AddGenerativeDecay(g.Grad, p, c.GenDecay)
	l.generator.Update(c, p.Generative(), g.Grad.Generative())
	return g, moved
}

// Batch learns one batch: the start state, with ReadoutFromStart the read-out's
// one update, then a round for each element of noise, the state and the
// latents carried on.
func (l *Learner) Batch(b Batch, zg Matrix, noise []Noise) []*Round {
	z, _ := Start(l.Params, b.X)
	if l.Config.ReadoutFromStart {
		l.LearnReadout(z, b)
	}
	var rounds []*Round
	for _, n := range noise {
		r := l.Round(b, z, zg, n)
		z, zg = r.Z, r.ZG
		rounds = append(rounds, r)
	}
	return rounds
}
