package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/internal/training"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
	"github.com/spf13/cobra"
)

// Settings of the demonstration: seconds on two cores, and enough to see
// everything work.
const (
	demoHidden   = 300
	demoEpochs   = 12
	demoImagined = 8
	demoShown    = 8
)

// demonstration is what `pffedge demo --json` ends with.
type demonstration struct {
	*training.Result
	Picture string      `json:"picture"`
	Taught  *demoTaught `json:"taught,omitempty"` // of the synthetic digits
}

func (a *app) demo() *cobra.Command {
	var d dataFlags
	var out, preset string
	var seed uint64
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Learn, predict, reconstruct and imagine handwritten digits, and learn one more class, in under a minute",
		Long: `Learn ten digits drawn by pffedge itself, offline: train a model, measure it,
reconstruct inputs and imagine new ones. Then teach it an eleventh class, hearts,
from 20 drawings, beside digits that it remembers in 153 KiB, and see that it still
knows the ten. Models and pictures are left in a folder. With --data it learns another
set of images, to which no class is added then.

` + dataHelp,
		Example: "  pffedge demo",
		Args:    noArgs,
		RunE: doing(func(cmd *cobra.Command, _ []string) error {
			if err := a.checkThreads(); err != nil {
				return err
			}
			return a.runDemo(cmd.Context(), &d, preset, out, seed)
		}),
	}
	d.add(cmd)
	d.addSize(cmd)
	cmd.Flags().Lookup("data").DefValue = data.Synthetic
	d.path = data.Synthetic
	cmd.Flags().StringVar(&preset, "preset", "fast", "fast, or tiny: a network for the smallest boards, in less than 16 MB of memory")
	cmd.Flags().StringVar(&out, "out", "pffedge-demo", "folder for the model and the picture")
	cmd.Flags().Uint64Var(&seed, "seed", 0, "seed of everything random but the digits")
	a.addThreads(cmd)
	return cmd
}

func (a *app) runDemo(ctx context.Context, d *dataFlags, preset, out string, seed uint64) error {
	defer training.KeepSmall()()
	job, err := a.demoJob(ctx, d, preset, out, seed)
	if err != nil {
		return err
	}
	defer func() {
		if job.Trainer != nil {
			job.Trainer.Close()
		}
	}()
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	if !a.json {
		fmt.Fprintf(a.stdout, "learning from %d samples, each a %s: %s\nnetwork of two hidden layers of %d units, %s, %s kernels\n",
			job.Train.Len(), job.Train.Input, job.Train.Source, job.Trainer.Live().Model().Config.Hidden[0], show.Plural(a.threads, "thread"), simd.Active())
	}
	a.watch(job)
	result, err := job.Run(ctx)
	a.bar.Close()
	if err != nil {
		if ctx.Err() != nil {
			return stopped(fmt.Sprintf("stopped after %d of %d epochs", job.Trainer.Epoch(), demoEpochs))
		}
		return err
	}
	picture := filepath.Join(out, "demo.png")
	if err := a.showDemo(ctx, job, result, picture); err != nil {
		return err
	}
	var taught *demoTaught
	if d.path == data.Synthetic {
		if taught, err = a.teachHeart(ctx, job, result, out); err != nil {
			return err
		}
	}
	if a.json {
		return a.print(demonstration{result, picture, taught})
	}
	_, err = fmt.Fprintf(a.stdout, "picture: %s\ntry: pffedge generate --model %s --class %s\n",
		picture, job.Out, job.Train.Classes[len(job.Train.Classes)-1])
	return err
}

// demoJob sets up the training run.
func (a *app) demoJob(ctx context.Context, d *dataFlags, preset, out string, seed uint64) (*training.Job, error) {
	job := &training.Job{Threads: a.threads, Out: filepath.Join(out, "demo.pff")}
	set, c, err := demoSettings(preset)
	if err != nil {
		return nil, err
	}
	d.onDisk = preset == runtime.Tiny
	if job.Train, err = d.open(ctx, data.Train); err != nil {
		return nil, err
	}
	if !job.Train.Input.IsImage() {
		return nil, usagef("the demonstration draws images, and %s holds %s", d.path, job.Train.Input)
	}
	set.Seed = seed
	c.Input, c.Classes = job.Train.Input, job.Train.Classes
	whole := *d
	whole.limit = 0
	if job.Test, err = whole.openFor(ctx, data.Test, &c); err != nil {
		return nil, err
	}
	return job, startJob(job, set, c)
}

// demoSettings returns a preset's settings for the demonstration.
func demoSettings(preset string) (runtime.Settings, model.Config, error) {
	if preset != "fast" && preset != runtime.Tiny {
		return runtime.Settings{}, model.Config{}, usagef("--preset %q, want fast or tiny", preset)
	}
	set, c, err := runtime.Preset(preset)
	set.Epochs = demoEpochs
	if c.Hidden == nil {
		c.Hidden = []int{demoHidden, demoHidden}
	}
	return set, c, err
}

// showDemo prints what was learned and draws it, on the terminal and as a
// picture.
func (a *app) showDemo(ctx context.Context, job *training.Job, r *training.Result, picture string) error {
	session := job.Trainer.Session()
	gallery, err := demoGallery(ctx, session, job.Test)
	if err != nil {
		return err
	}
	if err := saveGrid(picture, gallery); err != nil {
		return err
	}
	if a.json {
		return nil
	}
	if err := a.drawDemo(job.Train.Input, job.Train.Classes, gallery); err != nil {
		return err
	}
	fmt.Fprintln(a.stdout, "\nrows: what it is; columns: what goodness took it for")
	if err := show.Confusion(a.stdout, job.Train.Classes, r.Goodness.Confusion, confusionLimit); err != nil {
		return err
	}
	fmt.Fprintln(a.stdout)
	return a.showTraining(job, r)
}

// drawDemo draws as many inputs and reconstructions as stand side by side, and
// one imagined sample of each class.
func (a *app) drawDemo(in model.Input, classes []string, gallery *show.Grid) error {
	inputs, reconstructed, imagined := gallery.Rows[0], gallery.Rows[1], gallery.Rows[2:]
	for _, row := range []show.GridRow{inputs, reconstructed} {
		fmt.Fprintf(a.stdout, "\n%s\n", row.Label)
		if err := a.draw(in, row.Images[:min(a.abreast(), len(row.Images))], nil); err != nil {
			return err
		}
	}
	var first [][]float32
	for _, row := range imagined {
		first = append(first, row.Images[0])
	}
	fmt.Fprintln(a.stdout, "\nimagined, one of each class")
	return a.draw(in, first, classes)
}

// demoGallery collects a row of inputs, a row of their reconstructions and
// imagined samples of each class.
func demoGallery(ctx context.Context, session *runtime.Session, test *data.Set) (*show.Grid, error) {
	in := session.Model().Config.Input
	x := simd.NewMatrix(min(demoShown, test.Len()), in.Size())
	for i := range x.Rows {
		test.Sample(x.Row(i), i)
	}
	y := simd.NewMatrix(x.Rows, x.Cols)
	if err := session.Reconstruct(ctx, y, x); err != nil {
		return nil, err
	}
	g := &show.Grid{Width: in.Width, Height: in.Height, Rows: []show.GridRow{
		{Label: "inputs", Images: rowsOf(x)},
		{Label: "reconstructed", Images: rowsOf(y)},
	}}
	for class, name := range session.Model().Config.Classes {
		z := simd.NewMatrix(demoImagined, in.Size())
		if err := session.Imagine(ctx, z, class, uint64(class)); err != nil {
			return nil, err
		}
		g.Rows = append(g.Rows, show.GridRow{Label: "imagined " + name, Images: rowsOf(z)})
	}
	return g, nil
}
