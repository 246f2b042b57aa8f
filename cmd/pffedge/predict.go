package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
	"github.com/spf13/cobra"
)

// prediction is one line of `pffedge predict --json`.
type prediction struct {
	Name          string         `json:"name"`
	Class         string         `json:"class"`
	Index         int            `json:"index"` // of the class
	Confidence    float32        `json:"confidence"`
	Probabilities []float32      `json:"probabilities"` // in label order
	Method        runtime.Method `json:"method"`
}

func (a *app) predict() *cobra.Command {
	var path, method string
	var top int
	var f sampleFlags
	cmd := &cobra.Command{
		Use:   "predict --model FILE.pff [SAMPLE…]",
		Short: "Predict the class of samples",
		Long:  "Predict the class of samples.\n\n" + sampleHelp,
		Example: `  pffedge predict --model mnist.pff digit.png
  pffedge predict --model iris.pff --json < flowers.csv`,
		RunE: doing(func(cmd *cobra.Command, args []string) error {
			how, err := runtime.ParseMethod(method)
			if err != nil {
				return usageError{err}
			}
			if top < 1 {
				return usagef("--top %d, want at least 1", top)
			}
			opened, err := a.openSession(path)
			if err != nil {
				return err
			}
			defer opened.Close()
			session := opened.Session
			classes := session.Model().Config.Classes
			samples, err := f.open(cmd.Context(), a, session.Model().Config.Input, args)
			if err != nil {
				return err
			}
			return inBlocks(cmd.Context(), samples, func(names []string, x simd.Matrix) error {
				p, err := session.Predict(cmd.Context(), x, how)
				if err != nil {
					return err
				}
				for i, name := range names {
					if err := a.showPrediction(name, p.Row(i), classes, how, top); err != nil {
						return err
					}
				}
				return nil
			})
		}),
	}
	addModel(cmd, &path)
	cmd.Flags().StringVar(&method, "method", string(runtime.Goodness), "goodness (settle under every label), readout (one pass) or auto (settle under the labels that the read-out cannot rule out)")
	cmd.Flags().IntVar(&top, "top", 1, "show the N likeliest classes of each sample")
	f.add(cmd)
	a.addThreads(cmd)
	return cmd
}

func (a *app) showPrediction(name string, p []float32, classes []string, method runtime.Method, top int) error {
	best, confidence := runtime.Best(p)
	if a.json {
		return a.print(prediction{name, classes[best], best, confidence, slices.Clone(p), method})
	}
	fields := []string{name}
	for _, c := range likeliest(p, top) {
		fields = append(fields, fmt.Sprintf("%s %s", classes[c], show.Percent(float64(p[c]))))
	}
	_, err := fmt.Fprintln(a.stdout, strings.Join(fields, "\t"))
	return err
}

// likeliest returns the n classes with the largest probabilities, largest
// first.
func likeliest(p []float32, n int) []int {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case p[i] > p[j]:
			return -1
		case p[i] < p[j]:
			return 1
		}
		return 0
	})
	return order[:min(n, len(order))]
}
