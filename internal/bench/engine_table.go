package bench

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/runtime"
)

// EngineLegend explains an engine's figures.
const EngineLegend = `Times are medians of samples, ±: their interquartile range in proportion to it.
Rates count two operations a multiply-add that the algorithm needs after every
exact saving, whatever the engine does: its matrix products, a function of the
configuration (see internal/bench/engine_work.go); what is done value by value
and the optimiser's own arithmetic come for free. They are compared with this
program's own product of 512 rows with 1024×1024 weights (gemm) and with
multiply-adds on nothing but registers (fma), measured in between on as many
threads. The update traffic is the time that the updates take to read and write
weights and moments, at the rate of a loop that only reads and writes as much
memory, from the caches where that fits, or (from memory) more than the caches
hold: it is what learning one sample at a time (--batch 1) comes down to.
Samples are drawn patterns of a fifth of the inputs, every tenth of them half of
another class: how long auto takes, which looks closer at what it is not sure of,
depends on the samples and on what has been learnt (here some hundred batches).
`

// EngineTable prints what was measured of an engine.
func EngineTable(w io.Writer, r *EngineResult) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(title, format string, args ...any) {
		fmt.Fprintf(t, "%s\t%s\n", title, fmt.Sprintf(format, args...))
	}
	circuits := "both circuits"
	if !r.Generative {
		circuits = "no generative circuit"
	}
	line("network", "%d inputs, hidden %s, %d classes", r.Inputs, sizesOf(r.Hidden), r.Classes)
	line("learning", "preset %s, batches of %d, %d rounds, %s", r.Preset, r.Batch, r.Rounds, circuits)
	line("a batch", "%s ±%.1f%%, %s a sample", duration(r.BatchSeconds), 100*r.BatchSpread, duration(r.SampleSeconds))
	line("needed work", "%s million multiply-adds, %s GFLOP/s", figure(r.BatchWork/1e6), figure(r.GFlops))
	line("of gemm's peak", "%.1f%% of %s GFLOP/s", 100*r.GemmPeakFraction, figure(r.GemmPeak))
	line("of fma's peak", "%.1f%% of %s GFLOP/s", 100*r.FMAPeakFraction, figure(r.FMAPeak))
	line("update traffic", "%s at %s GB/s: %s, the batch takes %s times as long", show.Bytes(int64(r.UpdateBytes)), figure(r.StreamGBps), duration(r.TrafficSeconds), figure(r.TrafficBoundRatio))
	line("from memory", "at %s GB/s, %s times", figure(r.MemoryGBps), figure(r.MemoryBoundRatio))
	line("allocations", "%.0f a batch, %s", r.BatchAllocs, show.Bytes(int64(r.BatchAllocBytes)))
	line("peak memory", "%s", knownBytes(r.PeakMemory))
	if err := t.Flush(); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	if err := r.predictions().Render(w); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "read-out of one sample: %s times as long as reading its weights\n", figure(r.ReadoutReadRatio))
	return err
}

// predictions lists the calls by method and size.
func (r *EngineResult) predictions() *show.Table {
	t := &show.Table{Columns: []show.Column{
		{Title: "predict"}, {Title: "samples", Right: true}, {Title: "time", Right: true}, {Title: "±", Right: true},
		{Title: "a sample", Right: true}, {Title: "GFLOP/s", Right: true}, {Title: "allocations", Right: true},
	}}
	for _, method := range r.methods() {
		for _, n := range callSizes {
			seconds, rate := r.Predict[method].of(n), "–"
			if v, known := r.PredictGFlops[method]; known {
				rate = figure(v.of(n))
			}
			t.Add(string(method), fmt.Sprint(n), duration(seconds), fmt.Sprintf("%.1f%%", 100*r.PredictSpread[method].of(n)),
				duration(seconds/float64(n)), rate, fmt.Sprintf("%.0f", r.PredictAllocs[method].of(n)))
		}
	}
	return t
}

// methods returns the methods measured, fastest first.
func (r *EngineResult) methods() (list []runtime.Method) {
	for method := range r.Predict {
		list = append(list, method)
	}
	slices.SortFunc(list, func(a, b runtime.Method) int {
		if r.Predict[a].B1 < r.Predict[b].B1 {
			return -1
		}
		return 1
	})
	return list
}

func sizesOf(list []int) string {
	texts := make([]string, len(list))
	for i, n := range list {
		texts[i] = fmt.Sprint(n)
	}
	return strings.Join(texts, ", ")
}

func knownBytes(n int64) string {
	if n == 0 {
		return "unknown"
	}
	return show.Bytes(n)
}
