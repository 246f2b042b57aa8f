package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/evaluate"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/runtime"
	"github.com/spf13/cobra"
)

// evaluation is what `pffedge eval --json` prints.
type evaluation struct {
	Model  string   `json:"model"`
	Data   string   `json:"data"`
	Split  string   `json:"split"`
	Labels []string `json:"classes"`
	*evaluate.Result
	// ReconstructionError is the mean sum of squares a sample; absent without a
	// trained generative circuit.
	ReconstructionError *float64 `json:"reconstruction_error,omitempty"`
	Judge               string   `json:"judge,omitempty"`
	*evaluate.Generation
}

// imaginedOfEach is how many samples of each class a judge looks at.
const imaginedOfEach = 200

func (a *app) eval() *cobra.Command {
	var d dataFlags
	var path, split, method, judge string
	cmd := &cobra.Command{
		Use:   "eval --model FILE.pff --data PATH",
		Short: "Measure a model on a labelled data set",
		Long: `Measure a model's accuracy, the recall of each class, which classes it confuses
and how well it reconstructs.

With --judge, a separately trained model of the same classes, measure too which
share of its reconstructions, and of samples that it imagines of each class, the
judge recognises by goodness, and the diversity of the imagined: the mean
distance between two of a class as a share of that between two real ones.

` + dataHelp,
		Example: `  pffedge eval --model mnist.pff --data mnist --split test --method readout
  pffedge eval --model mnist.pff --data mnist --judge other.pff`,
		Args: noArgs,
		RunE: doing(func(cmd *cobra.Command, _ []string) error {
			which, err := data.ParseSplit(split)
			if err != nil {
				return usagef("--split %q, want train or test", split)
			}
			how, err := runtime.ParseMethod(method)
			if err != nil {
				return usageError{err}
			}
			opened, err := a.openSession(path)
			if err != nil {
				return err
			}
			defer opened.Close()
			session := opened.Session
			set, err := d.openFor(cmd.Context(), which, &session.Model().Config)
			if err != nil {
				return err
			}
			e, err := a.evaluate(cmd.Context(), session, set, how)
			if err != nil {
				return err
			}
			e.Model, e.Split = path, split
			if judge != "" {
				if err := a.judge(cmd.Context(), e, session, judge, set); err != nil {
					return err
				}
			}
			return a.showEvaluation(e)
		}),
	}
	addModel(cmd, &path)
	d.add(cmd)
	cmd.Flags().StringVar(&split, "split", "test", "train or test")
	cmd.Flags().StringVar(&method, "method", string(runtime.Goodness), "goodness (settle under every label), readout (one pass) or auto (settle under the labels that the read-out cannot rule out)")
	cmd.Flags().StringVar(&judge, "judge", "", "model `FILE`, separately trained, that recognises what the model reconstructs and imagines")
	a.addThreads(cmd)
	return cmd
}

// judge lets the model at path recognise what session's reconstructs and
// imagines.
func (a *app) judge(ctx context.Context, e *evaluation, session *runtime.Session, path string, set *data.Set) error {
	opened, err := a.openSession(path)
	if err != nil {
		return err
	}
	defer opened.Close()
	e.Judge = path
	e.Generation, err = evaluate.Generate(ctx, session, opened.Session, set, 0, imaginedOfEach, 0)
	if errors.Is(err, runtime.ErrNoMixture) {
		return hinted{err, "a judge looks at what a model imagines: train it without --no-generative"}
	}
	return err
}

func (a *app) evaluate(ctx context.Context, session *runtime.Session, set *data.Set, method runtime.Method) (*evaluation, error) {
	bar := show.NewProgress(a.stderr, isTerminal(a.stderr), int64(set.Len()), "samples")
	defer bar.Close()
	result, err := evaluate.Predict(ctx, session, set, method, 0, func(done int) { bar.Set(int64(done), "predicting") })
	if err != nil {
		return nil, err
	}
	e := &evaluation{Data: set.Source, Labels: session.Model().Config.Classes, Result: result}
	if len(session.Model().Overall) == 0 {
		return e, nil
	}
	bar.Set(0, "reconstructing")
	reconstruction, err := evaluate.Reconstruction(ctx, session, set, 0)
	e.ReconstructionError = &reconstruction
	return e, err
}

func (a *app) showEvaluation(e *evaluation) error {
	if a.json {
		return a.print(e)
	}
	text := fmt.Sprintf("%s on %s: %s by %s\n%d of %d right in %s (%.0f samples/s)", e.Model, e.Data, show.Percent(e.Accuracy), e.Method,
		e.Correct, e.Samples, show.Duration(e.Seconds), float64(e.Samples)/max(e.Seconds, 1e-9))
	if e.ReconstructionError != nil {
		text += fmt.Sprintf("; reconstruction error %.2f", *e.ReconstructionError)
	}
	if g := e.Generation; g != nil {
		text += fmt.Sprintf("\n%s recognises %s of the reconstructions and %s of %d imagined samples of each class, whose diversity is %.2f of the real ones'",
			e.Judge, show.Percent(g.Reconstructed), show.Percent(g.Imagined), g.Each, g.Diversity)
	}
	if _, err := fmt.Fprintf(a.stdout, "%s\n\n", text); err != nil {
		return err
	}
	return show.Confusion(a.stdout, e.Labels, e.Confusion, confusionLimit)
}

// confusionLimit bounds the confusions listed where there are too many classes
// for a matrix.
const confusionLimit = 15
