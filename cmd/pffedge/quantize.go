package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/quantize"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/quant"
	"github.com/pffedge/pffedge/runtime"
	"github.com/spf13/cobra"
)

// quantization is what `pffedge quantize --json` prints.
type quantization struct {
	Model   string `json:"model"`
	Out     string `json:"out"`
	Data    string `json:"data"`
	Written bool   `json:"written"`
	*quantize.Report
}

// quantizeFlags say what to quantise, and what to hold against it.
type quantizeFlags struct {
	dataFlags
	model, out, calibration string
	force                   bool
	plan                    quantize.Plan
}

const quantizeHelp = `Turn a model's weights into int8, a quarter of their size, so that predictions,
reconstruction and imagination compute with integers.

The limits of what each matrix reads are chosen on training samples: the largest
value (minmax), what all but 1 in 10,000 values stay below (percentile), what
makes the error least (mse), or every row's own largest value, without any
samples (row). Then accuracy by every method on the test split, and latency, are
measured on this machine, before and after. If a method's accuracy falls by more
than --max-drop, or nothing gets faster, nothing is written, and the exit status
is 1; --force writes all the same. Where accuracy falls, each matrix is tried
alone to tell which is to blame.

The table of matrices has signal-to-noise ratios: of the weights, and of their
products with codes on the samples, beside those in float32.

`

func (a *app) quantize() *cobra.Command {
	var f quantizeFlags
	cmd := &cobra.Command{
		Use:   "quantize --model FILE.pff --data PATH --out FILE.pff",
		Short: "Make an int8 model, and measure what that does to it",
		Long:  quantizeHelp + dataHelp,
		Example: `  pffedge quantize --model mnist.pff --data mnist --out mnist-int8.pff
  pffedge quantize --model mnist.pff --data mnist --out mnist-int8.pff --calibration minmax --json`,
		Args: noArgs,
		RunE: doing(func(cmd *cobra.Command, _ []string) error {
			m, err := f.load(a)
			if err != nil {
				return err
			}
			return a.quantizeModel(cmd.Context(), &f, m)
		}),
	}
	fl := cmd.Flags()
	addModel(cmd, &f.model)
	f.add(cmd)
	fl.StringVar(&f.out, "out", "", "model file to write")
	fl.StringVar(&f.calibration, "calibration", string(quant.LeastError), "row, minmax, percentile or mse (see above)")
	fl.IntVar(&f.plan.Samples, "samples", 1000, "calibrate on the first N training samples")
	fl.Float64Var(&f.plan.MaxDrop, "max-drop", 0.2, "`points` of accuracy that each method may lose")
	fl.BoolVar(&f.force, "force", false, "write the model whatever was measured")
	a.addThreads(cmd)
	return cmd
}

// rounds is how often each latency is measured.
const rounds = 11

// load checks the flags and loads the model.
func (f *quantizeFlags) load(a *app) (m *model.Model, err error) {
	if f.plan.Calibration, err = quant.ParseCalibration(f.calibration); err != nil {
		return nil, usagef("--calibration: %w", err)
	}
	switch {
	case f.model == "":
		return nil, usagef("--model is missing: a model file, as train writes it")
	case f.out == "":
		return nil, usagef("--out is missing: the model file to write")
	case f.plan.Samples < 1:
		return nil, usagef("--samples %d, want at least 1", f.plan.Samples)
	case !(f.plan.MaxDrop >= 0 && f.plan.MaxDrop <= 100):
		return nil, usagef("--max-drop %v, want 0…100 points", f.plan.MaxDrop)
	}
	if err := a.checkThreads(); err != nil {
		return nil, err
	}
	f.plan.Threads, f.plan.Rounds = a.threads, rounds
	in, errIn := os.Stat(f.model)
	out, errOut := os.Stat(f.out)
	if errIn == nil && errOut == nil && os.SameFile(in, out) {
		return nil, usagef("%s and %s are the same file", f.model, f.out)
	}
	if m, err = model.Load(f.model); err != nil {
		return nil, err
	}
	if m.Int8 != nil {
		return nil, fmt.Errorf("%s: %w", f.model, runtime.ErrInt8)
	}
	return m, nil
}

// open opens the split to calibrate on and that to measure on.
func (f *quantizeFlags) open(ctx context.Context, c *model.Config) (train, test *data.Set, err error) {
	if train, err = f.openFor(ctx, data.Train, c); err != nil {
		return nil, nil, err
	}
	test, err = f.openFor(ctx, data.Test, c)
	return train, test, err
}

func (a *app) quantizeModel(ctx context.Context, f *quantizeFlags, m *model.Model) error {
	train, test, err := f.open(ctx, &m.Config)
	if err != nil {
		return err
	}
	train = someOf(train, f.plan.Samples)
	bar := show.NewProgress(a.stderr, isTerminal(a.stderr), 0, "steps")
	defer bar.Close()
	f.plan.Progress = func(done, all int, what string) {
		bar.SetTotal(int64(all))
		bar.Set(int64(done), what)
	}
	q, report, err := f.plan.Run(ctx, m, train, test)
	bar.Close()
	if err != nil {
		return err
	}
	result := &quantization{Model: f.model, Out: f.out, Data: test.Source, Report: report, Written: f.force || len(report.Refused) == 0}
	if result.Written {
		if err := model.Save(f.out, q); err != nil {
			return err
		}
	}
	if err := a.showQuantization(result); err != nil {
		return err
	}
	return result.verdict()
}

// verdict is an error where nothing was written.
func (q *quantization) verdict() error {
	if q.Written {
		return nil
	}
	return hinted{fmt.Errorf("%s is not written: %s", q.Out, strings.Join(q.Refused, "; ")),
		"--force writes it all the same, --max-drop says how much accuracy may fall"}
}

func (a *app) showQuantization(q *quantization) error {
	if a.json {
		return a.print(q)
	}
	_, err := fmt.Fprintf(a.stdout, "%s in int8: limits by %s over %d samples; %s instead of %s (%s)\nmeasured with the %s kernels, %s\n\n",
		q.Model, q.Calibration, q.Samples, show.Bytes(q.Bytes.After), show.Bytes(q.Bytes.Before), show.Percent(q.Bytes.Share),
		q.Kernels, show.Plural(q.Threads, "thread"))
	tables := []*show.Table{q.methodTable(), q.matrixTable()}
	if len(q.Blame) > 0 {
		tables = append(tables, q.blameTable())
	}
	for _, t := range tables {
		if err == nil {
			err = errors.Join(t.Render(a.stdout), newline(a))
		}
	}
	if err != nil || !q.Written {
		return err
	}
	for _, why := range q.Refused {
		fmt.Fprintf(a.stderr, "pffedge: warning: %s\n", why)
	}
	_, err = fmt.Fprintf(a.stdout, "written: %s\n", q.Out)
	return err
}

func newline(a *app) error {
	_, err := fmt.Fprintln(a.stdout)
	return err
}

// methodTable has the accuracy and the latency of every method.
func (q *quantization) methodTable() *show.Table {
	t := &show.Table{Columns: []show.Column{{}, {Title: "float32", Right: true}, {Title: "int8", Right: true}, {Title: "", Right: true}}}
	for _, r := range q.Accuracy {
		t.Add(fmt.Sprintf("accuracy, %s, %d samples", r.Method, r.Samples), show.Percent(r.Before), show.Percent(r.After), fmt.Sprintf("%+.2f points", -r.Drop))
	}
	for _, l := range q.Latency {
		t.Add(fmt.Sprintf("time, %s, %s", l.Method, show.Plural(l.Batch, "sample")), show.Duration(l.Before), show.Duration(l.After), fmt.Sprintf("%.2f times as fast", l.Gain))
	}
	return t
}

func (q *quantization) matrixTable() *show.Table {
	t := &show.Table{Columns: []show.Column{{Title: "matrix"}, {Title: "size", Right: true}, {Title: "weights, dB", Right: true}, {Title: "products, dB", Right: true}, {Title: "limit", Right: true}}}
	for _, m := range q.Matrices {
		product, limit := "", ""
		if m.Limit != nil {
			product, limit = ratio(m.Product), "row's own"
			if *m.Limit > 0 {
				limit = fmt.Sprintf("%.3f", *m.Limit)
			}
		}
		t.Add(m.Name, fmt.Sprintf("%d×%d", m.Rows, m.Cols), ratio(m.Weights), product, limit)
	}
	return t
}

// ratio prints decibels; nil stands for no loss.
func ratio(db *float64) string {
	if db == nil {
		return "exact"
	}
	return fmt.Sprintf("%.1f", *db)
}

func (q *quantization) blameTable() *show.Table {
	t := &show.Table{Columns: []show.Column{{Title: "alone in int8"}, {Title: "accuracy by " + string(q.Blame[0].Method), Right: true}}}
	for _, b := range q.Blame {
		t.Add(b.Matrix, fmt.Sprintf("%+.2f points", -b.Drop))
	}
	return t
}
