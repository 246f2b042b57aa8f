package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/simd"
)

// report is everything that was measured.
type report struct {
	conditions
	Curves  []curve  `json:"curves"`
	Targets []target `json:"targets"`
}

// conditions are what curves must have in common to be compared.
type conditions struct {
	CPU        string   `json:"cpu"`
	Go         string   `json:"go"`
	Kernels    simd.ISA `json:"kernels"`
	Threads    int      `json:"threads"`
	Clock      string   `json:"clock"`
	Hidden     []int    `json:"hidden"`
	Generative bool     `json:"generative"` // of the presets
	Train      int      `json:"train"`      // samples
	Test       int      `json:"test"`
}

// target is when the runs of a learner reached an accuracy.
type target struct {
	Learner  string  `json:"learner"`
	Method   string  `json:"method"`
	Accuracy float64 `json:"accuracy"`
	Seeds    int     `json:"seeds"`
	Reached  int     `json:"reached"` // of the seeds
	Seconds  figures `json:"seconds"`
	Epochs   figures `json:"epochs"`
}

// figures are the median and the extremes over the seeds, null where a run did
// not get there.
type figures struct {
	Median *float64 `json:"median"`
	Least  *float64 `json:"min"`
	Most   *float64 `json:"max"`
}

// figuresOf takes +Inf for a run that did not get there.
func figuresOf(values []float64) figures {
	v := slices.Sorted(slices.Values(values))
	middle := (v[(len(v)-1)/2] + v[len(v)/2]) / 2
	return figures{finite(middle), finite(v[0]), finite(v[len(v)-1])}
}

func finite(v float64) *float64 {
	if math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// text prints "median (min–max)", what was not reached as "never".
func (f figures) text(digits int) string {
	one := func(v *float64) string {
		if v == nil {
			return "never"
		}
		return fmt.Sprintf("%.*f", digits, *v)
	}
	if f.Least == nil {
		return "never"
	}
	return fmt.Sprintf("%s (%s–%s)", one(f.Median), one(f.Least), one(f.Most))
}

// groups puts together the curves that differ only in their seeds, in the order
// in which they came.
func groups(curves []curve) (all [][]curve) {
	at := map[string]int{}
	for _, c := range curves {
		i, known := at[c.name()]
		if !known {
			i = len(all)
			at[c.name()] = i
			all = append(all, nil)
		}
		all[i] = append(all[i], c)
	}
	return all
}

// reach fills in when the accuracies, in percent, were reached.
func (r *report) reach(percents []float64) {
	r.Targets = nil
	for _, group := range groups(r.Curves) {
		for _, percent := range percents {
			r.Targets = append(r.Targets, targetOf(group, percent/100))
		}
	}
}

func targetOf(group []curve, accuracy float64) target {
	t := target{Learner: group[0].Learner, Method: group[0].Method, Accuracy: accuracy, Seeds: len(group)}
	var seconds, epochs []float64
	for _, c := range group {
		p, ok := c.reached(accuracy)
		if ok {
			t.Reached++
		} else {
			p = point{Seconds: math.Inf(1), Epochs: math.Inf(1)}
		}
		seconds, epochs = append(seconds, p.Seconds), append(epochs, p.Epochs)
	}
	t.Seconds, t.Epochs = figuresOf(seconds), figuresOf(epochs)
	return t
}

// table prints when accuracies were reached, and where the runs ended.
func (r *report) table(w io.Writer) error {
	circuit := "presets without the generative circuit"
	if r.Generative {
		circuit = "presets with the generative circuit"
	}
	_, err := fmt.Fprintf(w, "%s, %s, kernels %s, threads %d, %s clock\nhidden %s, %s; %d samples to learn, %d to test\n"+
		"medians over the seeds, their extremes in brackets\n\n",
		cmp.Or(r.CPU, "unknown CPU"), r.Go, r.Kernels, r.Threads, r.Clock, sizes(r.Hidden), circuit, r.Train, r.Test)
	if err != nil {
		return err
	}
	t := show.Table{Columns: []show.Column{{Title: "learner"}, {Title: "accuracy", Right: true}, {Title: "reached", Right: true},
		{Title: "seconds", Right: true}, {Title: "epochs", Right: true}}}
	for _, one := range r.Targets {
		t.Add(one.Learner+", "+one.Method, fmt.Sprintf("%g %%", round(100*one.Accuracy)), fmt.Sprintf("%d of %d", one.Reached, one.Seeds),
			one.Seconds.text(1), one.Epochs.text(2))
	}
	if err := t.Render(w); err != nil {
		return err
	}
	_, err = fmt.Fprintln(w)
	return errorOr(err, func() error { return r.ends().Render(w) })
}

// ends lists where the runs ended.
func (r *report) ends() *show.Table {
	t := &show.Table{Columns: []show.Column{{Title: "at the end"}, {Title: "accuracy, %", Right: true}, {Title: "seconds", Right: true}, {Title: "epochs", Right: true}, {Title: "tested every", Right: true}}}
	for _, group := range groups(r.Curves) {
		var accuracies, seconds, epochs []float64
		for _, c := range group {
			end := c.last()
			accuracies, seconds, epochs = append(accuracies, 100*end.Accuracy), append(seconds, end.Seconds), append(epochs, end.Epochs)
		}
		t.Add(group[0].name(), figuresOf(accuracies).text(2), figuresOf(seconds).text(1), figuresOf(epochs).text(0),
			fmt.Sprintf("%g s", group[0].Every))
	}
	return t
}

// round drops what binary fractions add to a percentage.
func round(v float64) float64 { return math.Round(v*1e6) / 1e6 }

func sizes(list []int) string {
	texts := make([]string, len(list))
	for i, n := range list {
		texts[i] = fmt.Sprint(n)
	}
	return strings.Join(texts, ", ")
}

func errorOr(err error, next func() error) error {
	if err != nil {
		return err
	}
	return next()
}

// merge reads reports and puts them together, which must have been made under
// the same conditions.
func merge(files []string) (*report, error) {
	var all *report
	for _, file := range files {
		r, err := readReport(file)
		if err != nil {
			return nil, err
		}
		if all == nil {
			all = r
			continue
		}
		if a, b := fmt.Sprint(all.conditions), fmt.Sprint(r.conditions); a != b {
			return nil, fmt.Errorf("%s and %s were measured under different conditions: %s and %s", files[0], file, a, b)
		}
		all.Curves = append(all.Curves, r.Curves...)
	}
	return all, nil
}

func readReport(file string) (*report, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r := new(report)
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("%s: not a report of this program: %w", file, err)
	}
	for _, c := range r.Curves {
		if len(c.Points) == 0 {
			return nil, fmt.Errorf("%s: a curve without points", file)
		}
	}
	if len(r.Curves) == 0 {
		return nil, fmt.Errorf("%s: no curves", file)
	}
	return r, nil
}
