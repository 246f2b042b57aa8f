package model

import (
	"encoding/json"
	"fmt"
	"slices"
)

// AddClass returns m with one class more, the last, called name. Every other value
// keeps its bits, in memory of its own; mixtures are shared, and the new class has
// none yet. A name that is taken, empty or not UTF-8, and a class beyond MaxClasses,
// are ErrConfig; parameters or a configuration that grow too large, ErrTooLarge.
//
// The class starts as one that nothing belongs to, see untaught, so that nothing
// that the model knows gets worse.
func (m *Model) AddClass(name string) (*Model, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	return m.with(name)
}

// RemoveClass returns m without the class called name; the labels above it move
// down by one. Every other value keeps its bits, in memory of its own; mixtures are
// shared. A name that the model does not have, or one of its last two, are ErrConfig.
//
// The overall mixture still has what the class added to it.
func (m *Model) RemoveClass(name string) (*Model, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	return m.without(name)
}

// AddClass is Model.AddClass for a run that goes on: moments and residuals of the
// new values are zero; the trainer's state and what the learner keeps are shared as
// they are: to make them fit the classes is the caller's task.
func (c *Checkpoint) AddClass(name string) (*Checkpoint, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	m, err := c.Model.with(name)
	if err != nil {
		return nil, err
	}
	return c.reclassed(m, grownLabels(&c.Model.Config)), nil
}

// RemoveClass is Model.RemoveClass for a run that goes on. See AddClass for what is
// shared.
func (c *Checkpoint) RemoveClass(name string) (*Checkpoint, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	m, err := c.Model.without(name)
	if err != nil {
		return nil, err
	}
	return c.reclassed(m, labelsWithout(&c.Model.Config, name)), nil
}

// Clone returns a copy of c in memory of its own, but for what is shared by Model.Clone
// and what a learner keeps.
func (c *Checkpoint) Clone() *Checkpoint {
	labels := counted(len(c.Model.Config.Classes))
	return c.reclassed(c.Model.reclassed(c.Model.Config, labels), labels)
}

// WithClass returns c with one class more, the last; errors as of Model.AddClass.
func (c *Config) WithClass(name string) (Config, error) {
	return c.withClasses(append(slices.Clone(c.Classes), name))
}

// WithClasses returns c with several classes more, the last ones, alike.
func (c *Config) WithClasses(names []string) (Config, error) {
	return c.withClasses(slices.Concat(c.Classes, names))
}

// WithoutClass returns c without a class; errors as of Model.RemoveClass.
func (c *Config) WithoutClass(name string) (Config, error) {
	at := slices.Index(c.Classes, name)
	if at < 0 {
		return Config{}, fmt.Errorf("%w: no class %q among %d", ErrConfig, name, len(c.Classes))
	}
	return c.withClasses(slices.Delete(slices.Clone(c.Classes), at, at+1))
}

func (c *Config) withClasses(names []string) (Config, error) {
	other := *c
	other.Classes = names
	if err := validateConfig(&other); err != nil {
		return Config{}, err
	}
	text, err := json.Marshal(&other)
	if err == nil && len(text) > MaxJSONBytes {
		err = fmt.Errorf("%w: a configuration of %d bytes with that class, at most %d allowed", ErrTooLarge, len(text), MaxJSONBytes)
	}
	return other, err
}

// with is AddClass of a valid model.
func (m *Model) with(name string) (*Model, error) {
	c, err := m.Config.WithClass(name)
	if err != nil {
		return nil, err
	}
	grown := m.reclassed(c, grownLabels(&m.Config))
	grown.untaught()
	return grown, nil
}

// without is RemoveClass of a valid model.
func (m *Model) without(name string) (*Model, error) {
	c, err := m.Config.WithoutClass(name)
	if err != nil {
		return nil, err
	}
	return m.reclassed(c, labelsWithout(&m.Config, name)), nil
}

// reclassed returns m with the configuration c, whose label i was labels[i]. What
// belongs to a newLabel is zero.
func (m *Model) reclassed(c Config, labels []int) *Model {
	to := *m
	to.Config, to.mapped = c, nil
	if m.Params != nil {
		to.Params = m.Params.reclassed(&m.Config, &c, labels)
	}
	if m.Int8 != nil {
		to.Int8 = m.Int8.reclassed(&m.Config, &c, labels)
	}
	if m.PerClass != nil {
		to.PerClass = make([]Mixture, len(labels))
		for label, old := range labels {
			if old != newLabel {
				to.PerClass[label] = m.PerClass[old]
			}
		}
	}
	return &to
}

// reclassed returns c with the model m, which is c's with such labels.
func (c *Checkpoint) reclassed(m *Model, labels []int) *Checkpoint {
	to, from := *c, &c.Model.Config
	to.Model = m
	if c.First != nil {
		to.First, to.Second = c.First.reclassed(from, &m.Config, labels), c.Second.reclassed(from, &m.Config, labels)
	}
	if c.Lean != nil {
		to.Lean = c.Lean.reclassed(from, &m.Config, labels)
	}
	if c.Residuals != nil {
		to.Residuals = c.Residuals.reclassed(from, &m.Config, labels)
	}
	return &to
}
