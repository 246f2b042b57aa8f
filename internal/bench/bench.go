package bench

import (
	"context"
	goruntime "runtime"
	"slices"
	"time"

	"github.com/pffedge/pffedge/simd"
)

// Shape is the size of an operation: M rows of activations, K×N weights. Row
// operations have M rows of N values, and no K.
type Shape struct{ M, K, N int }

// Case is an operation at one shape.
type Case struct {
	Operation *Operation
	Shape     Shape
}

// Result is what was measured of one case on one implementation.
type Result struct {
	ISA     simd.ISA `json:"isa"`
	Op      string   `json:"op"`
	DType   string   `json:"dtype"`
	M       int      `json:"m"`
	K       int      `json:"k"`
	N       int      `json:"n"`
	Threads int      `json:"threads"`
	Seconds float64  `json:"seconds"` // of a call: the median
	// GFlops counts, in 10⁹ a second, arithmetic operations, two a
	// multiply-add; those of an update are its gradient's alone.
	GFlops       float64 `json:"gflops"`
	PeakFraction float64 `json:"peak_fraction"` // of Peak
	VsGeneric    float64 `json:"vs_generic"`    // how many times faster than pure Go
	Spread       float64 `json:"spread"`        // interquartile range of the samples in proportion to their median
	GBps         float64 `json:"gbps"`          // 10⁹ bytes of operands read or written a second
	Bound        Bound   `json:"bound"`
	Peak         float64 `json:"peak"` // in GFlops, or in GBps where Bound is Read
	Samples      int     `json:"samples"`
}

// Plan says what to measure, and how long.
type Plan struct {
	ISAs    []simd.ISA
	Threads int
	Time    time.Duration // of samples, for a case on one implementation; slow ones take longer
	Cases   []Case
}

// Run measures case by case and hands the results of each, one an
// implementation in the order of the plan, to emit. It calls starting before
// each case. When ctx ends it drops the case at hand and returns ctx's error.
//
// It switches the implementation in use, and switches back: nothing else may
// compute at the same time.
func (p Plan) Run(ctx context.Context, starting func(done int, c Case), emit func([]Result) error) error {
	before := simd.Active()
	defer simd.Use(before)
	pool := simd.NewPool(p.Threads)
	defer pool.Close()
	peaks := newPeaks(pool)
	for i, c := range p.Cases {
		starting(i, c)
		results, err := p.measure(ctx, peaks, c)
		if err != nil {
			return err
		}
		if err := emit(results); err != nil {
			return err
		}
	}
	return nil
}

// measure measures one case. Pure Go takes part in any case: the others are
// compared with it.
func (p Plan) measure(ctx context.Context, peaks *peaks, c Case) ([]Result, error) {
	w := c.Operation.prepare(peaks.pool, c.Shape)
	goruntime.GC() // now, not while the clock runs
	isas := p.ISAs
	if !slices.Contains(isas, simd.Generic) {
		isas = append([]simd.ISA{simd.Generic}, isas...)
	}
	series, err := sample(ctx, peaks, &w, isas, p.Time)
	if err != nil {
		return nil, err
	}
	var results []Result
	for _, isa := range p.ISAs {
		results = append(results, c.result(&w, series[isa], series[simd.Generic], isa, peaks.pool.Threads()))
	}
	return results, nil
}

func (c Case) result(w *workload, own, generic *series, isa simd.ISA, threads int) Result {
	r := Result{
		ISA: isa, Op: c.Operation.Name, DType: c.Operation.DType, M: c.Shape.M, K: c.Shape.K, N: c.Shape.N, Threads: threads,
		Seconds: median(own.seconds), Spread: spread(own.seconds), Samples: len(own.seconds), Bound: w.bound, Peak: median(own.peaks) / 1e9,
	}
	r.GFlops, r.GBps = w.ops/r.Seconds/1e9, w.bytes/r.Seconds/1e9
	r.VsGeneric = median(generic.seconds) / r.Seconds
	r.PeakFraction = r.GFlops / r.Peak
	if w.bound == Read {
		r.PeakFraction = r.GBps / r.Peak
	}
	return r
}
