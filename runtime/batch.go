package runtime

import (
	"fmt"
	"math"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// learn learns one batch: the samples idx of data.
func (t *Trainer) learn(data Samples, idx []int, scale float64) (Report, error) {
	if err := t.load(data, idx); err != nil {
		return Report{}, err
	}
	report := Report{Samples: len(idx)}
	t.startMasked(idx)
	// The read-out's belief of the start state serves three ends: its own
	// learning, the choice of negatives, and the running accuracy.
	t.believe(&report)
	t.setOwnLabels()
	if !t.set.ReadoutDriven {
		report.Readout = t.learnReadoutFromStart(scale)
	}
	if t.set.Generative && !t.set.GeneratorDriven && t.generates() {
		report.Generative = t.learnGenerativeFromStart(scale)
	}
	t.choose()
	if t.set.Generative && t.set.GeneratorDriven {
		t.g.startLatent(t.model.Config.Latent.Start)
	}
	rounds := t.model.Config.Rounds
	for range rounds {
		losses := t.round(scale, nil)
		report.Goodness += losses.goodness / float64(rounds)
		report.Readout += losses.readout / float64(rounds)
		report.Generative += losses.generative / float64(rounds)
	}
	if total := report.Goodness + report.Readout + report.Generative; math.IsNaN(total) || math.IsInf(total, 0) {
		return report, fmt.Errorf("%w: losses %v, %v, %v", ErrDiverged, report.Goodness, report.Readout, report.Generative)
	}
	return report, nil
}

// load fills the batch's inputs and labels and sizes its states.
func (t *Trainer) load(data Samples, idx []int) error {
	t.resize(len(idx), batchRows(&t.set, len(idx)))
	for r, i := range idx {
		x := t.s.x.Row(r)
		label := data.Sample(x, i)
		if label < 0 || label >= len(t.model.Config.Classes) {
			return fmt.Errorf("%w: sample %d has label %d, the model has classes 0…%d", ErrSample, i, label, len(t.model.Config.Classes)-1)
		}
		if j := firstNonFinite(x); j >= 0 {
			return fmt.Errorf("%w: sample %d, input %d is %v", ErrSample, i, j, x[j])
		}
		t.shiftSample(x, i)
		t.labels[r] = label
	}
	return nil
}

// resize sizes the scratch memory for n samples and rows rows.
func (t *Trainer) resize(n, rows int) {
	t.s.resize(n, rows)
	if t.set.Generative {
		t.g.resize(imagined(&t.set, n))
	}
	t.goal = goal{positive: t.positive[:2*n], theta: float32(t.set.Theta), contrast: float32(t.set.Contrast)}
	for r := range t.goal.positive {
		t.goal.positive[r] = r < n
	}
}

func firstNonFinite(x []float32) int {
	if sum := simd.SumSquaresF32(x); sum-sum == 0 {
		return -1
	}
	for i, v := range x { // or the sum alone is too large
		if v-v != 0 {
			return i
		}
	}
	return -1
}

// nonFiniteTensor returns the name of a tensor with a value that is not
// finite, or nothing.
func nonFiniteTensor(p *model.Params) string {
	if allFinite(p) {
		return ""
	}
	for _, t := range p.Tensors() {
		if firstNonFinite(t.Data) >= 0 {
			return t.Name
		}
	}
	return ""
}

// allFinite is the answer without names, which take memory.
func allFinite(p *model.Params) bool {
	fine := func(x []float32) bool { return firstNonFinite(x) < 0 }
	for i := range p.Layers {
		if l := &p.Layers[i]; !fine(l.Up.Data) || !fine(l.Down.Data) || !fine(l.Bias) || !fine(l.Lateral) {
			return false
		}
	}
	for i := range p.Gen {
		if !fine(p.Gen[i].Data) {
			return false
		}
	}
	return fine(p.Readout.Data) && fine(p.ReadoutBias) && fine(p.GenTop.Data)
}

// believe computes the read-out of the start states and counts how many
// samples it already knows.
func (t *Trainer) believe(report *Report) {
	n := t.s.inputs
	belief := t.s.yhat.Slice(0, n)
	t.readout(belief, t.s.nz[len(t.s.nz)-1].Slice(0, n))
	if t.set.ReadoutDriven {
		return
	}
	for r := range n {
		if argMax(belief.Row(r)) == t.labels[r] {
			report.Correct++
		}
	}
}

func argMax(row []float32) int {
	best := 0
	for i, v := range row {
		if v > row[best] {
			best = i
		}
	}
	return best
}

// setOwnLabels gives each sample its label.
func (t *Trainer) setOwnLabels() {
	for r := range t.s.inputs {
		t.s.setLabel(r, t.labels[r], t.model.Config.LabelScale)
	}
}
