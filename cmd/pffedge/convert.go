package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pffedge/pffedge/internal/convert"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/internal/training"
	"github.com/pffedge/pffedge/model"
	"github.com/spf13/cobra"
)

// conversion is what `pffedge convert --json` prints.
type conversion struct {
	From       string         `json:"from"`
	FromFormat convert.Format `json:"from_format"`
	To         string         `json:"to"`
	ToFormat   convert.Format `json:"to_format"`
	Parameters int64          `json:"parameters"` // of the model
	Bytes      int64          `json:"bytes"`      // of the file written
	Notes      []string       `json:"notes"`      // what was assumed, dropped or left behind
}

// convertFlags say how a file is read and written.
type convertFlags struct {
	from, to, like, image, classes string
	ignoreUnknown                  bool
}

const convertHelp = `Turn a model into the arrays of other programs, or arrays into a model: .pff,
.safetensors and NumPy's .npz, each into each and without loss, and .onnx, which
holds the read-out alone and is only written.

An array has the name and shape that the paper gives the parameter: W1 D×H, V2,
b1 1×H, L1 H×H with zeros outside its blocks, …, W, b, Gy, G2, G1; of int8
weights they hold codes, which W1.scale and its like multiply column by column.
The configuration and the provenance travel along as JSON, in pffedge.config and
pffedge.provenance. In Python, the read-out of samples x, a row of D values 0…1
each:

  m = np.load("m.npz")
  n = lambda z: z / (np.linalg.norm(z, axis=1, keepdims=True) + 1e-8)
  z = np.maximum(n(x) @ m["W1"] + m["b1"], 0)
  z = np.maximum(n(z) @ m["W2"] + m["b2"], 0)
  p = np.exp(n(z) @ m["W"] + m["b"])
  p /= p.sum(axis=1, keepdims=True)

Arrays without a configuration get that of --like; without it, the sizes follow
from the shapes and the rest is as in preset reference, with features 0…1 or,
with --image, pixels as inputs. Mixtures may be missing, and so may, all
together, Gy, G2, G1: they are then zero. The model in a checkpoint is converted
without the state of its training.`

func (a *app) convert() *cobra.Command {
	var f convertFlags
	cmd := &cobra.Command{
		Use:   "convert IN OUT",
		Short: "Convert a model to and from safetensors and NumPy, and to ONNX",
		Long:  convertHelp,
		Example: `  pffedge convert mnist.pff mnist.safetensors
  pffedge convert mnist.pff mnist.onnx
  pffedge convert weights.npz digits.pff --image 28x28`,
		Args: cobra.ExactArgs(2),
		RunE: doing(func(_ *cobra.Command, args []string) error {
			c := &conversion{From: args[0], To: args[1], Notes: []string{}}
			if err := f.formats(c); err != nil {
				return err
			}
			m, err := f.load(c)
			if err != nil {
				return err
			}
			if err := c.write(m); err != nil {
				return err
			}
			return a.showConversion(c)
		}),
	}
	fl := cmd.Flags()
	fl.StringVar(&f.from, "from", "", "format of IN: pff, safetensors or npz (default: by its extension)")
	fl.StringVar(&f.to, "to", "", "format of OUT: pff, safetensors, npz or onnx (default: by its extension)")
	fl.StringVar(&f.like, "like", "", "model file whose configuration the arrays get")
	fl.StringVar(&f.image, "image", "", "arrays without a configuration: the inputs are pixels of such images, e.g. 28x28")
	fl.StringVar(&f.classes, "classes", "", "arrays without a configuration: names of the classes, e.g. cat,dog (default: 0, 1, …)")
	fl.BoolVar(&f.ignoreUnknown, "ignore-unknown", false, "pass over arrays that no model has")
	return cmd
}

// formats decides what IN and OUT are.
func (f *convertFlags) formats(c *conversion) (err error) {
	if c.FromFormat, err = formatOf("--from", f.from, c.From); err != nil {
		return err
	}
	if c.ToFormat, err = formatOf("--to", f.to, c.To); err != nil {
		return err
	}
	if c.FromFormat == convert.ONNX {
		return usagef("%s: ONNX is only written: it holds the read-out alone", c.From)
	}
	if c.FromFormat == convert.PFF && (f.like != "" || f.image != "" || f.classes != "") {
		return usagef("--like, --image and --classes are for arrays without a configuration, and %s brings its own", c.From)
	}
	if f.like != "" && (f.image != "" || f.classes != "") {
		return usagef("--like brings inputs and classes: leave out --image and --classes")
	}
	in, errIn := os.Stat(c.From)
	out, errOut := os.Stat(c.To)
	if errIn == nil && errOut == nil && os.SameFile(in, out) {
		return usagef("%s and %s are the same file", c.From, c.To)
	}
	return nil
}

// formatOf returns the format that a flag names, else the one of path.
func formatOf(flag, name, path string) (convert.Format, error) {
	if name == "" {
		f, err := convert.FormatOf(path)
		if err != nil {
			return "", usagef("%w; %s names it", err, flag)
		}
		return f, nil
	}
	f, err := convert.ParseFormat(name)
	if err != nil {
		return "", usagef("%s: %w", flag, err)
	}
	return f, nil
}

// load reads the model of IN.
func (f *convertFlags) load(c *conversion) (*model.Model, error) {
	if c.FromFormat == convert.PFF {
		return c.loadModel()
	}
	opt, err := f.options(c.From)
	if err != nil {
		return nil, err
	}
	contents, err := convert.Open(c.From, c.FromFormat)
	if err != nil {
		return nil, err
	}
	training.Settled() // arrays and model are in memory together
	m, notes, err := contents.Model(opt)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.From, err)
	}
	c.Notes = append(c.Notes, notes...)
	return m, nil
}

// loadModel reads a model or the one in a checkpoint.
func (c *conversion) loadModel() (*model.Model, error) {
	m, err := model.Load(c.From)
	if err != nil {
		return nil, err
	}
	info, err := model.Describe(c.From)
	if err != nil {
		return nil, err
	}
	if info.Checkpoint {
		c.Notes = append(c.Notes, "the state of the training run stays behind: what is written is the model alone")
	}
	if slices.ContainsFunc(info.Sections, func(s model.Section) bool { return s.Kind == model.BytesSection }) {
		c.Notes = append(c.Notes, "what its learner keeps stays behind, too")
	}
	if slices.ContainsFunc(info.Sections, func(s model.Section) bool { return s.Kind == model.SignatureSection }) {
		c.Notes = append(c.Notes, "the signature stays behind: what is written is not signed")
	}
	return m, nil
}

// options says what the arrays of path do not.
func (f *convertFlags) options(path string) (opt convert.Options, err error) {
	opt.IgnoreUnknown = f.ignoreUnknown
	opt.Provenance = model.Provenance{Tool: "pffedge " + toolVersion() + " convert", Data: filepath.Base(path), Settings: "reference"}
	if f.image != "" {
		if opt.Width, opt.Height, err = parseSize("--image", f.image); err != nil {
			return opt, err
		}
	}
	if f.classes != "" {
		opt.Classes = strings.Split(f.classes, ",")
	}
	if f.like != "" {
		like, err := model.Load(f.like)
		if err != nil {
			return opt, err
		}
		opt.Like, opt.Provenance.Settings = &like.Config, like.Provenance.Settings
	}
	return opt, nil
}

// write writes OUT.
func (c *conversion) write(m *model.Model) error {
	c.Parameters = convert.Parameters(&m.Config)
	if m.Int8 != nil && c.ToFormat == convert.ONNX {
		c.Notes = append(c.Notes, "the int8 weights are restored to float32")
	}
	return model.WriteFileAtomic(c.To, func(w io.Writer) error {
		counted := &counter{w: w}
		err := convert.Write(counted, m, c.ToFormat, "pffedge "+toolVersion())
		c.Bytes = counted.n
		return err
	})
}

// counter counts what goes to a writer.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

func (a *app) showConversion(c *conversion) error {
	for _, note := range c.Notes {
		fmt.Fprintf(a.stderr, "pffedge: note: %s: %s\n", c.From, note)
	}
	if a.json {
		return a.print(c)
	}
	_, err := fmt.Fprintf(a.stdout, "%s → %s (%s, %d parameters, %s)\n", c.From, c.To, c.ToFormat, c.Parameters, show.Bytes(c.Bytes))
	return err
}
