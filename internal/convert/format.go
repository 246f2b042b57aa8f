// Package convert turns models into the arrays of other programs and back:
// safetensors and NumPy's .npz, both ways and without loss, and ONNX, which
// takes the read-out alone and is only written.
//
// An array has the name and the shape that the paper gives the parameter,
// without padding: W1 D×H, b1 1×H, L1 H×H with zeros outside its blocks. A
// mixture of n Gaussians over S latents is mixture.weight n, mixture.mean n×S
// and mixture.chol n×S×S, that of a class mixture.0.weight and so on, n being 0
// for a class that had no samples. The configuration and the provenance travel
// along as JSON, as in a .pff file.
//
// Weights in int8 are arrays of codes, −127…127, beside which W1.scale, 1×H and
// float32, holds what the codes of each column are multiplied by, and so on for
// every matrix; clip, 1×(2L+2), holds the limits of model.Int8Params. ONNX gets
// them restored to float32.
package convert

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pffedge/pffedge/internal/array"
	"github.com/pffedge/pffedge/internal/npz"
	"github.com/pffedge/pffedge/internal/onnx"
	"github.com/pffedge/pffedge/internal/safetensors"
	"github.com/pffedge/pffedge/model"
)

// Format is a file format.
type Format string

// The formats.
const (
	PFF         Format = "pff"
	Safetensors Format = "safetensors"
	NPZ         Format = "npz"
	ONNX        Format = "onnx"
)

// Formats lists the formats.
func Formats() []Format { return []Format{PFF, Safetensors, NPZ, ONNX} }

// ErrFormatUnknown is wrapped when a format has no such name, or a file's name
// tells none.
var ErrFormatUnknown = errors.New("unknown format")

// ParseFormat returns the format of that name.
func ParseFormat(name string) (Format, error) {
	for _, f := range Formats() {
		if name == string(f) {
			return f, nil
		}
	}
	return "", fmt.Errorf("%w %q, there are %v", ErrFormatUnknown, name, Formats())
}

// FormatOf returns the format that a file's extension tells; .ckpt, a
// checkpoint of a training run, is a .pff file too.
func FormatOf(path string) (Format, error) {
	extension := strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
	if extension == "ckpt" {
		return PFF, nil
	}
	if f, err := ParseFormat(extension); err == nil {
		return f, nil
	}
	return "", fmt.Errorf("%s: %w: the extension is none of .pff, .safetensors, .npz and .onnx", path, ErrFormatUnknown)
}

// Names under which JSON travels along.
const (
	configName     = "pffedge.config"
	provenanceName = "pffedge.provenance"
)

// Write writes m to w. Equal models are equal bytes. ONNX takes tool, program
// and version, as its producer.
func Write(w io.Writer, m *model.Model, f Format, tool string) error {
	if f == PFF {
		return model.Encode(w, m)
	}
	if err := m.Validate(); err != nil {
		return err
	}
	config, provenance, err := texts(m)
	if err != nil {
		return err
	}
	switch f {
	case Safetensors:
		return safetensors.Write(w, map[string]string{configName: config, provenanceName: provenance}, Arrays(m))
	case NPZ:
		about := []array.Source{array.String(configName, config), array.String(provenanceName, provenance)}
		return npz.Write(w, append(about, Arrays(m)...))
	case ONNX:
		graph, err := readout(m.Float32(), config, provenance, tool)
		if err != nil {
			return err
		}
		return onnx.Write(w, graph)
	}
	return fmt.Errorf("%w %q", ErrFormatUnknown, f)
}

// Open reads the arrays of a file, of format Safetensors or NPZ.
func Open(path string, f Format) (*Contents, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", path)
	}
	c, err := read(file, info.Size(), f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

type source interface {
	io.Reader
	io.ReaderAt
}

// read reads a file of so many bytes.
func read(r source, size int64, f Format) (*Contents, error) {
	switch f {
	case Safetensors:
		file, err := safetensors.Read(r)
		if err != nil {
			return nil, err
		}
		return fromSafetensors(file), nil
	case NPZ:
		arrays, err := npz.Read(r, size)
		if err != nil {
			return nil, err
		}
		return fromNPZ(arrays)
	case ONNX:
		return nil, fmt.Errorf("ONNX is written, not read: it holds the read-out alone")
	}
	return nil, fmt.Errorf("%w %q", ErrFormatUnknown, f)
}
