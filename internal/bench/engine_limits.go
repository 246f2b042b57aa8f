package bench

import (
	"time"

	"github.com/pffedge/pffedge/simd"
)

// limits samples what the machine can do at most, between samples of an
// engine.
type limits struct {
	pool    *simd.Pool
	peaks   *peaks
	near    *stream // over as much as the weights and their moments
	far     *stream // over more than the caches hold
	product workload

	gemm, fma []float64 // operations a second
	stream    []float64 // bytes a second
	memory    []float64 // the same
}

// largeProduct is a product that a core computes at its full speed: a
// billion operations, its weights in a second-level cache or a third-level one.
var largeProduct = Shape{512, 1024, 1024}

// newLimits measures beside weights and moments of so many bytes.
func newLimits(threads int, learnt float64) *limits {
	pool := simd.NewPool(threads)
	return &limits{pool: pool, peaks: newPeaks(pool), near: newStream(streamValues(learnt)), far: newStream(farValues()), product: gemm(pool, largeProduct)}
}

// measure takes one sample of each limit.
func (l *limits) measure() {
	l.gemm = append(l.gemm, rate(l.product.ops, l.product.run))
	l.fma = append(l.fma, l.peaks.sample(simd.Active(), &workload{bound: FMA}))
	l.stream = append(l.stream, l.near.rate(l.pool))
	l.memory = append(l.memory, l.far.rate(l.pool))
}

// rate returns how much a second run does of amount a call. One call before
// the clock starts brings what it needs into the caches.
func rate(amount float64, run func()) float64 {
	run()
	calls, start := 0, time.Now()
	for calls == 0 || time.Since(start) < sampleTime {
		run()
		calls++
	}
	return amount * float64(calls) / max(time.Since(start), 1).Seconds()
}

// describe adds what the batches' seconds say, beside the limits measured in
// between.
func (l *limits) describe(r *EngineResult, seconds []float64) {
	r.BatchSeconds, r.BatchSpread, r.BatchSamples = median(seconds), spread(seconds), len(seconds)
	r.SampleSeconds = r.BatchSeconds / float64(r.Batch)
	r.GFlops = 2 * r.BatchWork / r.BatchSeconds / 1e9
	r.GemmPeak, r.FMAPeak = median(l.gemm)/1e9, median(l.fma)/1e9
	r.GemmPeakFraction, r.FMAPeakFraction = r.GFlops/r.GemmPeak, r.GFlops/r.FMAPeak
	r.StreamGBps = median(l.stream) / 1e9
	r.TrafficSeconds = r.UpdateBytes / r.StreamGBps / 1e9
	r.TrafficBoundRatio = r.BatchSeconds / r.TrafficSeconds
	r.MemoryGBps = median(l.memory) / 1e9
	r.MemoryBoundRatio = r.BatchSeconds * r.MemoryGBps * 1e9 / r.UpdateBytes
}
