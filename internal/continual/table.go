package continual

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/pffedge/pffedge/internal/show"
)

// Legend explains the tables.
const Legend = `Accuracies, in percent, are on test images that the learner never saw, among all
classes seen so far; stream: when the stream was over; sleep: after the learner
had its time to sleep. ACC: mean over the tasks. BWT: what tasks gained since they
were learned. forgetting: what they lost since they were known best. FWT: how far
above guessing the next task is before it is learned. min-ACC: the lowest accuracy
over what was seen so far, at any time, on a sample. prequential: on every batch
just before it is learned. memory: what is kept besides the network. work:
multiply-adds of matrix products a sample of the stream. Means over the seeds with
their standard deviations.
`

// Table prints reports of one protocol, of one learner after the other.
func Table(w io.Writer, reports []*Report) error {
	if len(reports) == 0 {
		return nil
	}
	if err := heading(w, reports[0]); err != nil {
		return err
	}
	tables := []*show.Table{accuracies(reports), costs(reports)}
	if reports[0].Protocol == Teaching {
		tables = append(tables, lessons(reports))
	}
	for _, t := range tables {
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
		if err := t.Render(w); err != nil {
			return err
		}
	}
	return nil
}

func heading(w io.Writer, r *Report) error {
	sizes := make([]string, len(r.Hidden))
	for i, n := range r.Hidden {
		sizes[i] = fmt.Sprint(n)
	}
	_, err := fmt.Fprintf(w, "%s, %s, kernels %s, threads %d\n%s; %d images to learn, %d to test (%s); hidden %s, predictions by %s, budget %.1f kB\n",
		cmp.Or(r.CPU, "unknown CPU"), r.Go, r.Kernels, r.Threads, r.title(), r.Train, r.Test, r.Split, strings.Join(sizes, ", "), r.Method, float64(r.Budget)/1000)
	return err
}

// columns returns columns of figures behind those of names.
func columns(names []string, figures ...string) (list []show.Column) {
	for _, title := range names {
		list = append(list, show.Column{Title: title})
	}
	for _, title := range figures {
		list = append(list, show.Column{Title: title, Right: true})
	}
	return list
}

// accuracies lists every run, and the means of each learner.
func accuracies(reports []*Report) *show.Table {
	t := &show.Table{Columns: columns([]string{"learner", "seed"}, "ACC stream", "sleep", "BWT stream", "sleep", "forgetting stream", "sleep", "FWT", "min-ACC", "prequential")}
	for _, r := range reports {
		for _, one := range r.Runs {
			t.Add(r.Learner, fmt.Sprint(one.Seed), percent(&one.Stream.ACC), percent(&one.Slept.ACC), percent(one.Stream.BWT), percent(one.Slept.BWT),
				percent(one.Stream.Forgetting), percent(one.Slept.Forgetting), percent(one.FWT), percent(&one.MinACC), percent(&one.Prequential))
		}
		s := &r.Summary
		t.Add(r.Learner, "mean", s.StreamACC.percent(), s.ACC.percent(), s.StreamBWT.percent(), s.BWT.percent(),
			s.StreamForgetting.percent(), s.Forgetting.percent(), s.FWT.percent(), s.MinACC.percent(), s.Prequential.percent())
	}
	return t
}

// costs lists what learning took, means over the seeds.
func costs(reports []*Report) *show.Table {
	t := &show.Table{Columns: columns([]string{"learner"}, "memory, kB", "work, millions", "ms a sample p50", "p95", "samples/s", "sleep")}
	for _, r := range reports {
		s := &r.Summary
		if s.Bytes == nil {
			continue
		}
		t.Add(r.Learner, fmt.Sprintf("%.1f", s.Bytes.Mean/1000), fmt.Sprintf("%.2f", s.MultiplyAdds.Mean/1e6), fmt.Sprintf("%.3f", s.P50.Mean),
			fmt.Sprintf("%.3f", s.P95.Mean), fmt.Sprintf("%.0f", s.SamplesPerSecond.Mean), show.Duration(s.SleepSeconds.Mean))
	}
	return t
}

// lessons lists what was known of a taught class, means over classes and seeds.
func lessons(reports []*Report) *show.Table {
	t := &show.Table{Columns: columns([]string{"learner"}, "shots", "recall stream", "sleep", "others' change stream", "sleep", "to teach")}
	for _, r := range reports {
		for i := range shotsOf(r) {
			over := func(value func(*Shot) float64) *Spread {
				return overKnown(r.Runs, func(one *Run) *float64 { v := value(&one.Shots[i]); return &v })
			}
			t.Add(r.Learner, fmt.Sprint(r.Runs[0].Shots[i].Samples), over(func(s *Shot) float64 { return s.Recall }).percent(),
				over(func(s *Shot) float64 { return s.SleptRecall }).percent(), over(func(s *Shot) float64 { return s.OldChange }).percent(),
				over(func(s *Shot) float64 { return s.SleptOldChange }).percent(), show.Duration(over(func(s *Shot) float64 { return s.Seconds }).Mean))
		}
	}
	return t
}

// shotsOf returns what any run of a report has of each number of shots.
func shotsOf(r *Report) []Shot {
	if len(r.Runs) == 0 {
		return nil
	}
	return r.Runs[0].Shots
}

// percent prints a share with two decimals, in percent.
func percent(share *float64) string {
	if share == nil {
		return "–"
	}
	return fmt.Sprintf("%.2f", 100**share)
}

// percent prints mean ± standard deviation.
func (s *Spread) percent() string {
	if s == nil {
		return "–"
	}
	return fmt.Sprintf("%.2f ±%.2f", 100*s.Mean, 100*s.SD)
}
