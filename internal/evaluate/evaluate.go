// Package evaluate measures how well a model predicts, reconstructs and imagines a
// labelled set.
package evaluate

import (
	"context"
	"fmt"
	"time"

	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// Result is what one method of prediction achieved on a set.
type Result struct {
	Method    runtime.Method `json:"method"`
	Samples   int            `json:"samples"`
	Correct   int            `json:"correct"`
	Accuracy  float64        `json:"accuracy"` // Correct/Samples
	Recall    []*float64     `json:"recall"`   // per class; null where the set has no sample of it
	Confusion [][]int        `json:"confusion"`
	Seconds   float64        `json:"seconds"` // spent predicting
}

// Predict measures method on the first limit samples of set, all if limit is
// 0. progress, if not nil, hears how many samples are done.
func Predict(ctx context.Context, s *runtime.Session, set runtime.Samples, method runtime.Method, limit int, progress func(done int)) (*Result, error) {
	classes := len(s.Model().Config.Classes)
	r := &Result{Method: method, Confusion: make([][]int, classes)}
	for i := range r.Confusion {
		r.Confusion[i] = make([]int, classes)
	}
	err := eachBlock(s, set, limit, func(x simd.Matrix, labels []int) error {
		begin := time.Now()
		p, err := s.Predict(ctx, x, method)
		if err != nil {
			return err
		}
		r.Seconds += time.Since(begin).Seconds()
		for i, label := range labels {
			class, _ := runtime.Best(p.Row(i))
			r.Confusion[label][class]++
		}
		r.Samples += len(labels)
		if progress != nil {
			progress(r.Samples)
		}
		return nil
	})
	r.finish()
	return r, err
}

func (r *Result) finish() {
	r.Recall = make([]*float64, len(r.Confusion))
	for c, row := range r.Confusion {
		of := 0
		for _, n := range row {
			of += n
		}
		if of > 0 {
			recall := float64(row[c]) / float64(of)
			r.Recall[c] = &recall
		}
		r.Correct += row[c]
	}
	if r.Samples > 0 {
		r.Accuracy = float64(r.Correct) / float64(r.Samples)
	}
}

// Reconstruction returns the mean over the first limit samples of set, all if
// limit is 0, of the sum of squared differences between input and
// reconstruction.
func Reconstruction(ctx context.Context, s *runtime.Session, set runtime.Samples, limit int) (float64, error) {
	var sum float64
	n := 0
	images := simd.NewMatrix(s.AtOnce(), s.Model().Config.Input.Size())
	err := eachBlock(s, set, limit, func(x simd.Matrix, labels []int) error {
		y := images.Slice(0, x.Rows)
		if err := s.Reconstruct(ctx, y, x); err != nil {
			return err
		}
		for r := range x.Rows {
			sum += SquaredError(x.Row(r), y.Row(r))
		}
		n += x.Rows
		return nil
	})
	return sum / float64(max(n, 1)), err
}

// SquaredError returns Σ (x−y)².
func SquaredError(x, y []float32) float64 {
	var sum float64
	for i, v := range x {
		d := float64(v - y[i])
		sum += d * d
	}
	return sum
}

// eachBlock hands out the samples of set block by block, as many as the
// session handles at once.
func eachBlock(s *runtime.Session, set runtime.Samples, limit int, f func(x simd.Matrix, labels []int) error) error {
	c := &s.Model().Config
	n := set.Len()
	if limit > 0 {
		n = min(n, limit)
	}
	x := s.Inputs(min(s.AtOnce(), n))
	labels := make([]int, x.Rows)
	for lo := 0; lo < n; lo += x.Rows {
		rows := min(x.Rows, n-lo)
		for r := range rows {
			labels[r] = set.Sample(x.Row(r), lo+r)
			if labels[r] < 0 || labels[r] >= len(c.Classes) {
				return fmt.Errorf("sample %d has label %d, the model has classes 0…%d", lo+r, labels[r], len(c.Classes)-1)
			}
		}
		if err := f(x.Slice(0, rows), labels[:rows]); err != nil {
			return err
		}
	}
	return nil
}
