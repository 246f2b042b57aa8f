package main

import (
	"context"
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
}

func (a *app) eval() *cobra.Command {
	var d dataFlags
	var path, split, method string
	cmd := &cobra.Command{
		Use:   "eval --model FILE.pff --data PATH",
		Short: "Measure a model on a labelled data set",
		Long: `Measure a model's accuracy, the recall of each class, which classes it confuses
and how well it reconstructs.

` + dataHelp,
		Example: "  pffedge eval --model mnist.pff --data mnist --split test --method readout",
		Args:    noArgs,
		RunE: doing(func(cmd *cobra.Command, _ []string) error {
			which, err := data.ParseSplit(split)
			if err != nil {
				return usagef("--split %q, want train or test", split)
			}
			how, err := runtime.ParseMethod(method)
			if err != nil {
				return usageError{err}
			}
			session, err := a.openSession(path)
			if err != nil {
				return err
			}
			defer session.Close()
			set, err := d.openFor(cmd.Context(), which, &session.Model().Config)
			if err != nil {
				return err
			}
			e, err := a.evaluate(cmd.Context(), session, set, how)
			if err != nil {
				return err
			}
			e.Model, e.Split = path, split
			return a.showEvaluation(e)
		}),
	}
	addModel(cmd, &path)
	d.add(cmd)
	cmd.Flags().StringVar(&split, "split", "test", "train or test")
	cmd.Flags().StringVar(&method, "method", string(runtime.Goodness), "goodness (settle under every label), readout (one pass) or auto (settle under the labels that the read-out cannot rule out)")
	a.addThreads(cmd)
	return cmd
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
	if _, err := fmt.Fprintf(a.stdout, "%s\n\n", text); err != nil {
		return err
	}
	return show.Confusion(a.stdout, e.Labels, e.Confusion, confusionLimit)
}

// confusionLimit bounds the confusions listed where there are too many classes
// for a matrix.
const confusionLimit = 15
