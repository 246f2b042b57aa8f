package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/simd"
)

// tiny are shapes that take no time: one row and several, with rests.
var tiny = []Shape{{1, 37, 35}, {7, 37, 35}}

func tinyPlan(t *testing.T, names ...string) Plan {
	t.Helper()
	operations, err := Find(names)
	require.NoError(t, err)
	return Plan{ISAs: simd.Usable(), Threads: 1, Time: time.Microsecond, Cases: Cases(operations, tiny)}
}

func ignore(int, Case) {}

func results(t *testing.T, p Plan) (all []Result) {
	t.Helper()
	require.NoError(t, p.Run(t.Context(), ignore, func(r []Result) error {
		all = append(all, r...)
		return nil
	}))
	return all
}

// TestEveryOperation measures all of them on all implementations.
func TestEveryOperation(t *testing.T) {
	before := simd.Active()
	p := tinyPlan(t)
	all := results(t, p)
	require.Len(t, all, len(p.Cases)*len(p.ISAs))
	require.Equal(t, before, simd.Active(), "the choice is restored")
	for i, r := range all {
		c := p.Cases[i/len(p.ISAs)]
		require.Equal(t, p.ISAs[i%len(p.ISAs)], r.ISA)
		require.Equal(t, c.Operation.Name, r.Op)
		require.Equal(t, c.Shape, Shape{r.M, r.K, r.N})
		require.Equal(t, 1, r.Threads)
		for name, v := range map[string]float64{
			"seconds": r.Seconds, "gflops": r.GFlops, "peak": r.Peak, "fraction": r.PeakFraction, "vs generic": r.VsGeneric, "gbps": r.GBps,
		} {
			require.True(t, v > 0 && v < math.MaxFloat64, "%+v: %s", r, name)
		}
		require.GreaterOrEqual(t, r.Spread, 0.0)
		require.GreaterOrEqual(t, r.Samples, slowSamples)
		if r.ISA == simd.Generic {
			require.EqualValues(t, 1, r.VsGeneric)
		}
	}
}

func TestBounds(t *testing.T) {
	for _, c := range tinyPlan(t).Cases {
		w := c.Operation.prepare(simd.NewPool(1), c.Shape)
		want := FMA
		switch {
		case c.Shape.M == 1 || c.Shape.K == 0 || c.Operation.Name == "gather-add":
			want = Read
		case c.Operation.Name == "gemm-i8":
			want = Dot
		}
		require.Equal(t, want, w.bound, "%s %+v", c.Operation.Name, c.Shape)
		require.NotEmpty(t, w.memory)
	}
}

// TestCounts pins what a call counts for.
func TestCounts(t *testing.T) {
	pool := simd.NewPool(1)
	counts := func(name string, s Shape) (ops, bytes float64) {
		found, err := Find([]string{name})
		require.NoError(t, err)
		w := found[0].prepare(pool, found[0].fit(s))
		return w.ops, w.bytes
	}
	s := Shape{16, 16, 16} // no padding, but for the rows of 16 values on strides of 16
	for name, want := range map[string][2]float64{
		"gemm": {2 * 4096, 4 * 3 * 256}, "gemm-nt": {2 * 4096, 4 * 3 * 256}, "gemm-t": {2 * 4096, 4 * 3 * 256},
		"update": {2 * 4096, 4 * 8 * 256}, "update-16": {2 * 4096, 4 * 6 * 256}, "update-8": {2 * 4096, 4 * 5 * 256}, "update-sgd": {2 * 4096, 4 * 4 * 256},
		"step": {7 * 256, 12 * 256}, "adam": {16 * 256, 28 * 256}, "dot": {2 * 256, 8 * 256}, "quantize": {2 * 256, 5 * 256},
	} {
		ops, bytes := counts(name, s)
		require.Equal(t, want, [2]float64{ops, bytes}, name)
	}
	ops, _ := counts("gemm-i8", s)
	require.EqualValues(t, 2*4096, ops)
	ops, _ = counts("gemm-sparse", Shape{64, 500, 32})
	require.EqualValues(t, 2*100*32, ops, "a fifth of one row")
	ops, _ = counts("block-add", Shape{4, 999, 50})
	require.EqualValues(t, 2*4*10*50, ops)
}

func TestOneISAIsComparedWithPureGo(t *testing.T) {
	p := tinyPlan(t, "gemm")
	p.ISAs = p.ISAs[len(p.ISAs)-1:]
	for _, r := range results(t, p) {
		require.Equal(t, p.ISAs[0], r.ISA)
		require.Positive(t, r.VsGeneric)
	}
}

func TestThreads(t *testing.T) {
	p := tinyPlan(t, "gemm", "step", "gemm-i8")
	p.Threads = 3
	for _, r := range results(t, p) {
		require.Equal(t, 3, r.Threads)
		require.Positive(t, r.PeakFraction)
	}
}

// TestPeakOfThreads: the loops' work adds up over the threads.
func TestPeakOfThreads(t *testing.T) {
	x := make([]byte, 6*1<<14) // whole blocks for one thread, two and three
	for threads := 1; threads <= 3; threads++ {
		pool := simd.NewPool(threads)
		p := newPeaks(pool)
		p.task.loop, p.task.memory = loop{simd.Generic, Read}, [][]byte{x, x[:192]}
		done, _ := p.run(3)
		require.EqualValues(t, 3*(len(x)+192), done, "bytes are shared out")
		p.task.loop = loop{simd.Generic, FMA}
		one, _ := newPeaks(simd.NewPool(1)).run(0)
		require.Zero(t, one)
		done, _ = p.run(5)
		require.EqualValues(t, threads*5*2*12, done, "each thread multiplies")
		pool.Close()
	}
}

func TestStopsBetweenSamples(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p, emitted := tinyPlan(t, "gemm", "dot"), 0
	err := p.Run(ctx, func(done int, _ Case) {
		if done == 2 {
			cancel()
		}
	}, func([]Result) error {
		emitted++
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 2, emitted)
}

func TestStopsWhereNobodyTakesResults(t *testing.T) {
	full := errors.New("full")
	require.ErrorIs(t, tinyPlan(t, "dot").Run(t.Context(), ignore, func([]Result) error { return full }), full)
}

func TestCalibrate(t *testing.T) {
	calls := 0
	w := &workload{run: func() { calls++; time.Sleep(2 * time.Millisecond) }}
	s := calibrate(w, 100*time.Microsecond)
	require.Equal(t, slowSamples, s.want)
	require.Len(t, s.seconds, 1, "a slow call counts")
	require.Equal(t, 1, calls)

	w = &workload{run: func() { time.Sleep(2 * time.Millisecond) }}
	s = calibrate(w, time.Second)
	require.Equal(t, 1, s.batch)
	require.Empty(t, s.seconds)
	require.Greater(t, s.want, slowSamples)
	require.LessOrEqual(t, s.want, mostSamples)

	w = &workload{run: func() {}}
	s = calibrate(w, time.Second)
	require.Greater(t, s.batch, 100)
	require.Equal(t, mostSamples, s.want)
}

func TestStatistics(t *testing.T) {
	require.EqualValues(t, 3, median([]float64{9, 1, 3}))
	require.EqualValues(t, 2.5, median([]float64{4, 1, 3, 2}))
	require.EqualValues(t, 7, median([]float64{7}))
	require.EqualValues(t, 0.5, spread([]float64{1, 2, 3, 2, 4}), "quartiles 2 and 3 around 2")
	require.Zero(t, spread([]float64{5, 5, 5}))
}

func TestFindAndCases(t *testing.T) {
	all, err := Find(nil)
	require.NoError(t, err)
	require.Len(t, all, len(Names()))
	found, err := Find([]string{"step", "gemm", "step"})
	require.NoError(t, err)
	require.Equal(t, []string{"gemm", "step"}, []string{found[0].Name, found[1].Name})
	_, err = Find([]string{"gemm", "gem"})
	require.ErrorContains(t, err, `"gem"`)
	for _, name := range Names() {
		require.ErrorContains(t, err, name)
	}
	sorted := slices.Clone(Names())
	slices.Sort(sorted)
	require.Len(t, slices.Compact(sorted), len(Names()), "no name twice")

	usual := Cases(found, nil)
	require.Len(t, usual, len(batches)*len(sizes)+len(rowShapes))
	require.Len(t, Cases(found, []Shape{{2, 3, 4}, {2, 3, 4}, {2, 5, 4}}), 3, "rows have no inner size")
}

func TestTable(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, Table(&b, nil))
	require.Empty(t, b.String())
	require.NoError(t, Table(&b, []Result{
		{ISA: "generic", Op: "gemm", M: 64, K: 500, N: 2000, Seconds: 0.0285, GFlops: 4.491, PeakFraction: 0.371, VsGeneric: 1, Spread: 0.0123, Bound: FMA, Peak: 12.1},
		{ISA: "avx2", Op: "gemm", M: 1, K: 500, N: 2000, Seconds: 18.8e-6, GFlops: 106.4, GBps: 212.8, PeakFraction: 1.0036, VsGeneric: 152.3, Bound: Read, Peak: 212},
	}))
	require.Equal(t, `
gemm (float32): dst = a·b
 m    k     n  kernels     time     ±  GFLOP/s  GB/s  of peak              peak   ×Go
64  500  2000  generic  28.5 ms  1.2%     4.49     –    37.1%  fma 12.1 GFLOP/s  1.00
 1  500  2000     avx2  18.8 µs  0.0%      106   213   100.4%     read 212 GB/s   152
`, b.String())
	b.Reset()
	require.NoError(t, Table(&b, []Result{{ISA: "avx2", Op: "quantize", M: 1, N: 500, Seconds: 87e-9, Bound: Read}}))
	require.Contains(t, b.String(), "quantize (int8): ")
	require.Contains(t, b.String(), "GOP/s")
	require.Regexp(t, `(?m)^1  –  500     avx2  87 ns`, b.String())
}

func TestResultKeys(t *testing.T) {
	b, err := json.Marshal(Result{})
	require.NoError(t, err)
	require.JSONEq(t, `{"isa": "", "op": "", "dtype": "", "m": 0, "k": 0, "n": 0, "threads": 0, "seconds": 0, "gflops": 0, "peak_fraction": 0,
		"vs_generic": 0, "spread": 0, "gbps": 0, "bound": "", "peak": 0, "samples": 0}`, string(b))
}
