package main

import (
	"fmt"
	goruntime "runtime"
	"strings"
	"text/tabwriter"

	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/internal/training"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/spf13/cobra"
)

// memoryPlan is what `pffedge train --plan --json` prints, sizes in bytes.
type memoryPlan struct {
	Preset     string `json:"preset"`
	Hidden     []int  `json:"hidden"`
	Batch      int    `json:"batch"`
	Generative bool   `json:"generative"`
	Samples    int    `json:"samples"`
	Threads    int    `json:"threads"`
	runtime.Plan
}

// planTraining prints what a fresh run would take.
func (a *app) planTraining(cmd *cobra.Command, f *trainFlags) error {
	if f.resume != "" {
		return usagef("--plan is for a fresh run, and --resume goes on with one; inspect tells what that takes")
	}
	defer training.KeepSmall()()
	var job training.Job
	set, c, err := f.choose(cmd, &job)
	if err != nil {
		return err
	}
	defer job.Train.Close()
	p := memoryPlan{set.Preset, c.Hidden, set.Batch, set.Generative, job.Train.Len(), a.threads, training.Plan(&c, &set, a.threads, job.Train.Len())}
	if a.json {
		return a.print(p)
	}
	return a.showPlan(&p)
}

func (a *app) showPlan(p *memoryPlan) error {
	generator := "on"
	if !p.Generative {
		generator = "off"
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, row := range planRows(&p.Plan) {
		if row.bytes == 0 {
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t\t\n", row.name, show.Bytes(row.bytes))
	}
	_, err := fmt.Fprintf(a.stdout, "preset %s: hidden layers of %s, batches of %d, generative circuit %s, %d samples, %s\n"+
		"memory besides the program and the data:\n\n",
		p.Preset, strings.Trim(fmt.Sprint(p.Hidden), "[]"), p.Batch, generator, p.Samples, show.Plural(p.Threads, "thread"))
	if err != nil {
		return err
	}
	return w.Flush()
}

type planRow struct {
	name  string
	bytes int64
}

// planRows names the parts of a plan.
func planRows(p *runtime.Plan) []planRow {
	return []planRow{
		{"weights", p.Weights},
		{"moments of the optimiser", p.Moments},
		{"scratch", p.Scratch},
		{"garbage", p.Garbage},
		{"besides, while evaluating", p.Evaluation},
		{"or while fitting mixtures", p.Mixtures},
		{"or while saving", p.Saving},
		{"or, with weights alone, at the start", p.Start},
		{"at most", p.Peak},
		{"model file, about", p.File},
	}
}

// needs is what `pffedge inspect` tells of memory, in bytes besides the program
// and the data.
type needs struct {
	Threads    int           `json:"threads"`
	Predicting runtime.Needs `json:"predicting"`
	Learning   runtime.Plan  `json:"learning"`
	Preset     string        `json:"learning_preset"` // what learning is planned for
}

// needsOf plans predicting and learning with a model, in int8 or not: by the preset
// that made it, or "fast".
func needsOf(c *model.Config, int8 bool, p *model.Provenance) (needs, error) {
	n := needs{Threads: goruntime.GOMAXPROCS(0), Preset: p.Settings}
	set, _, err := runtime.Preset(n.Preset)
	if err != nil {
		n.Preset = "fast"
		if set, _, err = runtime.Preset(n.Preset); err != nil {
			return n, err
		}
	}
	n.Predicting = runtime.PlanPrediction(c, int8, n.Threads)
	set.Int8 = int8
	n.Learning = training.Plan(c, &set, n.Threads, p.Samples)
	return n, nil
}
