package continual

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/pffedge/pffedge/internal/show"
)

// Report is what a plan measured, of one kind of pupil.
type Report struct {
	Learner string `json:"learner"`
	CPU     string `json:"cpu"`
	Go      string `json:"go"`
	Kernels string `json:"kernels"`
	Data    string `json:"data"` // and which part was tested on
	Plan    Plan   `json:"plan"`

	Runs   []*Run    `json:"runs,omitempty"`   // protocols a, b, c: a seed each
	Taught []*Taught `json:"taught,omitempty"` // protocol d: a seed each
	Shots  []Shot    `json:"shots,omitempty"`  // protocol d, over classes and seeds

	Slept Spread `json:"slept"` // ACC after sleep
	Bytes int64  `json:"bytes"` // kept, the most in any run
	Summary
}

// Spread is a mean over seeds and their standard deviation.
type Spread struct {
	Mean float64 `json:"mean"`
	SD   float64 `json:"sd"`
}

func spreadOf(list []float64) Spread {
	mean, sd := MeanSD(list)
	return Spread{mean, sd}
}

// Shot is what teaching from so many samples comes to: means over the classes, spread
// over the seeds.
type Shot struct {
	Shots    int     `json:"shots"`
	Recall   Spread  `json:"recall"`
	Drop     Spread  `json:"drop"`
	WorstOld float64 `json:"worst_drop"` // of any class and seed
	Seconds  float64 `json:"seconds"`
}

// Summary is how the report ends. ACC is that after sleep, in protocol d the accuracy on
// all classes after the last number of shots; the stream's ACC there is the accuracy
// of the base, forgetting how much it falls, min_acc the lowest recall of a class
// taught.
type Summary struct {
	Protocol      Protocol `json:"protocol"`
	BudgetBytes   int      `json:"budget_bytes"`
	Seeds         int      `json:"seeds"`
	ACCMean       float64  `json:"acc_mean"`
	ACCSD         float64  `json:"acc_sd"`
	StreamACCMean float64  `json:"stream_acc_mean"`
	Forgetting    float64  `json:"forgetting"`
	MinACC        float64  `json:"min_acc"`
	SamplesSecond float64  `json:"samples_per_second"`
}

// Sum fills in what follows from runs and lessons.
func (r *Report) Sum() {
	r.Summary = Summary{Protocol: r.Plan.Protocol, BudgetBytes: r.Plan.Budget, MinACC: 1}
	if r.Plan.Protocol == Teaching {
		r.sumLessons()
		return
	}
	var slept, stream, forgetting, speed []float64
	for _, run := range r.Runs {
		slept, stream = append(slept, run.Slept.ACC), append(stream, run.Stream.ACC)
		forgetting, speed = append(forgetting, run.Slept.Forgetting), append(speed, run.SamplesSecond)
		r.MinACC, r.Bytes = min(r.MinACC, run.MinACC), max(r.Bytes, run.Bytes)
	}
	r.Seeds, r.Slept = len(r.Runs), spreadOf(slept)
	r.ACCMean, r.ACCSD = r.Slept.Mean, r.Slept.SD
	r.StreamACCMean, _ = MeanSD(stream)
	r.Forgetting, _ = MeanSD(forgetting)
	r.SamplesSecond, _ = MeanSD(speed)
}

func (r *Report) sumLessons() {
	r.Seeds, r.Shots = len(r.Taught), nil
	var speed, base, all []float64
	for _, n := range r.Plan.Shots {
		shot := Shot{Shots: n}
		var recall, drop, seconds []float64
		all = nil
		for _, t := range r.Taught {
			var seedRecall, seedDrop, seedAll []float64
			for _, l := range t.Lessons {
				if l.Shots != n {
					continue
				}
				seedRecall, seedDrop = append(seedRecall, l.Recall), append(seedDrop, l.Drop())
				classes := float64(len(t.Lessons) / len(r.Plan.Shots))
				seedAll = append(seedAll, (l.Recall+(classes-1)*l.Old)/classes)
				seconds, base = append(seconds, l.Seconds), append(base, l.Base)
				shot.WorstOld, r.MinACC = max(shot.WorstOld, l.Drop()), min(r.MinACC, l.Recall)
			}
			mean, _ := MeanSD(seedRecall)
			fall, _ := MeanSD(seedDrop)
			whole, _ := MeanSD(seedAll)
			recall, drop, all = append(recall, mean), append(drop, fall), append(all, whole)
		}
		shot.Recall, shot.Drop = spreadOf(recall), spreadOf(drop)
		shot.Seconds, _ = MeanSD(seconds)
		r.Shots = append(r.Shots, shot)
		r.Forgetting = shot.Drop.Mean
	}
	for _, t := range r.Taught {
		speed, r.Bytes = append(speed, t.SamplesSecond), max(r.Bytes, t.Bytes)
	}
	r.Slept = spreadOf(all)
	r.ACCMean, r.ACCSD = r.Slept.Mean, r.Slept.SD
	r.StreamACCMean, _ = MeanSD(base)
	r.SamplesSecond, _ = MeanSD(speed)
}

// Table prints the report for people; accuracies in percent.
func (r *Report) Table(w io.Writer) error {
	fmt.Fprintf(w, "protocol %s%s, learner %s, %d bytes allowed, %d kept; %s; hidden %v, predicts by %s\n",
		r.Protocol, variantText(r.Plan.Variant), r.Learner, r.BudgetBytes, r.Bytes, r.Data, r.Plan.Hidden, r.Plan.Method)
	t := r.runTable()
	if r.Plan.Protocol == Teaching {
		t = r.shotTable()
	}
	return t.Render(w)
}

func variantText(v Variant) string {
	if v == "" {
		return ""
	}
	return " (" + string(v) + ")"
}

func right(titles ...string) (list []show.Column) {
	for _, title := range titles {
		list = append(list, show.Column{Title: title, Right: true})
	}
	return list
}

func (r *Report) runTable() *show.Table {
	t := &show.Table{Columns: right("seed", "stream ACC", "after sleep", "forgetting", "BWT", "min-ACC", "prequential", "samples/s", "ms p50", "p95", "Mmac/sample", "sleep s")}
	row := func(name string, of func(run *Run) []float64) {
		var cells []string
		var columns [][]float64
		for _, run := range r.Runs {
			for i, v := range of(run) {
				if len(columns) <= i {
					columns = append(columns, nil)
				}
				columns[i] = append(columns[i], v)
			}
		}
		for i, list := range columns {
			mean, sd := MeanSD(list)
			if i < 2 && len(list) > 1 {
				cells = append(cells, fmt.Sprintf("%.2f ± %.2f", mean, sd))
			} else {
				cells = append(cells, figure(mean))
			}
		}
		t.Add(append([]string{name}, cells...)...)
	}
	of := func(run *Run) []float64 {
		return []float64{100 * run.Stream.ACC, 100 * run.Slept.ACC, 100 * run.Slept.Forgetting, 100 * run.Slept.BWT, 100 * run.MinACC, 100 * run.Preceding,
			run.SamplesSecond, run.MillisP50, run.MillisP95, run.MultiplyAdds / 1e6, run.SleepSeconds}
	}
	for _, run := range r.Runs {
		var cells []string
		for _, v := range of(run) {
			cells = append(cells, figure(v))
		}
		t.Add(append([]string{fmt.Sprint(run.Seed)}, cells...)...)
	}
	if len(r.Runs) > 1 {
		row("mean", of)
	}
	return t
}

// figure prints a number with two decimals, or none where they say nothing.
func figure(v float64) string {
	if v >= 1000 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func (r *Report) shotTable() *show.Table {
	t := &show.Table{Columns: right("samples", "recall of the class", "the others fall by", "at worst", "seconds")}
	for _, s := range r.Shots {
		t.Add(fmt.Sprint(s.Shots), fmt.Sprintf("%.2f ± %.2f", 100*s.Recall.Mean, 100*s.Recall.SD), fmt.Sprintf("%.2f ± %.2f", 100*s.Drop.Mean, 100*s.Drop.SD),
			figure(100*s.WorstOld), figure(s.Seconds))
	}
	return t
}

// JSON prints the report as one document.
func (r *Report) JSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }
