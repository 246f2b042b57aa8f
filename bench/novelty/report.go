package main

import (
	"cmp"
	"fmt"
	"io"
	goruntime "runtime"
	"slices"
	"strings"

	"github.com/pffedge/pffedge/internal/machine"
	"github.com/pffedge/pffedge/internal/show"
)

// report is everything that was measured.
type report struct {
	CPU      string    `json:"cpu"`
	Go       string    `json:"go"`
	Hidden   []int     `json:"hidden"`
	Epochs   int       `json:"epochs"`
	Threads  int       `json:"threads"`
	Train    int       `json:"train"` // with the class left out and the calibration's
	Test     int       `json:"test"`
	Alarm    float64   `json:"alarm"`
	Networks []learned `json:"networks"`
	Curves   []result  `json:"curves"`
	Streams  []stream  `json:"streams"`
}

// learned is one network, its accuracy on known classes, and the shares of known test
// samples with such scores.
type learned struct {
	Out      string  `json:"out"`
	Seed     uint64  `json:"seed"`
	Accuracy float64 `json:"accuracy"`
	Above50  float64 `json:"above_50"`
	Above90  float64 `json:"above_90"`
	Above95  float64 `json:"above_95"`
	Above99  float64 `json:"above_99"`
}

// result is how well a judge tells a group.
type result struct {
	Out   string `json:"out"`
	Seed  uint64 `json:"seed"`
	Judge string `json:"judge"`
	Group string `json:"group"`
	curve
}

func newReport(o *options, s *sets) *report {
	return &report{
		CPU: machine.Look().CPU, Go: goruntime.Version(), Hidden: o.hidden, Epochs: o.epochs, Threads: o.threads,
		Train: s.train.Len(), Test: s.test.Len(), Alarm: o.alarm,
	}
}

// tables prints means and extremes over the networks.
func (r *report) tables(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%s, %s, preset fast %v, %d epochs, threads %d; %d training samples, %d to test; %d networks, each without one class\n",
		cmp.Or(r.CPU, "unknown CPU"), r.Go, r.Hidden, r.Epochs, r.Threads, r.Train, r.Test, len(r.Networks))
	tables := []*show.Table{
		r.curveTable("AUROC, mean", func(c *curve) float64 { return c.AUROC }),
		r.curveTable("FPR95, mean", func(c *curve) float64 { return c.FPR95 }),
		r.classTable(), r.scoreTable(), r.streamTable(),
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

// curveTable has a row for every judge and a column for every group.
func (r *report) curveTable(title string, figure func(*curve) float64) *show.Table {
	names, groups := []string{}, []string{}
	figures := map[[2]string][]float64{}
	for i := range r.Curves {
		c := &r.Curves[i]
		if !slices.Contains(names, c.Judge) {
			names = append(names, c.Judge)
		}
		if !slices.Contains(groups, c.Group) {
			groups = append(groups, c.Group)
		}
		key := [2]string{c.Judge, c.Group}
		figures[key] = append(figures[key], figure(&c.curve))
	}
	t := columns(append([]string{title}, groups...)...)
	for _, name := range names {
		row := []string{name}
		for _, group := range groups {
			row = append(row, fmt.Sprintf("%.3f", mean(figures[[2]string{name, group}])))
		}
		t.Add(row...)
	}
	return t
}

// classTable shows how the statistic tells each class that was left out.
func (r *report) classTable() *show.Table {
	t := columns("statistic, left out", "seed", "AUROC", "FPR95")
	for _, c := range r.Curves {
		if c.Judge == statistic && c.Group == "unseen" {
			t.Add(c.Out, fmt.Sprint(c.Seed), fmt.Sprintf("%.3f", c.AUROC), fmt.Sprintf("%.3f", c.FPR95))
		}
	}
	return t
}

// scoreTable shows how even the scores of known test samples are.
func (r *report) scoreTable() *show.Table {
	t := columns("known test samples", "wanted", "mean", "least", "most")
	for _, row := range []struct {
		name, want string
		of         func(*learned) float64
	}{
		{"right class", "", func(n *learned) float64 { return n.Accuracy }},
		{"score ≥ 0.5", "50%", func(n *learned) float64 { return n.Above50 }},
		{"score ≥ 0.9", "10%", func(n *learned) float64 { return n.Above90 }},
		{"score ≥ 0.95", "5%", func(n *learned) float64 { return n.Above95 }},
		{"score ≥ 0.99", "1%", func(n *learned) float64 { return n.Above99 }},
	} {
		var list []float64
		for i := range r.Networks {
			list = append(list, row.of(&r.Networks[i]))
		}
		t.Add(row.name, row.want, show.Percent(mean(list)), show.Percent(slices.Min(list)), show.Percent(slices.Max(list)))
	}
	return t
}

// streamTable shows false alarms and delays: the median, and the extremes.
func (r *report) streamTable() *show.Table {
	t := columns("stream", "streams", "samples", "false alarms", "to a warning", "to an alarm", "missed")
	for _, kind := range []string{"steady", "turning", "mixed"} {
		var n, samples, early, missed int
		var warning, alarm []int
		for _, s := range r.Streams {
			if s.Kind != kind {
				continue
			}
			n, samples, early = n+1, s.Samples, early+s.Early
			if s.Alarm > 0 {
				alarm = append(alarm, s.Alarm)
			} else {
				missed++
			}
			if s.Warning > 0 {
				warning = append(warning, s.Warning)
			}
		}
		row := []string{kind, fmt.Sprint(n), fmt.Sprint(samples), fmt.Sprint(early)}
		if kind != "steady" {
			row = append(row, delays(warning), delays(alarm), fmt.Sprint(missed))
		}
		t.Add(row...)
	}
	return t
}

func delays(list []int) string {
	if len(list) == 0 {
		return ""
	}
	slices.Sort(list)
	return strings.TrimSpace(fmt.Sprintf("%d (%d…%d)", list[len(list)/2], list[0], list[len(list)-1]))
}

func mean(list []float64) (m float64) {
	for _, v := range list {
		m += v / float64(len(list))
	}
	return m
}
