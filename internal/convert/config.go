package convert

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/pffedge/pffedge/internal/array"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
)

// configuration returns that of the model in c.
func (c *Contents) configuration(opt Options, note func(string, ...any)) (config model.Config, err error) {
	switch {
	case opt.Like != nil:
		config = *opt.Like
	case c.config != "":
		if opt.Width > 0 || opt.Classes != nil {
			return config, fmt.Errorf("the file brings its own configuration, which says what inputs and classes are")
		}
		if err := decodeJSON(c.config, &config); err != nil {
			return config, fmt.Errorf("%s: %w", configName, err)
		}
	default:
		if config, err = c.infer(opt); err != nil {
			return config, err
		}
		note("no %s: assumed inputs %s, %d classes, and the constants of preset reference", configName, config.Input, len(config.Classes))
	}
	if err := config.Validate(); err != nil {
		return config, err
	}
	return config, nil
}

// origin returns the provenance of the model in c.
func (c *Contents) origin(opt Options) (p model.Provenance, err error) {
	if c.provenance == "" {
		return opt.Provenance, nil
	}
	if err := decodeJSON(c.provenance, &p); err != nil {
		return p, fmt.Errorf("%s: %w", provenanceName, err)
	}
	return p, nil
}

// infer reads the sizes of a network off its arrays.
func (c *Contents) infer(opt Options) (config model.Config, err error) {
	if _, config, err = runtime.Preset("reference"); err != nil {
		return config, err
	}
	inputs := 0
	for l := 1; l == 1 || c.has(layerName(l)); l++ {
		shape, err := c.matrix(layerName(l))
		if err != nil {
			return config, err
		}
		if l == 1 {
			inputs = shape[0]
		}
		config.Hidden = append(config.Hidden, shape[1])
	}
	shape, err := c.matrix("W")
	if err != nil {
		return config, err
	}
	if config.Classes, err = classes(opt.Classes, shape[1]); err != nil {
		return config, err
	}
	if c.has("Gy") {
		if shape, err = c.matrix("Gy"); err != nil {
			return config, err
		}
		config.Latents = shape[0]
	}
	config.Input, err = input(opt, inputs)
	return config, err
}

func layerName(l int) string { return fmt.Sprintf("W%d", l) }

// matrix returns the shape of an array that must be a matrix.
func (c *Contents) matrix(name string) ([]int, error) {
	shape, err := c.shape(name)
	if err == nil && len(shape) != 2 {
		err = fmt.Errorf("array %s: shape %s, want that of a matrix", name, shown(shape))
	}
	return shape, err
}

// classes returns the names of n classes.
func classes(given []string, n int) ([]string, error) {
	switch {
	case n > model.MaxClasses:
		return nil, fmt.Errorf("array W: %d classes, at most %d allowed", n, model.MaxClasses)
	case given != nil && len(given) != n:
		return nil, fmt.Errorf("%d classes are named, and array W has %d", len(given), n)
	case given != nil:
		return given, nil
	}
	names := make([]string, n)
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	return names, nil
}

// input returns the specification of n inputs: the pixels of an image, or
// features that are taken as they are.
func input(opt Options, n int) (model.Input, error) {
	if opt.Width > 0 {
		if in := model.Image(opt.Width, opt.Height); in.Validate() != nil || in.Size() != n {
			return in, fmt.Errorf("an image of %d×%d pixels, and array W1 has %d inputs", opt.Width, opt.Height, n)
		}
		return model.Image(opt.Width, opt.Height), nil
	}
	in := model.Input{Features: n}
	if n < 1 || n > model.MaxFeatures/2 {
		return in, fmt.Errorf("array W1: %d features, want 1…%d", n, model.MaxFeatures/2)
	}
	in.Offset, in.Scale = make([]float32, n), make([]float32, n)
	for i := range in.Scale {
		in.Scale[i] = 1
	}
	return in, nil
}

// decodeJSON reads an object into v, whose fields are all that it may have.
func decodeJSON(text string, v any) error {
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("%w: %w", array.ErrFormat, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("%w: more after the JSON object", array.ErrFormat)
	}
	return nil
}
