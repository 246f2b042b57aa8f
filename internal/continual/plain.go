package continual

import (
	"context"
	"math"

	"github.com/pffedge/pffedge/runtime"
)

// plain learns what comes and keeps nothing. Shown a stream it is the lower bound;
// shown all tasks mixed (Kind.Mixed) the upper one.
type plain struct {
	*network
	falls   bool // the rate, to 0 along half a cosine over all Options.Batches
	learned int  // batches
}

func newPlain(o Options) (Pupil, error) {
	n, err := newNetwork(o, o.Batch)
	if err != nil {
		return nil, err
	}
	return &plain{network: n}, nil
}

func newJoint(o Options) (Pupil, error) {
	n, err := newNetwork(o, o.Batch)
	if err != nil {
		return nil, err
	}
	return &plain{network: n, falls: true}, nil
}

// Learn implements Pupil.
func (p *plain) Learn(pixels []byte, labels []int) error {
	p.batch.addPixels(pixels, labels)
	scale := 1.0
	if p.falls {
		scale = 0.5 + 0.5*math.Cos(math.Pi*float64(p.learned)/float64(max(p.options.Batches, 1)))
	}
	p.learned++
	return p.learn(scale)
}

// Task implements Pupil.
func (p *plain) Task(int, int) error { return nil }

// Finish implements Pupil.
func (p *plain) Finish(context.Context) error { return nil }

// Teach implements Pupil: it goes over the images as often as a runtime.Learner.
func (p *plain) Teach(pixels []byte, label int) error {
	d := p.options.Width * p.options.Height
	labels := repeated(label, min(p.options.Batch, len(pixels)/d))
	for range runtime.TeachSteps {
		for lo := 0; lo < len(pixels); lo += len(labels) * d {
			hi := min(lo+len(labels)*d, len(pixels))
			if err := p.Learn(pixels[lo:hi], labels[:(hi-lo)/d]); err != nil {
				return err
			}
		}
	}
	return nil
}

// repeated returns n times the same label.
func repeated(label, n int) []int {
	labels := make([]int, n)
	for i := range labels {
		labels[i] = label
	}
	return labels
}

// Cost implements Pupil.
func (p *plain) Cost() Cost { return Cost{MultiplyAdds: p.work} }

// Fork implements Forker.
func (p *plain) Fork() (Pupil, error) {
	n, err := p.fork()
	if err != nil {
		return nil, err
	}
	return &plain{n, p.falls, p.learned}, nil
}
