package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// tinyEngine is a complete plan that takes no time.
func tinyEngine(t *testing.T, preset string, change func(p *EnginePlan)) *EnginePlan {
	t.Helper()
	set, c, err := runtime.Preset(preset)
	require.NoError(t, err)
	c.Hidden, set.Batch = []int{20, 30}, 7
	p := &EnginePlan{Config: c, Settings: set, Inputs: 50, Classes: 3, Threads: 1, Time: time.Microsecond}
	if change != nil {
		change(p)
	}
	require.NoError(t, p.Complete())
	return p
}

func TestEngine(t *testing.T) {
	for _, preset := range runtime.Presets() {
		for threads := 1; threads <= 2; threads++ {
			p := tinyEngine(t, preset, func(p *EnginePlan) { p.Threads = threads })
			told := []string{}
			r, err := p.Run(t.Context(), func(what string) { told = append(told, what) })
			require.NoError(t, err)
			require.Len(t, told, 2+3*len(runtime.Methods()))
			require.Equal(t, []any{preset, []int{20, 30}, 50, 3, 7, threads, simd.Active()},
				[]any{r.Preset, r.Hidden, r.Inputs, r.Classes, r.Batch, r.Threads, r.ISA})
			for name, v := range map[string]float64{
				"batch": r.BatchSeconds, "sample": r.SampleSeconds, "work": r.BatchWork, "gflops": r.GFlops, "gemm": r.GemmPeak,
				"of gemm": r.GemmPeakFraction, "fma": r.FMAPeak, "of fma": r.FMAPeakFraction, "bytes": r.UpdateBytes, "stream": r.StreamGBps,
				"traffic": r.TrafficSeconds, "bound": r.TrafficBoundRatio, "memory": r.MemoryGBps, "memory bound": r.MemoryBoundRatio, "read": r.ReadoutReadRatio,
			} {
				require.True(t, v > 0 && v < math.MaxFloat64, "%s: %v", name, v)
			}
			require.InEpsilon(t, r.BatchSeconds, 7*r.SampleSeconds, 1e-9)
			require.InEpsilon(t, r.GFlops, 2*r.BatchWork/r.BatchSeconds/1e9, 1e-9)
			require.InEpsilon(t, r.TrafficBoundRatio, r.BatchSeconds*r.StreamGBps*1e9/r.UpdateBytes, 1e-9)
			require.GreaterOrEqual(t, r.BatchSamples, slowSamples)
			require.Len(t, r.Predict, len(runtime.Methods()))
			for _, method := range runtime.Methods() {
				for _, n := range callSizes {
					require.Positive(t, r.Predict[method].of(n), "%s %d", method, n)
				}
			}
			require.Positive(t, r.PredictGFlops[runtime.Goodness].B100)
		}
	}
}

// TestEngineKeys pins the names that programs read.
func TestEngineKeys(t *testing.T) {
	b, err := json.Marshal(EngineResult{Predict: map[runtime.Method]Calls{runtime.Readout: {B1: 1, B10: 2, B100: 3}}})
	require.NoError(t, err)
	var o map[string]any
	require.NoError(t, json.Unmarshal(b, &o))
	for _, key := range []string{"batch_seconds", "sample_seconds", "gflops", "gemm_peak", "gemm_peak_fraction", "fma_peak_fraction",
		"traffic_bound_ratio", "batch_allocs", "predict_allocs", "peak_memory", "readout_read_ratio"} {
		require.Contains(t, o, key)
	}
	require.Equal(t, map[string]any{"readout": map[string]any{"b1": 1.0, "b10": 2.0, "b100": 3.0}}, o["predict"])
}

func TestEngineIsRefused(t *testing.T) {
	for name, change := range map[string]func(p *EnginePlan){
		"inputs": func(p *EnginePlan) { p.Inputs = 0 }, "too many inputs": func(p *EnginePlan) { p.Inputs = 1 << 30 },
		"classes": func(p *EnginePlan) { p.Classes = 1 }, "batch": func(p *EnginePlan) { p.Settings.Batch = 0 },
		"hidden": func(p *EnginePlan) { p.Config.Hidden = nil }, "rounds": func(p *EnginePlan) { p.Config.Rounds = 0 },
	} {
		p := tinyEngine(t, "fast", nil)
		change(p)
		require.Error(t, p.Complete(), name)
	}
}

func TestEngineStops(t *testing.T) {
	for after := range 4 {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := tinyEngine(t, "fast", nil).Run(ctx, func(string) {
			if after--; after < 0 {
				cancel()
			}
		})
		require.ErrorIs(t, err, context.Canceled)
	}
}

// TestPatterns: sparse, each class its own, the same for the same seed.
func TestPatterns(t *testing.T) {
	p := newPatterns(100, 4, 10_000, 3)
	require.Equal(t, 10_000, p.Len())
	require.Equal(t, p.x, newPatterns(100, 4, 1, 3).x)
	require.NotEqual(t, p.x, newPatterns(100, 4, 1, 4).x)
	lit := 0
	for _, v := range p.x {
		require.True(t, v == 0 || v >= 0.2 && v <= 1)
		if v != 0 {
			lit++
		}
	}
	require.InDelta(t, 0.18, float64(lit)/float64(len(p.x)), 0.01)
	x, y := make([]float32, 100), make([]float32, 100)
	require.Equal(t, p.Sample(x, 1), p.Sample(y, 1+drawn))
	require.Equal(t, x, y)
	require.NotEqual(t, x, p.rows(2).Row(1)[:100], "never seen before")
	fresh := p.rows(20)
	for i := range fresh.Rows {
		foreign := 0
		for j, v := range fresh.Row(i) {
			if v != 0 && !slices.Contains(p.classes[i%4], j) {
				foreign++
			}
		}
		require.Equal(t, i%mixedEvery == mixedEvery-1, foreign > 0, "sample %d", i)
	}
}

// TestLesson: a sample is so many batches, the one after a pause between
// epochs counts nowhere, and the lesson ends by itself.
func TestLesson(t *testing.T) {
	pauses := 0
	l := &lesson{each: 3, want: 2, pause: func() { pauses++ }}
	l.restart()
	batches := 0
	for batch := range 100 {
		if batch == 2 {
			l.restart()
		}
		if batches++; l.learned() {
			break
		}
	}
	require.Len(t, l.seconds, 2)
	require.Equal(t, 2+(1+3)+(1+3), batches)
	require.Equal(t, 1, pauses, "one between samples")

	l = &lesson{each: 1, want: 3, pause: func() { pauses++ }, long: true}
	l.restart()
	for batches = 1; !l.learned(); batches++ {
	}
	require.Equal(t, 1+3, batches, "long batches need none before them")
	require.Equal(t, 1+2, pauses)
}

var sink []byte

func TestAllocations(t *testing.T) {
	require.EqualValues(t, 1, allocations(func() { sink = make([]byte, 1<<12) }))
	require.Zero(t, allocations(func() {}))
	a := allocationCount{}
	a.learned()
	a.restart()
	batches := 0
	for !a.learned() {
		sink = make([]byte, 1<<12)
		batches++
	}
	allocs, bytes := a.each()
	require.Equal(t, counted, batches)
	require.EqualValues(t, 1, allocs)
	require.EqualValues(t, 1<<12, bytes)
}

func TestStreamCoversItsMemory(t *testing.T) {
	require.EqualValues(t, 3000, streamValues(12000))
	require.Equal(t, farValues(), streamValues(1e12))
	require.GreaterOrEqual(t, farValues(), float64(leastFar))
	s := newStream(3000)
	require.GreaterOrEqual(t, len(s.values), 3000)
	for i := range s.values {
		s.values[i] = -0.5
	}
	s.Part(0, 2)
	s.Part(1, 2)
	for _, v := range s.values {
		require.EqualValues(t, -0.5, v, "it changes nothing")
	}
	pool := simd.NewPool(2)
	defer pool.Close()
	require.Positive(t, s.rate(pool))
}

func TestEngineTable(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, EngineTable(&b, &EngineResult{
		Preset: "fast", Hidden: []int{500, 300}, Inputs: 784, Classes: 10, Batch: 100, Rounds: 3, Threads: 2, BatchSeconds: 0.01, BatchSpread: 0.05,
		SampleSeconds: 0.0001, BatchWork: 5e8, GFlops: 100, GemmPeak: 400, GemmPeakFraction: 0.25, FMAPeak: 500, FMAPeakFraction: 0.2,
		UpdateBytes: 64 << 20, StreamGBps: 50, MemoryGBps: 25, MemoryBoundRatio: 3.72, TrafficSeconds: 0.00134, TrafficBoundRatio: 7.45, PeakMemory: 32 << 20, ReadoutReadRatio: 1.2,
		Predict:       map[runtime.Method]Calls{runtime.Goodness: {B1: 1e-4, B10: 9e-4, B100: 8e-3}, runtime.Readout: {B1: 1e-5, B10: 7e-5, B100: 6e-4}},
		PredictGFlops: map[runtime.Method]Calls{runtime.Readout: {B1: 1, B10: 2, B100: 3}},
	}))
	require.Equal(t, `network         784 inputs, hidden 500, 300, 10 classes
learning        preset fast, batches of 100, 3 rounds, no generative circuit
a batch         10.0 ms ±5.0%, 100 µs a sample
needed work     500 million multiply-adds, 100 GFLOP/s
of gemm's peak  25.0% of 400 GFLOP/s
of fma's peak   20.0% of 500 GFLOP/s
update traffic  64.0 MiB at 50.0 GB/s: 1.3 ms, the batch takes 7.45 times as long
from memory     at 25.0 GB/s, 3.72 times
allocations     0 a batch, 0 B
peak memory     32.0 MiB

predict   samples     time     ±  a sample  GFLOP/s  allocations
readout         1  10.0 µs  0.0%   10.0 µs     1.00            0
readout        10  70.0 µs  0.0%    7.0 µs     2.00            0
readout       100   600 µs  0.0%    6.0 µs     3.00            0
goodness        1   100 µs  0.0%    100 µs        –            0
goodness       10   900 µs  0.0%   90.0 µs        –            0
goodness      100   8.0 ms  0.0%   80.0 µs        –            0
read-out of one sample: 1.20 times as long as reading its weights
`, b.String())
}
