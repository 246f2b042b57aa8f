package model

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pffedge/pffedge/simd"
)

// contents is all that decides which sections a file has and where: the
// canonical layout is a function of it.
type contents struct {
	version    int
	config     *Config
	tensors    []Tensor // shapes; the data does not matter
	int8       bool
	overall    int   // components of the overall mixture, 0 without one
	perClass   []int // components of each class's mixture, 0 where the class had no samples; nil without them
	checkpoint bool
	momentBits int       // of a checkpoint's moments: 32, 16, 8 or 0
	kept       []Section // of a checkpoint's blobs: names and lengths
	signed     bool
	// lengths of the JSON sections
	configBytes, provenanceBytes, trainerBytes int64
}

// sections returns the sections in canonical order, without checksums.
func (k *contents) sections() []Section {
	list := []Section{jsonSection("config", k.configBytes), jsonSection("provenance", k.provenanceBytes)}
	for _, s := range k.parameters() {
		list = append(list, k.valueSection(s))
	}
	if k.overall > 0 {
		list = append(list, k.mixture("mixture", k.overall))
	}
	for label, n := range k.perClass {
		list = append(list, k.mixture(classMixture(label), n))
	}
	if k.checkpoint {
		for _, s := range k.residuals() {
			list = append(list, k.valueSection(s))
		}
		for _, s := range k.moments() {
			list = append(list, k.valueSection(s))
		}
		list = append(list, jsonSection("trainer", k.trainerBytes))
		list = append(list, k.kept...)
	}
	if k.signed {
		list = append(list, Section{Name: "signature", Kind: SignatureSection, DType: Bytes, Rows: 1, Cols: signatureBytes, Bytes: signatureBytes})
	}
	at := int64(headerBytes + entryBytes*len(list))
	for i := range list {
		list[i].Offset = at
		at = list[i].end()
	}
	return list
}

// stored is a tensor as a file holds it.
type stored struct {
	Tensor // shape and name
	DType  DType
}

// parameters returns what a file holds of the parameters, in its order.
func (k *contents) parameters() []stored {
	var list []stored
	for _, t := range k.tensors {
		if !k.int8 || t.Kind == VectorTensor {
			list = append(list, stored{t, Float32})
			continue
		}
		scale := Tensor{Name: t.Name + ".scale", Kind: VectorTensor, Rows: 1, Cols: t.Cols}
		list = append(list, stored{t, Int8}, stored{scale, Float32})
	}
	if k.int8 {
		list = append(list, stored{Tensor{Name: "clip", Kind: VectorTensor, Rows: 1, Cols: clips(k.config)}, Float32})
	}
	return list
}

// residuals returns what a checkpoint of int8 weights holds besides them and their
// moments, in its order.
func (k *contents) residuals() []stored {
	if !k.int8 || !k.checkpoint {
		return nil
	}
	var list []stored
	for _, t := range k.tensors {
		d := Residual8
		switch {
		case t.Kind == VectorTensor:
			continue
		case t.Kind == LateralTensor:
			d = Float32
		}
		t.Name = "r." + t.Name
		list = append(list, stored{t, d})
	}
	return list
}

// moments returns what a checkpoint holds of them, in its order.
func (k *contents) moments() []stored {
	if k.momentBits == 0 {
		return nil
	}
	var list []stored
	for which, prefix := range []string{"m.", "v."} {
		for _, t := range k.tensors {
			t.Name = prefix + t.Name
			list = append(list, stored{t, momentTypes[k.momentBits][which]})
		}
	}
	return list
}

// lines returns how s lies in memory and in the file.
func (k *contents) lines(s stored) lines {
	return linesOf(s.Tensor, s.DType, k.config.Group, k.version)
}

func (k *contents) valueSection(s stored) Section {
	return Section{Name: s.Name, Kind: SectionKind(s.Kind), DType: s.DType, Rows: s.Rows, Cols: s.Cols, Bytes: k.lines(s).file()}
}

// check refuses contents that exceed the limits.
func (k *contents) check() error {
	for _, s := range []Section{jsonSection("config", k.configBytes), jsonSection("provenance", k.provenanceBytes), jsonSection("trainer", k.trainerBytes)} {
		if s.Bytes > MaxJSONBytes {
			return fmt.Errorf("%w: section %s has %d bytes, at most %d allowed", ErrTooLarge, s.Name, s.Bytes, MaxJSONBytes)
		}
	}
	if err := checkKept(k.kept); err != nil {
		return err
	}
	total := k.config.ParamBytes()
	if k.overall > 0 {
		total += k.mixture("", k.overall).Bytes
	}
	for label, n := range k.perClass {
		if n > MaxComponents {
			return fmt.Errorf("%w: section %s has %d components, want 0…%d", ErrFormat, classMixture(label), n, MaxComponents)
		}
		total += k.mixture("", n).Bytes
	}
	if k.overall > MaxComponents {
		return fmt.Errorf("%w: section mixture has %d components, want 1…%d", ErrFormat, k.overall, MaxComponents)
	}
	return checkParamBytes(total)
}

func checkParamBytes(n int64) error {
	if n >= MaxParamBytes {
		return fmt.Errorf("%w: the parameters take %d bytes, which must be less than %d", ErrTooLarge, n, int64(MaxParamBytes))
	}
	return nil
}

func jsonSection(name string, n int64) Section {
	return Section{Name: name, Kind: JSONSection, DType: Text, Bytes: n}
}

func (k *contents) mixture(name string, components int) Section {
	cols := gaussianLen(k.config.Latents, k.version)
	return Section{Name: name, Kind: MixtureSection, DType: Float32, Rows: components, Cols: cols, Bytes: int64(components) * int64(cols) * 4}
}

func classMixture(label int) string { return fmt.Sprintf("mixture.%d", label) }

// ParamBytes returns the memory that the parameters of c, which must be
// valid, occupy. NewParams allocates that much, a training run that
// and MomentBytes; files of MaxParamBytes or more are refused.
func (c *Config) ParamBytes() int64 {
	var n int64
	for _, t := range shapes(c).Tensors() {
		n += t.bytes(c.Group)
	}
	return n
}

// Parameters returns the number of values that c, which must be valid, learns,
// latent mixtures left out.
func (c *Config) Parameters() (n int64) {
	for _, t := range shapes(c).Tensors() {
		n += t.Count(c.Group)
	}
	return n
}

// Int8Bytes returns the memory that the parameters of c occupy in int8; with what
// learning keeps of them besides, if learning.
func (c *Config) Int8Bytes(learning bool) (n int64) {
	k := contents{version: FormatVersion, config: c, tensors: shapes(c).Tensors(), int8: true, checkpoint: learning}
	for _, s := range append(k.parameters(), k.residuals()...) {
		n += int64(k.lines(s).memory())
	}
	return n
}

// Int8FileBytes returns about the size of a model file of c in int8, without
// mixtures.
func (c *Config) Int8FileBytes() int64 {
	k := contents{version: FormatVersion, config: c, tensors: shapes(c).Tensors(), int8: true, configBytes: 400, provenanceBytes: 1200}
	list := k.sections()
	return list[len(list)-1].end()
}

// GenerativeBytes returns the part of ParamBytes that the generative circuit
// has.
func (c *Config) GenerativeBytes() int64 {
	var n int64
	for _, t := range shapes(c).Tensors() {
		if t.Name[0] == 'G' {
			n += t.bytes(c.Group)
		}
	}
	return n
}

// FileBytes returns about the size of a model file of c with mixtures of that
// many components, 0 for none.
func (c *Config) FileBytes(overall, perClass int) int64 {
	k := contents{version: FormatVersion, config: c, tensors: shapes(c).Tensors(), overall: overall, provenanceBytes: 1200}
	if text, err := json.Marshal(c); err == nil {
		k.configBytes = int64(len(text))
	}
	if perClass > 0 {
		k.perClass = slices.Repeat([]int{perClass}, len(c.Classes))
	}
	list := k.sections()
	return list[len(list)-1].end()
}

// SaveBytes returns about the memory that writing a training run of c takes.
func (c *Config) SaveBytes() int64 {
	const sectionBytes = 1600 // its names, its entry in the table and the lists that lead there
	sections := 3*len(shapes(c).Tensors()) + len(c.Classes) + 4
	return writeBuffer + sectionBytes*int64(sections)
}

// bytes returns the size of t's data, computed from its shape.
func (t Tensor) bytes(group int) int64 {
	if t.Kind == LateralTensor {
		return 4 * int64(simd.Blocks{Units: t.Cols, Group: group}.Len())
	}
	return 4 * int64(t.Rows) * int64(simd.PaddedLen(t.Cols))
}

// values returns the number of values, padding included, that t has.
func (t Tensor) values(group int) int { return int(t.bytes(group) / 4) }

// shapes returns the parameters of c without any data.
func shapes(c *Config) *Params {
	p := &Params{Layers: make([]Layer, len(c.Hidden)), Gen: make([]simd.Packed, len(c.Hidden))}
	below := c.Input.Size()
	for i, h := range c.Hidden {
		above := len(c.Classes)
		if i+1 < len(c.Hidden) {
			above = c.Hidden[i+1]
		}
		p.Layers[i] = Layer{Up: simd.Packed{K: below, N: h}, Down: simd.Packed{K: above, N: h}}
		p.Gen[i] = simd.Packed{K: h, N: below}
		below = h
	}
	p.Readout = simd.Packed{K: below, N: len(c.Classes)}
	p.GenTop = simd.Packed{K: c.Latents, N: below}
	return p
}

// slots returns where p keeps the data of its tensors, in the order of
// Tensors.
func (p *Params) slots() []*[]float32 {
	var list []*[]float32
	for i := range p.Layers {
		l := &p.Layers[i]
		list = append(list, &l.Up.Data, &l.Down.Data, &l.Bias, &l.Lateral)
	}
	list = append(list, &p.Readout.Data, &p.ReadoutBias, &p.GenTop.Data)
	for i := len(p.Gen) - 1; i >= 0; i-- {
		list = append(list, &p.Gen[i].Data)
	}
	return list
}
