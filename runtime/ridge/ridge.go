package ridge

import (
	"fmt"
	"math"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// Limits of the options.
const (
	MinFeatures = 64
	MaxFeatures = 4096
	MaxInputs   = 1 << 17
	MaxWeights  = 1 << 26 // inputs·features: bytes of the projection
	MinLambda   = 1e-3    // keeps the condition of what is solved near 10¹³ at most
	MaxLambda   = 1e9
)

// DefaultLambda is the λ that Options.Lambda 0 stands for.
const DefaultLambda = 100

// Unlabelled is the label of a sample that is of no class: all classes' target
// for it is 0.
const Unlabelled = -1

// Options of a classifier.
type Options struct {
	Inputs   int     // D of a sample, 1…MaxInputs
	Width    int     // of images, whose pixels lie row by row: features then look at parts of them; 0: D inputs without neighbours
	Features int     // F, MinFeatures…MaxFeatures, of which the last is constant
	Seed     uint64  // of the features
	Lambda   float64 // λ in mean squares of a feature, MinLambda…MaxLambda; 0 means DefaultLambda
}

// Classifier holds sums over labelled samples, and a solution.
type Classifier struct {
	opt Options

	// Sums of products of the codes of features, modulo 2³²: that those on the
	// diagonal are smaller bounds all of them.
	gram     triangle[int32] // ΦᵀΦ, without what waits
	diagonal []uint32        // of ΦᵀΦ, F and padding
	sums     [][]uint32      // ΦᵀY: a class's sum of codes, F and padding; nil without samples
	counts   []uint64        // samples of each class; the last is not 0
	samples  uint64          // of all classes and of none
	behind   uint64          // samples that came or went since the solution

	weights [][]float32 // W, in steps of codes: a class, F and padding; nil: zero
	solved  bool

	pool       *simd.Pool
	projection *projection // nil until it is needed
	waiting    waiting
	phi        []float32 // the features to predict by
}

// New returns a classifier without samples.
func New(opt Options) (*Classifier, error) {
	if opt.Lambda == 0 {
		opt.Lambda = DefaultLambda
	}
	if err := opt.validate(); err != nil {
		return nil, err
	}
	return newClassifier(opt, newTriangle[int32](simd.PaddedLen(opt.Features))), nil
}

// newClassifier returns a classifier without the memory to compute features.
func newClassifier(opt Options, gram triangle[int32]) *Classifier {
	return &Classifier{opt: opt, gram: gram, diagonal: make([]uint32, gram.width), pool: simd.NewPool(1)}
}

func (o *Options) validate() error {
	switch {
	case o.Inputs < 1 || o.Inputs > MaxInputs:
		return fmt.Errorf("%w: %d inputs, want 1…%d", ErrOptions, o.Inputs, MaxInputs)
	case o.Features < MinFeatures || o.Features > MaxFeatures:
		return fmt.Errorf("%w: %d features, want %d…%d", ErrOptions, o.Features, MinFeatures, MaxFeatures)
	case o.Inputs*o.Features > MaxWeights:
		return fmt.Errorf("%w: %d features of %d inputs, want a product of at most %d", ErrOptions, o.Features, o.Inputs, MaxWeights)
	case o.Width < 0 || o.Width > 0 && o.Inputs%o.Width != 0:
		return fmt.Errorf("%w: %d inputs in rows of %d", ErrOptions, o.Inputs, o.Width)
	case !(o.Lambda >= MinLambda && o.Lambda <= MaxLambda):
		return fmt.Errorf("%w: λ is %v, want %v…%v", ErrOptions, o.Lambda, float64(MinLambda), float64(MaxLambda))
	}
	return nil
}

// prepare makes the memory that computing features takes.
func (c *Classifier) prepare() {
	if c.projection == nil {
		c.projection = newProjection(&c.opt)
		c.waiting = newWaiting(c.gram.width)
		c.phi = make([]float32, c.gram.width)
	}
}

// SetPool makes the threads of pool do the work. The pool must stay open while c
// is in use, and be used by nobody else meanwhile. Results do not depend on it.
func (c *Classifier) SetPool(pool *simd.Pool) {
	if pool != nil {
		c.pool = pool
	}
}

// Options returns the options, with λ as it is.
func (c *Classifier) Options() Options { return c.opt }

// Classes returns the number of classes: the highest label that any sample has,
// plus one.
func (c *Classifier) Classes() int { return len(c.counts) }

// Count returns the number of samples of a class.
func (c *Classifier) Count(label int) uint64 {
	if label < 0 || label >= len(c.counts) {
		return 0
	}
	return c.counts[label]
}

// Samples returns the number of samples, unlabelled ones included.
func (c *Classifier) Samples() uint64 { return c.samples }

// Behind returns how many samples came, went or got another label since the
// solution that Predict uses.
func (c *Classifier) Behind() uint64 { return c.behind }

// Bytes returns the length of what AppendBinary appends: all that must be kept.
func (c *Classifier) Bytes() int {
	columns := 0
	for _, s := range c.sums {
		if s != nil {
			columns++
		}
	}
	f := c.opt.Features
	return headerBytes + storedCount*len(c.counts) + 4*(f*(f+1)/2+columns*f) + sumBytes
}

// Memory returns the bytes of memory that c takes now. Solve takes, while it runs,
// somewhat more than 2·F² bytes besides.
func (c *Classifier) Memory() int {
	n := 4*(c.gram.len()+len(c.diagonal)+len(c.phi)) + 8*len(c.counts) + c.waiting.bytes()
	for _, s := range c.sums {
		n += 4 * len(s)
	}
	for _, w := range c.weights {
		n += 4 * len(w)
	}
	if c.projection != nil {
		n += c.projection.bytes()
	}
	return n
}

// check tells whether x, of inputs 0…1, can have a label.
func (c *Classifier) check(x []float32, label int) error {
	if err := checkLabel(label); err != nil {
		return err
	}
	return c.checkInputs(x)
}

func checkLabel(label int) error {
	if label < Unlabelled || label >= model.MaxClasses {
		return fmt.Errorf("%w: label %d, want 0…%d, or %d for none", ErrSample, label, model.MaxClasses-1, Unlabelled)
	}
	return nil
}

func (c *Classifier) checkInputs(x []float32) error {
	if len(x) != c.opt.Inputs {
		return fmt.Errorf("%w: %d inputs, the ridge classifier has samples of %d", ErrSample, len(x), c.opt.Inputs)
	}
	for i, v := range x {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("%w: input %d is %v, want 0…1", ErrSample, i, v)
		}
	}
	return nil
}

// maxSum is the largest sum of products.
const maxSum = math.MaxUint32
