package convert

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pffedge/pffedge/internal/array"
	"github.com/pffedge/pffedge/internal/safetensors"
)

// Contents are the arrays of a file and the JSON that travels along, "" where
// there is none.
type Contents struct {
	arrays             map[string]array.Array
	config, provenance string
}

func newContents(arrays []array.Array) *Contents {
	c := &Contents{arrays: make(map[string]array.Array, len(arrays))}
	for _, a := range arrays {
		c.arrays[a.Name] = a
	}
	return c
}

func fromSafetensors(f *safetensors.File) *Contents {
	c := newContents(f.Arrays)
	c.config, c.provenance = f.Metadata[configName], f.Metadata[provenanceName]
	return c
}

func fromNPZ(arrays []array.Array) (*Contents, error) {
	c := newContents(arrays)
	for name, text := range map[string]*string{configName: &c.config, provenanceName: &c.provenance} {
		a, found := c.arrays[name]
		if !found {
			continue
		}
		var err error
		if *text, err = a.Text(); err != nil {
			return nil, fmt.Errorf("array %s: %w", name, err)
		}
		delete(c.arrays, name)
	}
	return c, nil
}

// has tells whether an array is there.
func (c *Contents) has(name string) bool {
	_, found := c.arrays[name]
	return found
}

// shape returns the shape of an array that must be there.
func (c *Contents) shape(name string) ([]int, error) {
	a, found := c.arrays[name]
	if !found {
		return nil, fmt.Errorf("array %s is missing%s", name, c.there())
	}
	return a.Shape, nil
}

// check demands that an array is there and has one of some shapes.
func (c *Contents) check(name string, shapes ...[]int) error {
	got, err := c.shape(name)
	if err != nil {
		return err
	}
	for _, want := range shapes {
		if slices.Equal(got, want) {
			return nil
		}
	}
	return fmt.Errorf("array %s: shape %s, want %s", name, shown(got), shown(shapes[0]))
}

// shown returns a shape as people write it.
func shown(shape []int) string {
	if len(shape) == 0 {
		return "of a single value"
	}
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(shape), "[]"), " ", "×")
}

// take returns the values of an array that is there, all finite, and forgets
// the array.
func (c *Contents) take(name string) ([]float32, error) {
	a := c.arrays[name]
	delete(c.arrays, name)
	v, err := a.Float32s()
	if err != nil {
		return nil, fmt.Errorf("array %s: %w", name, err)
	}
	for i, x := range v {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return nil, fmt.Errorf("array %s: %w: %s is %v, not finite", name, array.ErrValue, array.Place(a.Shape, i), x)
		}
	}
	return v, nil
}

// rest returns the names of the arrays that nobody has taken, sorted.
func (c *Contents) rest() []string {
	var names []string
	for name := range c.arrays {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// there says which arrays a file holds instead of one that is missing.
func (c *Contents) there() string {
	if len(c.arrays) == 0 {
		return ": there is no array"
	}
	return ": there are " + some(c.rest())
}
