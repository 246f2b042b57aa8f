package bench

import (
	"fmt"
	"io"

	"github.com/pffedge/pffedge/internal/show"
)

// Legend explains the tables.
const Legend = `time: of a call, the median of the samples; ±: their interquartile range in
proportion to it. GFLOP/s and GOP/s count two operations a multiply-add; GB/s
counts operands read and written. of peak: the share of what this machine can
do on as many threads, measured in between: multiply-adds (fma) or int8
products (dot) on registers, or reading operands of that size (read). ×Go: how
many times faster than the pure Go kernels.
`

// Table prints the results of one operation under its name. Nothing is printed
// of no results.
func Table(w io.Writer, results []Result) error {
	if len(results) == 0 {
		return nil
	}
	o := operation(results[0].Op)
	if _, err := fmt.Fprintf(w, "\n%s (%s): %s\n", o.Name, o.DType, o.Meaning); err != nil {
		return err
	}
	rate := "GFLOP/s"
	if o.DType == "int8" {
		rate = "GOP/s"
	}
	t := show.Table{Columns: []show.Column{
		{Title: "m", Right: true}, {Title: "k", Right: true}, {Title: "n", Right: true}, {Title: "kernels", Right: true},
		{Title: "time", Right: true}, {Title: "±", Right: true}, {Title: rate, Right: true}, {Title: "GB/s", Right: true},
		{Title: "of peak", Right: true}, {Title: "peak", Right: true}, {Title: "×Go", Right: true},
	}}
	for _, r := range results {
		t.Add(r.cells()...)
	}
	return t.Render(w)
}

func operation(name string) *Operation {
	for _, o := range Operations() {
		if o.Name == name {
			return o
		}
	}
	return &Operation{Name: name}
}

func (r Result) cells() []string {
	inner, unit := "–", "GFLOP/s"
	if r.K > 0 {
		inner = fmt.Sprint(r.K)
	}
	rate, bytes := figure(r.GFlops), "–"
	if r.Bound == Read {
		bytes, unit = figure(r.GBps), "GB/s"
	}
	if r.Bound == Dot {
		unit = "GOP/s"
	}
	return []string{
		fmt.Sprint(r.M), inner, fmt.Sprint(r.N), string(r.ISA), duration(r.Seconds), fmt.Sprintf("%.1f%%", 100*r.Spread), rate, bytes,
		fmt.Sprintf("%.1f%%", 100*r.PeakFraction), fmt.Sprintf("%s %s %s", r.Bound, figure(r.Peak), unit), figure(r.VsGeneric),
	}
}

// figure prints three digits or more.
func figure(v float64) string {
	switch {
	case v < 9.995:
		return fmt.Sprintf("%.2f", v)
	case v < 99.95:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// duration prints seconds as show.Duration does, but short ones in finer
// units.
func duration(seconds float64) string {
	switch {
	case seconds < 999.5e-9:
		return fmt.Sprintf("%.0f ns", seconds*1e9)
	case seconds < 99.95e-6:
		return fmt.Sprintf("%.1f µs", seconds*1e6)
	}
	return show.Duration(seconds)
}
