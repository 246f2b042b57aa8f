package evaluate

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// ErrJudge: the judge predicts other classes or takes other inputs than the
// model that it is to judge.
var ErrJudge = errors.New("the judge does not fit the model")

// Generation says how well a separately trained model, the judge, recognises
// what a model reconstructs and imagines.
type Generation struct {
	// Reconstructed is the share of a labelled set's reconstructions that the
	// judge takes for the sample's class.
	Reconstructed float64 `json:"reconstructed_recognised"`
	// Imagined is the share of imagined samples that the judge takes for the
	// class they were asked for; Each were imagined of each class.
	Imagined float64 `json:"imagined_recognised"`
	Each     int     `json:"imagined_of_each"`
	// Diversity is the mean Euclidean distance between two imagined samples of
	// a class over that between two real ones, averaged over the classes.
	Diversity float64 `json:"diversity"`
}

// Generate measures what s reconstructs and imagines by the judge's goodness:
// the first limit samples of set, all if limit is 0, and each samples of each
// class that has at least two in the set.
func Generate(ctx context.Context, s, judge *runtime.Session, set runtime.Samples, limit, each int, seed uint64) (*Generation, error) {
	if err := fits(s, judge); err != nil {
		return nil, err
	}
	g := &Generation{Each: each}
	real := make([][][]float32, len(s.Model().Config.Classes))
	var right, total int
	images := simd.NewMatrix(s.AtOnce(), s.Model().Config.Input.Size())
	err := eachBlock(s, set, limit, func(x simd.Matrix, labels []int) error {
		for r, label := range labels {
			if len(real[label]) < each {
				real[label] = append(real[label], slices.Clone(x.Row(r)))
			}
		}
		y := images.Slice(0, x.Rows)
		if err := s.Reconstruct(ctx, y, x); err != nil {
			return err
		}
		n, err := recognised(ctx, judge, y, func(r int) int { return labels[r] })
		right, total = right+n, total+x.Rows
		return err
	})
	if err != nil {
		return nil, err
	}
	g.Reconstructed = float64(right) / float64(max(total, 1))
	return g, g.imagine(ctx, s, judge, real, seed)
}

// fits tells whether judge can recognise what s shows.
func fits(s, judge *runtime.Session) error {
	a, b := &s.Model().Config, &judge.Model().Config
	switch {
	case !slices.Equal(a.Classes, b.Classes):
		return fmt.Errorf("%w: classes %.60v instead of %.60v", ErrJudge, b.Classes, a.Classes)
	case a.Input.String() != b.Input.String() || a.Input.Size() != b.Input.Size():
		return fmt.Errorf("%w: it takes %s instead of %s", ErrJudge, b.Input, a.Input)
	}
	return nil
}

// imagine imagines samples of every class and compares them with real ones.
func (g *Generation) imagine(ctx context.Context, s, judge *runtime.Session, real [][][]float32, seed uint64) error {
	x := simd.NewMatrix(g.Each, s.Model().Config.Input.Size())
	var right, classes int
	for class, samples := range real {
		apart := spread(samples)
		if apart == 0 {
			continue
		}
		if err := s.Imagine(ctx, x, class, seed); err != nil {
			return fmt.Errorf("imagine %s: %w", s.Model().Config.Classes[class], err)
		}
		n, err := recognised(ctx, judge, x, func(int) int { return class })
		if err != nil {
			return err
		}
		right, classes = right+n, classes+1
		g.Diversity += spread(rows(x)) / apart
	}
	g.Imagined = float64(right) / float64(max(classes*g.Each, 1))
	g.Diversity /= float64(max(classes, 1))
	return nil
}

// recognised counts the rows of x that judge takes for their class.
func recognised(ctx context.Context, judge *runtime.Session, x simd.Matrix, class func(r int) int) (int, error) {
	p, err := judge.Predict(ctx, x, runtime.Goodness)
	right := 0
	for r := range p.Rows {
		if best, _ := runtime.Best(p.Row(r)); best == class(r) {
			right++
		}
	}
	return right, err
}

// spread returns the mean Euclidean distance between two of the samples, 0 if
// there are not two.
func spread(samples [][]float32) float64 {
	var sum float64
	for i, x := range samples {
		for _, y := range samples[:i] {
			sum += math.Sqrt(SquaredError(x, y))
		}
	}
	pairs := len(samples) * (len(samples) - 1) / 2
	return sum / float64(max(pairs, 1))
}

func rows(x simd.Matrix) [][]float32 {
	list := make([][]float32, x.Rows)
	for r := range list {
		list[r] = x.Row(r)
	}
	return list
}
