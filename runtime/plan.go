package runtime

import (
	"slices"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// Plan says how many bytes of memory learning takes for its network, besides
// the program and the data. Weights, Moments, Scratch and Garbage are there all
// the time, the rest one after the other.
type Plan struct {
	Weights int64 `json:"weights"`
	Moments int64 `json:"moments"` // what the optimiser remembers
	Scratch int64 `json:"scratch"` // a batch's states, the threads' own, the order of the samples
	Garbage int64 `json:"garbage"` // what the garbage collector leaves lying; how much is up to the program

	Start      int64 `json:"start"`      // while the initial weights are made: besides Weights alone
	Evaluation int64 `json:"evaluation"` // while samples are predicted and reconstructed
	Mixtures   int64 `json:"mixtures"`   // while latent mixtures are fitted
	Saving     int64 `json:"saving"`     // while the model or a checkpoint is written

	Peak int64 `json:"peak"` // the most at any time

	File int64 `json:"file"` // about what the model file will have
}

// PlanTraining plans the memory of a Trainer for c with set and of what its
// session needs besides to predict, reconstruct and fit mixtures, for that many
// training samples. It leaves Saving and Garbage to the program. c and set must
// be valid.
func PlanTraining(c *model.Config, set *Settings, threads, samples int) Plan {
	var m, evaluation memory
	m.planning, evaluation.planning = true, true
	t := &Trainer{circuit: &circuit{Engine: &Engine{model: &model.Model{Config: *c}}}, set: *set}
	if set.Int8 {
		t.fine = &fine{}
	}
	t.reserve(&m, set.Batch)
	t.plan(&m)
	m.add(threads * aligned(poolScratch(c, set, threads)))
	m.add(simd.SparseBytes(c.Input.Size()))
	list[int](&m, samples) // their order
	atOnce := sessionInputs(set.Batch, trainerRows(c, set, set.Batch), len(c.Classes))
	newSession(&m, t.circuit, t.s, atOnce)

	m.matrix(atOnce, c.Input.Size()) // see Session.Inputs
	m.matrix(atOnce, len(c.Classes)) // its results
	p := Plan{Weights: c.ParamBytes(), Moments: momentBytes(c, set), Scratch: m.bytes, Start: c.InitBytes()}
	p.File = c.FileBytes(0, 0)
	if set.Int8 {
		// Codes are made of float32 weights.
		p.Start = p.Weights + max(c.InitBytes(), c.Int8Bytes(false)) - c.Int8Bytes(true)
		p.Weights, p.File = c.Int8Bytes(true), c.Int8FileBytes()
	}
	if set.Generative {
		p.File = c.FileBytes(overallComponents, classComponents)
		evaluation.matrix(atOnce, c.Input.Size())
		p.Mixtures = mixtureBytes(c, samples, latentSamples(set))
	}
	p.Evaluation = evaluation.bytes
	p.Sum()
	return p
}

// Sum sets Peak from the rest.
func (p *Plan) Sum() {
	learning := p.Weights + p.Moments + p.Scratch + p.Garbage + max(p.Evaluation, p.Mixtures, p.Saving)
	p.Peak = max(p.Weights+p.Start, learning)
}

// plan counts what an engine derives from the parameters.
func (t *Trainer) plan(m *memory) {
	c := &t.model.Config
	for l := range c.Hidden {
		m.vector(c.Blocks(l).Len())
	}
}

// momentBytes returns the memory of Adam's moments, if any. Those of a generative
// circuit that does not learn are never touched, and the system gives memory
// only where it is.
func momentBytes(c *model.Config, set *Settings) int64 {
	n := c.ParamBytes()
	if !set.Generative {
		n -= c.GenerativeBytes()
	}
	return 2 * n * int64(set.MomentBits()) / 32
}

// poolScratch returns how many values of scratch memory each thread takes for
// learning with a batch.
func poolScratch(c *model.Config, set *Settings, threads int) int {
	if set.Int8 {
		return simd.FineScratch(max(c.Input.Size(), slices.Max(c.Hidden), len(c.Classes), c.Latents), max(set.Batch, batchRows(set, set.Batch)))
	}
	n, last := set.Batch, len(c.Hidden)-1
	hard := set.RoundSamples(n)
	rows, most := 2*hard, 0
	products := func(samples, k int) { most = max(most, simd.GemmScratch(samples, k)) }
	updates := func(samples, k, units int) {
		most = max(most, simd.GradientScratch(samples, k, units, threads))
	}
	below := c.Input.Size()
	for l, h := range c.Hidden {
		above, samples := len(c.Classes), rows
		if l < last {
			above = c.Hidden[l+1]
			products(rows, above)
		}
		if l == 0 {
			samples = hard // one an input
		}
		products(max(n, samples), below) // the start state has them all
		updates(samples, below, h)
		updates(rows, above, h)
		if set.Generative {
			products(imagined(set, n), h)
			updates(imagined(set, n), h, below)
		}
		below = h
	}
	readout := n
	if set.ReadoutDriven {
		readout = rows
	}
	products(readout, below)
	updates(readout, below, len(c.Classes))
	if set.Generative {
		products(imagined(set, n), c.Latents)
		updates(imagined(set, n), c.Latents, below)
	}
	return most
}

// Needs says how many bytes of memory predicting takes, besides the program and
// the data.
type Needs struct {
	Weights  int64 `json:"weights"`
	Scratch  int64 `json:"scratch"`  // a session's states and the threads' own
	Imagines int64 `json:"imagines"` // besides, once it reconstructs or imagines
	Peak     int64 `json:"peak"`
}

// PlanPrediction plans the memory of an Engine for c, which must be valid, in int8
// or not, and a Session on it.
func PlanPrediction(c *model.Config, int8 bool, threads int) Needs {
	m, imagines := memory{planning: true}, memory{planning: true}
	t := &Trainer{circuit: &circuit{Engine: &Engine{model: &model.Model{Config: *c}}}}
	t.plan(&m)
	inputs := sessionChunk(c)
	newSession(&m, t.circuit, newStates(&m, c, inputs, inputs*len(c.Classes), false, int8), inputs)
	newImagery(&imagines, c, inputs, int8)
	if int8 {
		return int8Needs(c, &m, &imagines, inputs)
	}
	scratch := simd.GemmScratch(inputs, c.Input.Size())
	for _, h := range c.Hidden {
		scratch = max(scratch, simd.GemmScratch(inputs*len(c.Classes), h))
	}
	m.add(threads * aligned(scratch))
	n := Needs{Weights: c.ParamBytes(), Scratch: m.bytes, Imagines: imagines.bytes}
	n.Peak = n.Weights + n.Scratch + n.Imagines
	return n
}

// int8Needs adds what an engine and a session in int8 have besides.
func int8Needs(c *model.Config, m, imagines *memory, inputs int) Needs {
	top, rows := c.Hidden[len(c.Hidden)-1], inputs*len(c.Classes)
	widest := max(slices.Max(c.Hidden), len(c.Classes))
	for l := range c.Hidden {
		m.vector(c.Blocks(l).Len()) // lateral weights in float32
	}
	m.vector(len(c.Classes) * simd.PaddedLen(top)) // V
	m.vector(c.Latents * simd.PaddedLen(top))      // Gy
	m.matrix(min(rows, simd.SumRows), widest)      // sums
	list[float32](m, rows)                         // steps of rows
	imagines.matrix(min(inputs, simd.SumRows), max(c.Input.Size(), widest))
	n := Needs{Weights: c.Int8Bytes(false), Scratch: m.bytes, Imagines: imagines.bytes}
	n.Peak = n.Weights + n.Scratch + n.Imagines
	return n
}
