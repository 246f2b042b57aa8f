package runtime

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/simd"
)

func TestReplayRefusesWhatDoesNotFit(t *testing.T) {
	n := newNetwork(shapes[2], 13, 5, 4)
	good := func() (ReplayBatch, Settings) {
		b := ReplayBatch{X: simd.NewMatrix(4, 13), Y: simd.NewMatrix(4, 5), Positive: make([]bool, 4), ZG: simd.NewMatrix(4, 4)}
		for r := range 4 {
			b.Y.Row(r)[r] = 1
		}
		return b, n.settings()
	}
	for name, c := range map[string]struct {
		want  error
		spoil func(b *ReplayBatch, s *Settings)
	}{
		"inputs":       {ErrInput, func(b *ReplayBatch, s *Settings) { b.X = simd.NewMatrix(4, 12) }},
		"labels":       {ErrInput, func(b *ReplayBatch, s *Settings) { b.Y = simd.NewMatrix(4, 6) }},
		"label rows":   {ErrInput, func(b *ReplayBatch, s *Settings) { b.Y = simd.NewMatrix(3, 5) }},
		"label of two": {ErrInput, func(b *ReplayBatch, s *Settings) { b.Y.Row(2)[0] = 1 }},
		"no label":     {ErrInput, func(b *ReplayBatch, s *Settings) { b.Y.Row(2)[2] = 0 }},
		"scaled label": {ErrInput, func(b *ReplayBatch, s *Settings) { b.Y.Row(2)[2] = 5 }},
		"kinds":        {ErrInput, func(b *ReplayBatch, s *Settings) { b.Positive = nil }},
		"latents":      {ErrInput, func(b *ReplayBatch, s *Settings) { b.ZG = simd.NewMatrix(4, 5) }},
		"latent rows":  {ErrInput, func(b *ReplayBatch, s *Settings) { b.ZG = simd.NewMatrix(5, 4) }},
		"no rows": {ErrInput, func(b *ReplayBatch, s *Settings) {
			*b = ReplayBatch{X: simd.NewMatrix(0, 13), Y: simd.NewMatrix(0, 5), ZG: simd.NewMatrix(0, 4)}
		}},
		"mended readout": {ErrSettings, func(b *ReplayBatch, s *Settings) { s.ReadoutDriven = false }},
		"mended":         {ErrSettings, func(b *ReplayBatch, s *Settings) { s.GeneratorDriven = false }},
		"no generator":   {ErrSettings, func(b *ReplayBatch, s *Settings) { s.Generative = false }},
		"bad settings":   {ErrSettings, func(b *ReplayBatch, s *Settings) { s.Theta = math.NaN() }},
	} {
		t.Run(name, func(t *testing.T) {
			b, set := good()
			c.spoil(&b, &set)
			requireError(t, c.want, func() error { _, err := NewReplay(n.model, set, b, 1); return err })
		})
	}
	b, set := good()
	r, err := NewReplay(n.model, set, b, 1)
	require.NoError(t, err)
	defer r.Close()
	r.Start()
	fits := []simd.Matrix{simd.NewMatrix(4, 23), simd.NewMatrix(4, 18)}
	for _, bad := range [][]simd.Matrix{nil, fits[:1], {fits[1], fits[0]}, {fits[0], simd.NewMatrix(3, 18)}} {
		requireError(t, ErrInput, func() error { _, err := r.Round(bad, fits); return err })
		requireError(t, ErrInput, func() error { _, err := r.Round(fits, bad); return err })
	}
	_, err = r.Round(fits, fits)
	require.NoError(t, err)
}
