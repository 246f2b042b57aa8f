package main

import (
	"fmt"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/quant"
	"github.com/pffedge/pffedge/simd"
	"github.com/spf13/cobra"
)

// inspection is what `pffedge inspect --json` prints.
type inspection struct {
	File          string           `json:"file"`
	FormatVersion int              `json:"format_version"`
	Checkpoint    bool             `json:"checkpoint"`
	Weights       string           `json:"weights"`             // float32 or int8
	SignedBy      string           `json:"signed_by,omitempty"` // the public key, see keyName
	Bytes         int64            `json:"bytes"`
	Parameters    int64            `json:"parameters"`
	Config        model.Config     `json:"config"`
	Provenance    model.Provenance `json:"provenance"`
	Imagines      bool             `json:"imagines"` // it has latent mixtures
	Memory        needs            `json:"memory"`
	Sections      []section        `json:"sections"`
	Int8          []int8Loss       `json:"int8,omitempty"`
}

// int8Loss is what a weight matrix would keep as int8.
type int8Loss struct {
	Name  string  `json:"name"`
	SNR   float64 `json:"snr_db"` // signal to noise, decibels
	Bytes int     `json:"bytes"`
}

type section struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Rows   int    `json:"rows,omitempty"`
	Cols   int    `json:"cols,omitempty"`
	Offset int64  `json:"offset"`
	Bytes  int64  `json:"bytes"`
	CRC    string `json:"crc32c"`
}

func (a *app) inspect() *cobra.Command {
	var sections, int8s, verify, layout bool
	cmd := &cobra.Command{
		Use:   "inspect FILE.pff",
		Short: "Show what a model file holds, and check it",
		Long: `Show what a model file holds, after reading and checking all of it.

--verify goes on behind damage and says of every section whether its bytes are
what was written. --layout prints the file as an annotated map: what every byte
is for, damaged or not; model/FORMAT.md is its legend.`,
		Example: `  pffedge inspect mnist.pff --sections
  pffedge inspect --verify mnist.pff
  pffedge inspect --layout mnist.pff | less`,
		Args: cobra.ExactArgs(1),
		RunE: doing(func(_ *cobra.Command, args []string) error {
			switch {
			case isStore(args[0]):
				return hinted{fmt.Errorf("%s is a folder, not a model file", args[0]), "of a store, tell what it holds by: pffedge store show " + args[0]}
			case layout && (sections || int8s || verify), verify && (sections || int8s):
				return usagef("--layout and --verify each go alone")
			case layout:
				return a.showLayout(args[0])
			case verify:
				return a.verifySections(args[0])
			}
			i, err := inspectFile(args[0], int8s)
			if err != nil {
				return err
			}
			if a.json {
				return a.print(i)
			}
			return a.showInspection(i, sections)
		}),
	}
	cmd.Flags().BoolVar(&sections, "sections", false, "list the sections of the file")
	cmd.Flags().BoolVar(&int8s, "int8", false, "tell how well each weight matrix would survive as int8")
	cmd.Flags().BoolVar(&verify, "verify", false, "check every section, and go on behind damage")
	cmd.Flags().BoolVar(&layout, "layout", false, "print an annotated map of the file")
	return cmd
}

// inspectFile describes a file after reading and checking all of it.
func inspectFile(path string, int8s bool) (*inspection, error) {
	info, err := model.Describe(path)
	if err != nil {
		return nil, err
	}
	m, err := model.Load(path)
	if err != nil {
		return nil, err
	}
	signer := ""
	if info.Signed {
		key, err := model.VerifySignature(path)
		if err != nil {
			return nil, err
		}
		signer = keyName(key)
	}
	weights := "float32"
	if info.Int8 {
		weights = "int8"
	}
	i := &inspection{
		File: path, FormatVersion: info.Version, Checkpoint: info.Checkpoint, Weights: weights, SignedBy: signer, Bytes: info.Bytes,
		Config: info.Config, Provenance: info.Provenance, Imagines: len(m.Overall) > 0,
	}
	i.Parameters = m.Config.Parameters()
	for _, s := range info.Sections {
		i.Sections = append(i.Sections, section{s.Name, s.Kind.String(), s.Rows, s.Cols, s.Offset, s.Bytes, fmt.Sprintf("%08x", s.CRC)})
	}
	if i.Memory, err = needsOf(&i.Config, info.Int8, &i.Provenance); err != nil {
		return nil, err
	}
	if int8s && info.Int8 {
		return nil, usagef("--int8: the weights of %s are int8 already", path)
	}
	if int8s {
		if i.Int8, err = int8Losses(m.Params); err != nil {
			return nil, err
		}
	}
	return i, nil
}

// int8Losses quantises every weight matrix and measures what is lost.
func int8Losses(p *model.Params) ([]int8Loss, error) {
	var losses []int8Loss
	for _, t := range p.Tensors() {
		if t.Kind != model.PackedTensor {
			continue
		}
		weights := simd.Packed{K: t.Rows, N: t.Cols, Data: t.Data}
		q, err := quant.Quantise(weights)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.Name, err)
		}
		// JSON has no infinity, which stands for nothing lost.
		losses = append(losses, int8Loss{t.Name, math.Min(q.SNR(weights), math.MaxFloat32), q.Bytes()})
	}
	return losses, nil
}

func (a *app) showInspection(i *inspection, sections bool) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	c, p := &i.Config, &i.Provenance
	kind := "model"
	if i.Checkpoint {
		kind = "checkpoint of a training run"
	}
	fmt.Fprintf(w, "%s\t%s, format version %d, %s, checksums right\n", i.File, kind, i.FormatVersion, show.Bytes(i.Bytes))
	if i.SignedBy != "" {
		fmt.Fprintf(w, "signed by\t%s\n", i.SignedBy)
	}
	fmt.Fprintf(w, "input\t%s\n", c.Input)
	fmt.Fprintf(w, "classes\t%d: %s\n", len(c.Classes), show.Shorten(strings.Join(c.Classes, ", "), 60))
	fmt.Fprintf(w, "hidden layers\t%s units, lateral groups of %d\n", strings.Trim(fmt.Sprint(c.Hidden), "[]"), c.Group)
	fmt.Fprintf(w, "parameters\t%d, %s, %.2f bytes of file each\n", i.Parameters, i.Weights, float64(i.Bytes)/float64(i.Parameters))
	fmt.Fprintf(w, "dynamics\tK=%d rounds, leak %v, label scale %v, goodness over steps %d…%d\n", c.Rounds, c.Leak, c.LabelScale, c.GoodnessFrom, c.GoodnessSteps-1)
	imagines := "no latent mixtures: it cannot imagine"
	if i.Imagines {
		imagines = "latent mixtures fitted: it can imagine"
	}
	fmt.Fprintf(w, "generative\t%d latents, %s\n", c.Latents, imagines)
	fmt.Fprintf(w, "made by\t%s, preset %q, seed %d\n", p.Tool, p.Settings, p.Seed)
	fmt.Fprintf(w, "learned\t%d samples, %d epochs: %s\n", p.Samples, p.Epochs, p.Data)
	if p.DataHash != "" {
		fmt.Fprintf(w, "training set\tSHA-256 %s\n", p.DataHash)
	}
	if kept := i.kept(); len(kept) > 0 {
		fmt.Fprintf(w, "learner keeps\t%s\n", strings.Join(kept, "; "))
	}
	mem := &i.Memory
	fmt.Fprintf(w, "memory\tpredicting %s, with reconstruction %s; learning by preset %s %s; besides program and data, with %s\n",
		show.Bytes(mem.Predicting.Peak-mem.Predicting.Imagines), show.Bytes(mem.Predicting.Peak), mem.Preset, show.Bytes(mem.Learning.Peak), show.Plural(mem.Threads, "thread"))
	if sections {
		fmt.Fprintln(w, "\nsection\tkind\tshape\toffset\tbytes\tCRC-32C")
		for _, s := range i.Sections {
			shape := ""
			if s.Rows > 0 {
				shape = fmt.Sprintf("%d×%d", s.Rows, s.Cols)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\n", s.Name, s.Kind, shape, s.Offset, s.Bytes, s.CRC)
		}
	}
	if len(i.Int8) > 0 {
		fmt.Fprintln(w, "\nas int8\tsignal to noise\tsize")
		for _, l := range i.Int8 {
			fmt.Fprintf(w, "%s\t%.1f dB\t%s\n", l.Name, l.SNR, show.Bytes(int64(l.Bytes)))
		}
	}
	return w.Flush()
}

// kept names what the learner of a checkpoint keeps besides its network.
func (i *inspection) kept() (list []string) {
	for _, s := range i.Sections {
		if s.Kind == model.BytesSection.String() {
			list = append(list, fmt.Sprintf("%s, %s", strings.TrimPrefix(s.Name, "l."), show.Bytes(s.Bytes)))
		}
	}
	return list
}
