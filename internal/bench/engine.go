package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/pffedge/pffedge/internal/machine"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// EngineResult is what was measured of an engine. Rates count, in 10⁹ a second,
// two operations a multiply-add that the algorithm needs: see LearnWork.
type EngineResult struct {
	Preset     string   `json:"preset"`
	Hidden     []int    `json:"hidden"`
	Inputs     int      `json:"inputs"`
	Classes    int      `json:"classes"`
	Batch      int      `json:"batch"` // positive samples
	Rounds     int      `json:"rounds"`
	Generative bool     `json:"generative"`
	Seed       uint64   `json:"seed"`
	Threads    int      `json:"threads"`
	ISA        simd.ISA `json:"isa"`

	BatchSeconds  float64 `json:"batch_seconds"` // of learning one: the median
	BatchSpread   float64 `json:"batch_spread"`  // interquartile range in proportion to it
	BatchSamples  int     `json:"batch_samples"` // times that it was measured
	SampleSeconds float64 `json:"sample_seconds"`
	BatchWork     float64 `json:"batch_work"` // multiply-adds
	GFlops        float64 `json:"gflops"`

	GemmPeak         float64 `json:"gemm_peak"`          // GFLOP/s of this program's own large product, GemmF32
	GemmPeakFraction float64 `json:"gemm_peak_fraction"` // GFlops/GemmPeak
	FMAPeak          float64 `json:"fma_peak"`           // GFLOP/s of multiply-adds on nothing but registers
	FMAPeakFraction  float64 `json:"fma_peak_fraction"`  // GFlops/FMAPeak

	UpdateBytes       float64 `json:"update_bytes"`        // that a batch's updates move: see UpdateBytes
	StreamGBps        float64 `json:"stream_gbps"`         // 10⁹ bytes a second of reading and writing as much memory
	TrafficSeconds    float64 `json:"traffic_seconds"`     // UpdateBytes at that rate
	TrafficBoundRatio float64 `json:"traffic_bound_ratio"` // BatchSeconds/TrafficSeconds
	MemoryGBps        float64 `json:"memory_gbps"`         // 10⁹ bytes a second of reading and writing more than the caches hold
	MemoryBoundRatio  float64 `json:"memory_bound_ratio"`  // as TrafficBoundRatio, at that rate

	BatchAllocs     float64 `json:"batch_allocs"`      // allocations a batch
	BatchAllocBytes float64 `json:"batch_alloc_bytes"` // bytes allocated a batch

	Predict       map[runtime.Method]Calls `json:"predict"`        // seconds a call: medians
	PredictSpread map[runtime.Method]Calls `json:"predict_spread"` // interquartile ranges in proportion to them
	PredictAllocs map[runtime.Method]Calls `json:"predict_allocs"` // allocations a call
	PredictGFlops map[runtime.Method]Calls `json:"predict_gflops"` // of methods whose work does not depend on the samples

	ReadoutReadRatio float64 `json:"readout_read_ratio"` // seconds of the read-out of one sample in proportion to reading its weights once

	PeakMemory int64 `json:"peak_memory"` // most bytes of the process while learning and predicting; 0 where unknown
}

// Calls holds a figure of calls with 1, 10 and 100 samples.
type Calls struct {
	B1   float64 `json:"b1"`
	B10  float64 `json:"b10"`
	B100 float64 `json:"b100"`
}

// callSizes are the numbers of samples in a call.
var callSizes = []int{1, 10, 100}

// set sets the figure of calls with that many samples.
func (c *Calls) set(samples int, v float64) {
	*map[int]*float64{1: &c.B1, 10: &c.B10, 100: &c.B100}[samples] = v
}

// of returns the figure of calls with that many samples.
func (c Calls) of(samples int) float64 {
	return map[int]float64{1: c.B1, 10: c.B10, 100: c.B100}[samples]
}

// EnginePlan says which engine to measure.
type EnginePlan struct {
	Config   model.Config // but for its input and classes
	Inputs   int
	Classes  int
	Settings runtime.Settings // but for its epochs
	Threads  int
	Time     time.Duration // of samples, for each figure; slow calls take longer
}

// Complete fills in what the configuration and the settings lack, and reports
// what is wrong with them.
func (p *EnginePlan) Complete() error {
	if p.Inputs < 1 || p.Inputs > model.MaxFeatures || p.Classes < 2 || p.Classes > model.MaxClasses {
		return fmt.Errorf("%d inputs and %d classes, want 1…%d and 2…%d", p.Inputs, p.Classes, model.MaxFeatures, model.MaxClasses)
	}
	p.Config.Input, p.Config.Classes = inputOf(p.Inputs), classNames(p.Classes)
	p.Settings.Epochs = endless
	p.Settings.GenerativeFrom = 0 // what is counted is done from the first batch on
	if err := p.Config.Validate(); err != nil {
		return err
	}
	return p.Settings.Validate()
}

// endless is more epochs than any measurement takes: rates stay at the start of
// their schedule.
const endless = 1 << 20

// Run measures the engine of a complete plan. It tells starting what comes
// next, and returns ctx's error when that ends first.
func (p *EnginePlan) Run(ctx context.Context, starting func(what string)) (*EngineResult, error) {
	starting("a new network")
	e, err := p.open()
	if err != nil {
		return nil, err
	}
	defer e.close()
	r := p.describe()
	if err := e.warmUp(ctx); err != nil {
		return nil, err
	}
	r.PeakMemory = machine.PeakMemory() // before the measurement's own memory
	e.prepare(bytesOfUpdate(&p.Settings) / 2 * learntWeights(&p.Config, &p.Settings))
	starting("learning")
	if err := e.learning(ctx, r); err != nil {
		return nil, err
	}
	for _, method := range runtime.Methods() {
		for _, samples := range callSizes {
			starting(fmt.Sprintf("predicting %d by %s", samples, method))
			if err := e.predicting(ctx, r, method, samples); err != nil {
				return nil, err
			}
		}
	}
	return r, nil
}

func (p *EnginePlan) describe() *EngineResult {
	return &EngineResult{
		Preset: p.Settings.Preset, Hidden: p.Config.Hidden, Inputs: p.Inputs, Classes: p.Classes, Batch: p.Settings.Batch,
		Rounds: p.Config.Rounds, Generative: p.Settings.Generative, Seed: p.Settings.Seed, Threads: p.Threads, ISA: simd.Active(),
		BatchWork: LearnWork(&p.Config, &p.Settings), UpdateBytes: UpdateBytes(&p.Config, &p.Settings),
		Predict: map[runtime.Method]Calls{}, PredictSpread: map[runtime.Method]Calls{},
		PredictAllocs: map[runtime.Method]Calls{}, PredictGFlops: map[runtime.Method]Calls{},
	}
}
