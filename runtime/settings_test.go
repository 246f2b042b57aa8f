package runtime

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

func TestNewRefusesBadModels(t *testing.T) {
	for name, spoil := range map[string]func(m *model.Model){
		"no parameters":     func(m *model.Model) { m.Params = nil },
		"NaN":               func(m *model.Model) { m.Params.Layers[0].Up.Data[0] = nan },
		"missing layer":     func(m *model.Model) { m.Config.Hidden = m.Config.Hidden[:1] },
		"other class count": func(m *model.Model) { m.Config.Classes = classNames(4) },
		"no group":          func(m *model.Model) { m.Config.Group = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			n := newNetwork(shapes[2], 13, 5, 4)
			spoil(n.model)
			require.NotPanics(t, func() {
				_, err := New(n.model)
				require.Error(t, err)
				_, err = NewTrainer(n.model, n.settings(), 1)
				require.Error(t, err)
			})
		})
	}
	require.NotPanics(t, func() {
		_, err := New(nil)
		require.Error(t, err)
	})
}

func TestSettingsValidate(t *testing.T) {
	for name, spoil := range map[string]func(s *Settings){
		"no epochs":              func(s *Settings) { s.Epochs = 0 },
		"no batch":               func(s *Settings) { s.Batch = 0 },
		"huge batch":             func(s *Settings) { s.Batch = 1<<16 + 1 },
		"no schedule":            func(s *Settings) { s.Schedule = "" },
		"negative rate":          func(s *Settings) { s.Adam.Rate = -1 },
		"NaN rate":               func(s *Settings) { s.GenAdam.Rate = math.NaN() },
		"negative decay":         func(s *Settings) { s.Decay = -1 },
		"infinite decay":         func(s *Settings) { s.GenDecay = math.Inf(1) },
		"negative read-out rate": func(s *Settings) { s.ReadoutRate = -1 },
		"negative contrast":      func(s *Settings) { s.Contrast = -1 },
		"NaN contrast":           func(s *Settings) { s.Contrast = math.NaN() },
		"negative noise":         func(s *Settings) { s.Noise = -1 },
		"NaN noise":              func(s *Settings) { s.GenNoise = math.NaN() },
		"descending driven":      func(s *Settings) { s.GeneratorDriven, s.GeneratorDescends = true, true },
		"negative latent step":   func(s *Settings) { s.LatentStep = -1 },
		"negative updates":       func(s *Settings) { s.TopUpdates = -1 },
		"generator from the end": func(s *Settings) { s.GenerativeFrom = 1 },
		"generator from NaN":     func(s *Settings) { s.GenerativeFrom = math.NaN() },
		"NaN threshold":          func(s *Settings) { s.Theta = math.NaN() },
		"infinite threshold":     func(s *Settings) { s.Theta = math.Inf(1) },
		"β1 of 1":                func(s *Settings) { s.Adam.Beta1 = 1 },
		"negative β1":            func(s *Settings) { s.GenAdam.Beta1 = -0.1 },
		"β2 of 1":                func(s *Settings) { s.GenAdam.Beta2 = 1 },
		"NaN β2":                 func(s *Settings) { s.Adam.Beta2 = math.NaN() },
		"ε of 0":                 func(s *Settings) { s.Adam.Epsilon = 0 },
		"negative clip":          func(s *Settings) { s.Adam.Clip = -1 },
		"NaN clip":               func(s *Settings) { s.GenAdam.Clip = math.NaN() },
		"unknown optimizer":      func(s *Settings) { s.Optimizer = "Adam" },
		"moments of 12 bits":     func(s *Settings) { s.Moments = 12 },
		"moments of no bits":     func(s *Settings) { s.Moments = -8 },
		"moments of sgd":         func(s *Settings) { s.Optimizer, s.SGDRate, s.GenSGDRate, s.Moments = SGD, 1, 1, 16 },
		"sgd without a rate":     func(s *Settings) { s.Optimizer, s.GenSGDRate = SGD, 1 },
		"negative sgd rate":      func(s *Settings) { s.Optimizer, s.SGDRate, s.GenSGDRate = SGD, 1, -1 },
		"infinite sgd rate":      func(s *Settings) { s.Optimizer, s.SGDRate, s.GenSGDRate = SGD, math.Inf(1), 1 },
		"a clip beyond 8 bits":   func(s *Settings) { s.Moments, s.Adam.Clip = 8, 1.5 },
		"a clip beyond 16 bits":  func(s *Settings) { s.Moments, s.GenAdam.Clip = 16, math.Inf(1) },
	} {
		t.Run(name, func(t *testing.T) {
			n := newNetwork(shapes[0], 13, 5, 4)
			set := n.settings()
			require.NoError(t, set.Validate())
			spoil(&set)
			requireError(t, ErrSettings, set.Validate)
			requireError(t, ErrSettings, func() error { _, err := NewTrainer(n.model, set, 1); return err })
		})
	}
}

func TestPresets(t *testing.T) {
	for _, name := range Presets() {
		set, c, err := Preset(name)
		require.NoError(t, err)
		require.Equal(t, name, set.Preset)
		require.NoError(t, set.Validate())
		c.Input, c.Classes, c.Hidden = model.Image(28, 28), classNames(10), []int{2000, 2000}
		require.NoError(t, c.Validate())
	}
	for _, name := range []string{"", "Fast", "slow"} {
		requireError(t, ErrSettings, func() error { _, _, err := Preset(name); return err })
	}
	set, c, err := Preset("reference")
	require.NoError(t, err)
	require.Equal(t, []int{7, 5}, []int{c.GoodnessSteps, c.GoodnessFrom}, "K/2+1 and K/2−1 of K = 12")
	require.Equal(t, []int{60, 500}, []int{set.Epochs, set.Batch})
}

// TestSetRounds follows the reference's window down to K = 1.
func TestSetRounds(t *testing.T) {
	for rounds, want := range map[int][2]int{1: {0, 1}, 2: {0, 2}, 3: {0, 2}, 4: {1, 3}, 12: {5, 7}} {
		var c model.Config
		SetRounds(&c, rounds)
		require.Equal(t, rounds, c.Rounds)
		require.Equal(t, want, [2]int{c.GoodnessFrom, c.GoodnessSteps})
	}
}

// TestSmallBatchesTakeSmallSteps, but for the reference's.
func TestSmallBatchesTakeSmallSteps(t *testing.T) {
	s, _, err := Preset("fast")
	require.NoError(t, err)
	whole := s
	s.SetBatch(2)
	require.InDelta(t, whole.Adam.Rate/5, s.Adam.Rate, 1e-12)
	require.InDelta(t, whole.GenAdam.Rate/5, s.GenAdam.Rate, 1e-12)
	require.Equal(t, 2, s.Batch)
	larger := whole
	larger.SetBatch(50)
	require.Equal(t, whole.Adam, larger.Adam)
	nonsense := whole
	nonsense.SetBatch(-1)
	require.ErrorIs(t, nonsense.Validate(), ErrSettings)
	r, _, err := Preset("reference")
	require.NoError(t, err)
	before := r.Adam
	r.SetBatch(1)
	require.Equal(t, before, r.Adam)
}
