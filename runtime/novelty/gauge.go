package novelty

import (
	"fmt"

	"github.com/pffedge/pffedge/model"
)

// Options say how a Gauge remembers.
type Options struct {
	Classes int // of the model, 1…model.MaxClasses
	// Memory bounds what is remembered, 1024…MaxMemory samples, of all classes and
	// of each; 0 means MaxMemory. When it is reached what was counted loses half of
	// its weight, so the gauge follows a kind of samples that changes slowly. The
	// scales of the statistic stay.
	Memory int
}

// MaxMemory bounds Options.Memory.
const MaxMemory = 1 << 24

const minMemory = 1024

// AllClasses asks for all classes together.
const AllClasses = -1

func (o *Options) validate() error {
	switch {
	case o.Classes < 1 || o.Classes > model.MaxClasses:
		return fmt.Errorf("%w: %d classes, want 1…%d", ErrOptions, o.Classes, model.MaxClasses)
	case o.Memory < minMemory || o.Memory > MaxMemory:
		return fmt.Errorf("%w: a memory of %d samples, want %d…%d", ErrOptions, o.Memory, minMemory, MaxMemory)
	}
	return nil
}

// Gauge scores how unusual signals are among those it was given; see the package
// comment.
type Gauge struct {
	opt     Options
	scale   scale
	all     tally
	classes []tally
}

// NewGauge returns a gauge that knows no samples yet.
func NewGauge(o Options) (*Gauge, error) {
	if o.Memory == 0 {
		o.Memory = MaxMemory
	}
	if err := o.validate(); err != nil {
		return nil, err
	}
	return newGauge(o), nil
}

func newGauge(o Options) *Gauge {
	g := &Gauge{opt: o, all: tally{bins: make([]uint32, overallBins)}}
	g.grow(o.Classes)
	return g
}

func (g *Gauge) grow(classes int) {
	for len(g.classes) < classes {
		g.classes = append(g.classes, tally{bins: make([]uint32, classBins)})
	}
	g.opt.Classes = classes
}

// Grow makes room for a model that has got more classes.
func (g *Gauge) Grow(classes int) error {
	o := g.opt
	o.Classes = classes
	if err := o.validate(); err != nil {
		return err
	}
	if classes < len(g.classes) {
		return fmt.Errorf("%w: %d classes, there are %d", ErrOptions, classes, len(g.classes))
	}
	g.grow(classes)
	return nil
}

// Add learns from the signal of a known sample. The first ScaleSamples set the
// scales and are not counted.
func (g *Gauge) Add(s Signal) error {
	if err := s.check(len(g.classes)); err != nil {
		return err
	}
	if !g.scale.ready() {
		g.scale.add(s.terms())
		return nil
	}
	v := g.scale.statistic(s.terms())
	g.all.add(&s, v, g.opt.Memory)
	g.classes[s.Class].add(&s, v, g.opt.Memory)
	return nil
}

// Statistic returns the sum of standard deviates that scores compare, without
// bounds: about 0 for a usual sample, larger for an unusual one.
func (g *Gauge) Statistic(s Signal) (float64, error) {
	if err := s.check(len(g.classes)); err != nil {
		return 0, err
	}
	if !g.scale.ready() {
		return 0, fmt.Errorf("%w: %d to set the scales, %d needed", ErrUncalibrated, g.scale.n, ScaleSamples)
	}
	return g.scale.statistic(s.terms()), nil
}

// Score returns the share of known samples that were less unusual than s, from 0
// to just below 1: evenly spread for samples of the known kind.
func (g *Gauge) Score(s Signal) (float64, error) { return g.score(s, &g.all) }

// ClassScore is Score among the known samples that were predicted like s. Where
// few were, it is coarse.
func (g *Gauge) ClassScore(s Signal) (float64, error) {
	if err := s.check(len(g.classes)); err != nil {
		return 0, err
	}
	return g.score(s, &g.classes[s.Class])
}

func (g *Gauge) score(s Signal, t *tally) (float64, error) {
	v, err := g.Statistic(s)
	if err != nil {
		return 0, err
	}
	if t.n == 0 {
		return 0, fmt.Errorf("%w: none counted to compare with", ErrUncalibrated)
	}
	return t.rank(v), nil
}

// Classes returns the number of classes.
func (g *Gauge) Classes() int { return len(g.classes) }

// Moments returns those of a quantity over the samples counted, of a predicted
// class or of AllClasses; zero for what there is not.
func (g *Gauge) Moments(class int, k Kind) Moments {
	switch {
	case k < 0 || int(k) >= kinds || class < AllClasses || class >= len(g.classes):
		return Moments{}
	case class == AllClasses:
		return g.all.moments(k)
	}
	return g.classes[class].moments(k)
}
