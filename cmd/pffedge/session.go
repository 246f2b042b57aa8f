package main

import (
	"context"
	"iter"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
	"github.com/spf13/cobra"
)

// addModel adds --model to a command that uses one.
func addModel(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "model", "", "model file, or the folder of a store")
}

// openedModel is a session on a model, whose file, if there is one, stays open
// with it.
type openedModel struct {
	*runtime.Session
	file *model.File // nil for the model of a store
}

// Close ends the session's threads and closes the file.
func (o *openedModel) Close() {
	o.Session.Close()
	if o.file != nil {
		o.file.Close()
	}
}

// openSession opens a model file, or a store, and a session on its model.
func (a *app) openSession(path string) (*openedModel, error) {
	if path == "" {
		return nil, usagef("--model is missing: a model file, as train writes it")
	}
	if err := a.checkThreads(); err != nil {
		return nil, err
	}
	if isStore(path) {
		m, err := a.readStore(path)
		if err != nil {
			return nil, err
		}
		return a.newSession(m, nil)
	}
	file, err := model.Open(path, a.threads)
	if err != nil {
		return nil, err
	}
	o, err := a.newSession(file.Model, file)
	if err != nil {
		file.Close()
	}
	return o, err
}

func (a *app) newSession(m *model.Model, file *model.File) (*openedModel, error) {
	engine, err := runtime.New(m)
	if err != nil {
		return nil, err
	}
	return &openedModel{runtime.NewSession(engine, a.threads), file}, nil
}

// sampleFlags say how unlabelled samples are read.
type sampleFlags struct {
	label     string
	delimiter string
}

// sampleHelp says what samples may be.
const sampleHelp = `Samples are PNG or JPEG images, folders of them, IDX image files, or CSV files
(a label column is passed over); "-", or no file at all, reads one image or CSV
rows from standard input.`

func (f *sampleFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.label, "label", "", "CSV: label column to pass over (default: found)")
	cmd.Flags().StringVar(&f.delimiter, "delimiter", "", `CSV: the delimiter, one character or "tab" (default: detected)`)
}

// open yields the samples of the named files, or of standard input.
func (f *sampleFlags) open(ctx context.Context, a *app, in model.Input, paths []string) (iter.Seq2[data.Sample, error], error) {
	if len(paths) == 0 {
		if isTerminal(a.stdin) {
			return nil, usagef("no samples: name files, or send one image or CSV rows to standard input")
		}
		paths = []string{"-"}
	}
	delimiter, err := parseDelimiter(f.delimiter)
	if err != nil {
		return nil, err
	}
	return data.OpenSamples(ctx, paths, data.SampleOptions{
		Input: in, LabelColumn: f.label, Delimiter: delimiter, Stdin: a.stdin,
	}), nil
}

// maxBlock bounds the samples handled at once.
const maxBlock = 100

// inBlocks hands out samples in blocks of at most maxBlock. A block is handed
// out as soon as no further sample is waiting, so that rows which trickle in
// over a pipe are answered one by one.
func inBlocks(ctx context.Context, samples iter.Seq2[data.Sample, error], handle func(names []string, x simd.Matrix) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	next := readAhead(ctx, samples)
	for {
		block, more, err := takeBlock(ctx, next)
		if len(block) > 0 {
			if err := handle(stack(block)); err != nil {
				return err
			}
		}
		if err != nil || !more {
			return err
		}
	}
}

type sampleOrError struct {
	sample data.Sample
	err    error
}

// readAhead reads samples in a goroutine that ends with them or with ctx.
func readAhead(ctx context.Context, samples iter.Seq2[data.Sample, error]) <-chan sampleOrError {
	next := make(chan sampleOrError, maxBlock)
	go func() {
		defer close(next)
		for s, err := range samples {
			select {
			case next <- sampleOrError{s, err}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return next
}

// takeBlock waits for a sample and takes those waiting behind it.
func takeBlock(ctx context.Context, next <-chan sampleOrError) (block []data.Sample, more bool, err error) {
	for len(block) < maxBlock {
		var s sampleOrError
		if len(block) == 0 {
			select {
			case s, more = <-next:
			case <-ctx.Done():
				return nil, false, ctx.Err()
			}
		} else {
			select {
			case s, more = <-next:
			default:
				return block, true, nil
			}
		}
		if !more || s.err != nil {
			return block, false, s.err
		}
		block = append(block, s.sample)
	}
	return block, true, nil
}

// stack puts samples into a matrix, one a row.
func stack(block []data.Sample) ([]string, simd.Matrix) {
	x := simd.NewMatrix(len(block), len(block[0].X))
	names := make([]string, len(block))
	for i, s := range block {
		names[i] = s.Name
		copy(x.Row(i), s.X)
	}
	return names, x
}
