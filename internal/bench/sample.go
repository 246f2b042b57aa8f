package bench

import (
	"context"
	"time"

	"github.com/pffedge/pffedge/simd"
)

// series are the samples of one case on one implementation.
type series struct {
	seconds []float64 // of a call
	peaks   []float64 // operations or bytes a second
	batch   int       // calls in a sample
	want    int       // samples
}

// Samples of a case. Many short ones, as short as those of the peaks, leave the
// median alone where other programs interrupt some of them. A call that takes
// long is sampled less often.
const (
	mostSamples  = 40
	leastSamples = 5
	slowSamples  = 3
	slow         = 5 // times the time for all samples: what counts as long
	// A call whose data may have left the caches, since another
	// implementation's turn came, is made once before the clock starts, unless
	// it takes so long that it fills them itself in no time.
	warmBelow = 5 * time.Millisecond
)

// sample takes the samples of all implementations in turn, each after one of
// its peak.
func sample(ctx context.Context, peaks *peaks, w *workload, isas []simd.ISA, budget time.Duration) (map[simd.ISA]*series, error) {
	all := map[simd.ISA]*series{}
	for _, isa := range isas {
		if err := ready(ctx, isa); err != nil {
			return nil, err
		}
		all[isa] = calibrate(w, budget)
	}
	for round := range mostSamples {
		for _, isa := range isas {
			s := all[isa]
			if round >= s.want {
				continue
			}
			if err := ready(ctx, isa); err != nil {
				return nil, err
			}
			s.peaks = append(s.peaks, peaks.sample(isa, w))
			if len(s.seconds) <= round {
				s.seconds = append(s.seconds, s.take(w))
			}
		}
	}
	return all, nil
}

// ready switches to an implementation unless the user wants to stop.
func ready(ctx context.Context, isa simd.ISA) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return simd.Use(isa)
}

// calibrate decides how many samples of how many calls fit the budget. A call
// that takes long counts as the first.
func calibrate(w *workload, budget time.Duration) *series {
	call := timed(w, 1)
	if call >= slow*budget.Seconds() {
		return &series{seconds: []float64{call}, batch: 1, want: slowSamples}
	}
	each := min(sampleTime.Seconds(), budget.Seconds()/leastSamples)
	batch := 1
	for total := 0.0; total < each/2 && batch < 1<<24; batch *= 2 {
		total = timed(w, batch)
		call = total / float64(batch)
	}
	batch = max(int(each/call), 1)
	fit := int(budget.Seconds() / (call * float64(batch)))
	return &series{batch: batch, want: min(max(fit, leastSamples), mostSamples)}
}

// take returns the seconds of a call.
func (s *series) take(w *workload) float64 {
	if len(s.seconds) == 0 || s.seconds[0] < warmBelow.Seconds() {
		w.run()
	}
	return timed(w, s.batch) / float64(s.batch)
}

// timed returns the seconds of calls, never zero.
func timed(w *workload, calls int) float64 {
	start := time.Now()
	for range calls {
		w.run()
	}
	return max(time.Since(start), 1).Seconds()
}
