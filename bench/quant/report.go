package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	goruntime "runtime"

	"github.com/pffedge/pffedge/internal/quantize"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/quant"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// report is everything that was measured.
type report struct {
	conditions
	Accuracy []accuracy `json:"accuracy"`
	Drops    []drop     `json:"drops"`
	Sizes    []sizes    `json:"sizes"`
	Latency  []latency  `json:"latency"`
	Learning []learning `json:"learning"`
	Pace     []pace     `json:"pace"`
}

// conditions are what figures depend on besides the networks.
type conditions struct {
	CPU     string `json:"cpu"`
	Go      string `json:"go"`
	Threads int    `json:"threads"`
	Clock   string `json:"clock"`
	Rounds  int    `json:"rounds"`
	Samples int    `json:"samples"` // calibrated on
	Train   int    `json:"train"`
	Test    int    `json:"test"`
}

func newConditions(o *options, train, test int, cpu string) conditions {
	return conditions{cpu, goruntime.Version(), o.threads, o.clock, o.rounds, min(o.samples, train), train, test}
}

// accuracy is that of one network in one form, by one method.
type accuracy struct {
	Size    string         `json:"size"`
	Network string         `json:"network"`
	Form    string         `json:"form"` // float32, or how int8 was calibrated
	Method  runtime.Method `json:"method"`
	Correct int            `json:"correct"`
	Samples int            `json:"samples"`
}

// drop is how many points of accuracy int8 loses, over the networks of a size.
type drop struct {
	Size        string            `json:"size"`
	Calibration quant.Calibration `json:"calibration"`
	Method      runtime.Method    `json:"method"`
	Networks    int               `json:"networks"`
	Mean        float64           `json:"mean"`
	Least       float64           `json:"min"`
	Most        float64           `json:"max"`
}

// sizes are in bytes.
type sizes struct {
	Size    string         `json:"size"`
	File    quantize.Sizes `json:"file"`
	Full    int64          `json:"weights_float32"`
	Int8    int64          `json:"weights_int8"`
	Session int64          `json:"session_float32"` // besides the weights, for goodness of a full batch
	Small   int64          `json:"session_int8"`
}

// latency is that of one method with one instruction set.
type latency struct {
	Size string   `json:"size"`
	ISA  simd.ISA `json:"isa"`
	quantize.Latency
}

// summarise fills in the drops.
func (r *report) summarise() {
	type key struct {
		size string
		form quant.Calibration
		how  runtime.Method
	}
	full := map[accuracy]int{} // but for Correct
	for _, a := range r.Accuracy {
		if a.Form == fullName {
			full[accuracy{Network: a.Network, Method: a.Method}] = a.Correct
		}
	}
	at := map[key]int{}
	for _, a := range r.Accuracy {
		if a.Form == fullName {
			continue
		}
		k := key{a.Size, quant.Calibration(a.Form), a.Method}
		i, known := at[k]
		if !known {
			i = len(r.Drops)
			at[k] = i
			r.Drops = append(r.Drops, drop{Size: a.Size, Calibration: k.form, Method: a.Method, Least: math.Inf(1), Most: math.Inf(-1)})
		}
		r.Drops[i].add(100 * float64(full[accuracy{Network: a.Network, Method: a.Method}]-a.Correct) / float64(a.Samples))
	}
}

func (d *drop) add(points float64) {
	d.Mean = (d.Mean*float64(d.Networks) + points) / float64(d.Networks+1)
	d.Networks++
	d.Least, d.Most = min(d.Least, points), max(d.Most, points)
}

// tables prints everything.
func (r *report) tables(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%s, %s, threads %d, %s clock, medians of %d rounds; calibrated on %d of %d samples, %d to test\n",
		cmp.Or(r.CPU, "unknown CPU"), r.Go, r.Threads, r.Clock, r.Rounds, r.Samples, r.Train, r.Test)
	var tables []*show.Table
	if len(r.Accuracy) > 0 {
		tables = append(tables, r.accuracyTable(), r.dropTable())
	}
	if len(r.Latency) > 0 {
		tables = append(tables, r.sizeTable(), r.latencyTable())
	}
	if len(r.Learning) > 0 {
		tables = append(tables, r.learningTable(), r.paceTable())
	}
	for _, t := range tables {
		if err == nil {
			_, err = fmt.Fprintln(w)
		}
		if err == nil {
			err = t.Render(w)
		}
	}
	return err
}

func columns(titles ...string) *show.Table {
	t := &show.Table{}
	for i, title := range titles {
		t.Columns = append(t.Columns, show.Column{Title: title, Right: i > 0})
	}
	return t
}

// accuracyTable has a row for every form of every network.
func (r *report) accuracyTable() *show.Table {
	t := columns("network", "form", "read-out", "goodness", "auto")
	for i := 0; i+len(methods) <= len(r.Accuracy); i += len(methods) {
		row := []string{r.Accuracy[i].Network, r.Accuracy[i].Form}
		for _, a := range r.Accuracy[i : i+len(methods)] {
			row = append(row, show.Percent(float64(a.Correct)/float64(a.Samples)))
		}
		t.Add(row...)
	}
	return t
}

func (r *report) dropTable() *show.Table {
	t := columns("points lost, mean (extremes)", "networks", "read-out", "goodness", "auto")
	for i := 0; i+len(methods) <= len(r.Drops); i += len(methods) {
		row := []string{fmt.Sprintf("%s, %s", r.Drops[i].Size, r.Drops[i].Calibration), fmt.Sprint(r.Drops[i].Networks)}
		for _, d := range r.Drops[i : i+len(methods)] {
			row = append(row, fmt.Sprintf("%.3f (%.2f…%.2f)", d.Mean, d.Least, d.Most))
		}
		t.Add(row...)
	}
	return t
}

func (r *report) sizeTable() *show.Table {
	t := columns("size", "file", "int8", "share", "weights", "int8", "session", "int8")
	for _, s := range r.Sizes {
		t.Add(s.Size, show.Bytes(s.File.Before), show.Bytes(s.File.After), show.Percent(s.File.Share), show.Bytes(s.Full), show.Bytes(s.Int8), show.Bytes(s.Session), show.Bytes(s.Small))
	}
	return t
}

func (r *report) latencyTable() *show.Table {
	t := columns("predicting", "isa", "method", "samples", "float32, µs", "int8, µs", "times as fast")
	for _, l := range r.Latency {
		t.Add(l.Size, string(l.ISA), string(l.Method), fmt.Sprint(l.Batch), fmt.Sprintf("%.1f", 1e6*l.Before), fmt.Sprintf("%.1f", 1e6*l.After), fmt.Sprintf("%.2f", l.Gain))
	}
	return t
}
