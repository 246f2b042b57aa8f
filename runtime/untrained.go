package runtime

import "github.com/pffedge/pffedge/model"

// Untrained returns a network of a preset that has learned nothing, with hidden layers
// of those sizes, bottom up, and the preset's settings with that seed.
func Untrained(preset string, in model.Input, classes []string, hidden []int, seed uint64) (*model.Model, Settings, error) {
	s, c, err := Preset(preset)
	if err != nil {
		return nil, s, err
	}
	s.Seed = seed
	c.Input, c.Classes, c.Hidden = in, classes, hidden
	SetRounds(&c, RoundsFor(c.Rounds, len(hidden)))
	m, err := model.New(c, seed)
	if err != nil {
		return nil, s, err
	}
	m.Provenance.Settings, m.Provenance.Seed = preset, seed
	return m, s, nil
}
