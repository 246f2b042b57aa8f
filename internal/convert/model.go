package convert

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pffedge/pffedge/internal/array"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// ErrUnknown is wrapped when a file holds arrays that no model has.
var ErrUnknown = errors.New("unknown arrays")

// Options say what a file of arrays does not.
type Options struct {
	// Like gives the configuration, whatever the file says; nil: the file's
	// own, else one that follows from the shapes, with the constants of preset
	// reference.
	Like *model.Config
	// Width and Height make the inputs of a configuration that follows from
	// the shapes pixels, Classes names its classes; without them its inputs
	// are features 0…1 and its classes 0 … C−1.
	Width, Height int
	Classes       []string
	// Provenance is the model's where the file has none.
	Provenance model.Provenance
	// IgnoreUnknown passes over arrays that no model has.
	IgnoreUnknown bool
}

// Model makes a model of the arrays, once: it takes them. The notes say, a
// line each, what was assumed and what was dropped.
//
// The parameters of the representation circuit and the read-out must be there.
// Those of the generative circuit may be missing, all together: they are then
// zero. So may mixtures. Values of a lateral matrix outside its blocks, which
// never count, are dropped.
func (c *Contents) Model(opt Options) (m *model.Model, notes []string, err error) {
	note := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	m = &model.Model{}
	if m.Config, err = c.configuration(opt, note); err != nil {
		return nil, nil, err
	}
	if m.Provenance, err = c.origin(opt); err != nil {
		return nil, nil, err
	}
	if c.arrays["W1"].Type == array.I8 {
		m.Int8, err = c.int8Params(&m.Config, note)
	} else {
		m.Params, err = c.params(&m.Config, note)
	}
	if err != nil {
		return nil, nil, err
	}
	if err := c.mixtures(m); err != nil {
		return nil, nil, err
	}
	if len(m.Overall) == 0 {
		note("there are no mixtures of latents: the model cannot imagine until they are fitted")
	}
	if err := c.leftovers(opt, note); err != nil {
		return nil, nil, err
	}
	if err := m.Validate(); err != nil {
		return nil, nil, err
	}
	return m, notes, nil
}

// leftovers reports the arrays that nobody has taken.
func (c *Contents) leftovers(opt Options, note func(string, ...any)) error {
	names := c.rest()
	switch {
	case len(names) == 0:
		return nil
	case !opt.IgnoreUnknown:
		return fmt.Errorf("%w: %s", ErrUnknown, some(names))
	}
	note("passed over %d unknown arrays: %s", len(names), some(names))
	return nil
}

// some lists the first of names.
func some(names []string) string {
	const most = 10
	var list []string
	for _, name := range names[:min(len(names), most)] {
		list = append(list, array.Quote(name))
	}
	if more := len(names) - most; more > 0 {
		list = append(list, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(list, ", ")
}

// blank returns the parameters of c without their memory.
func blank(c *model.Config) *model.Params {
	n := len(c.Hidden)
	p := &model.Params{Layers: make([]model.Layer, n), Gen: make([]simd.Packed, n)}
	below := c.Input.Size()
	for i, h := range c.Hidden {
		above := len(c.Classes)
		if i+1 < n {
			above = c.Hidden[i+1]
		}
		p.Layers[i] = model.Layer{Up: simd.Packed{K: below, N: h}, Down: simd.Packed{K: above, N: h}}
		p.Gen[i] = simd.Packed{K: h, N: below}
		below = h
	}
	p.Readout = simd.Packed{K: below, N: len(c.Classes)}
	p.GenTop = simd.Packed{K: c.Latents, N: below}
	return p
}

// Parameters returns how many a network of c has, scales and limits of int8
// weights not counted.
func Parameters(c *model.Config) int64 {
	var n int64
	for _, t := range blank(c).Tensors() {
		n += t.Count(c.Group)
	}
	return n
}

func generative(t model.Tensor) bool { return strings.HasPrefix(t.Name, "G") }

// droppedNote says what a lateral matrix lost.
const droppedNote = "array %s: dropped %d values outside the blocks of %d units, which never count"

// ready demands an array in the right shape for each tensor, before memory is
// taken, and whatever else check demands. It tells which tensors are absent.
func (c *Contents) ready(config *model.Config, note func(string, ...any), check func(model.Tensor) error) (absent func(model.Tensor) bool, err error) {
	tensors := blank(config).Tensors()
	reconstructs := slices.ContainsFunc(tensors, func(t model.Tensor) bool { return generative(t) && c.has(t.Name) })
	absent = func(t model.Tensor) bool { return generative(t) && !reconstructs }
	for _, t := range slices.DeleteFunc(tensors, absent) {
		if err := c.checkShape(t); err != nil {
			return nil, err
		}
		if err := check(t); err != nil {
			return nil, err
		}
	}
	if n := config.ParamBytes(); n >= model.MaxParamBytes {
		return nil, fmt.Errorf("%w: the parameters take %d bytes, which must be less than %d", array.ErrTooLarge, n, int64(model.MaxParamBytes))
	}
	if !reconstructs {
		note("there is no generative circuit: its weights are zero, and the model reconstructs nothing")
	}
	return absent, nil
}

// checkShape demands the array of a tensor. A vector may be a matrix of one
// row, as it is written, or have one dimension.
func (c *Contents) checkShape(t model.Tensor) error {
	shapes := [][]int{{t.Rows, t.Cols}}
	if t.Kind == model.VectorTensor {
		shapes = append(shapes, []int{t.Cols})
	}
	return c.check(t.Name, shapes...)
}

// params makes parameters of float32 weights.
func (c *Contents) params(config *model.Config, note func(string, ...any)) (*model.Params, error) {
	absent, err := c.ready(config, note, func(model.Tensor) error { return nil })
	if err != nil {
		return nil, err
	}
	p := model.NewParams(config)
	for _, t := range slices.DeleteFunc(p.Tensors(), absent) {
		v, err := c.take(t.Name)
		if err != nil {
			return nil, err
		}
		if dropped := fill(t, v, config.Group); dropped > 0 {
			note(droppedNote, t.Name, dropped, config.Group)
		}
	}
	return p, nil
}

// fill gives t the values v of its logical shape and returns how many of those
// that are not zero have no place in it.
func fill(t model.Tensor, v []float32, group int) (dropped int) {
	switch t.Kind {
	case model.PackedTensor:
		simd.Packed{K: t.Rows, N: t.Cols, Data: t.Data}.Pack(v)
	case model.VectorTensor:
		copy(t.Data, v)
	case model.LateralTensor:
		blocks := simd.Blocks{Units: t.Cols, Group: group}
		for i := range t.Rows {
			for j, x := range v[i*t.Cols : (i+1)*t.Cols] {
				if i/group == j/group {
					t.Data[blocks.Index(i, j)] = x
				} else if x != 0 {
					dropped++
				}
			}
		}
	}
	return dropped
}
