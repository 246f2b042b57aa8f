package runtime

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// TestDamageIsMetBeforeItIsUsed flips a bit in a matrix of a file that is then
// opened: what does not need that matrix works, the rest fails.
func TestDamageIsMetBeforeItIsUsed(t *testing.T) {
	_, c := fast()
	c.Input, c.Hidden, c.Classes = model.Image(14, 14), []int{160, 160}, []string{"a", "b"}
	m, err := model.New(c, 1)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "m.pff")
	require.NoError(t, model.Save(path, m))
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	info, err := model.Describe(path)
	require.NoError(t, err)

	x, images := simd.NewMatrix(3, 196), simd.NewMatrix(3, 196)
	for i := range x.Data {
		x.Data[i] = float32(i%5) / 5
	}
	latents := simd.NewMatrix(3, c.Latents)
	uses := map[string]func(s *Session) error{
		"read-out":  func(s *Session) error { _, err := s.Predict(context.Background(), x, Readout); return err },
		"goodness":  func(s *Session) error { _, err := s.Predict(context.Background(), x, Goodness); return err },
		"auto":      func(s *Session) error { _, err := s.Predict(context.Background(), x, Auto); return err },
		"rebuild":   func(s *Session) error { return s.Reconstruct(context.Background(), images, x) },
		"latents":   func(s *Session) error { return s.Latents(context.Background(), latents, x, nil) },
		"synthesis": func(s *Session) error { return s.Synthesize(context.Background(), images, latents) },
	}
	for name, works := range map[string][]string{
		"V2": {"read-out", "rebuild", "synthesis"},
		"G2": {"read-out", "goodness", "auto"},
		"":   {"read-out", "goodness", "auto", "rebuild", "latents", "synthesis"},
	} {
		for use, f := range uses {
			file := append([]byte(nil), whole...)
			for _, s := range info.Sections {
				if s.Name == name {
					file[s.Offset+s.Bytes/2] ^= 4
				}
			}
			require.NoError(t, os.WriteFile(path, file, 0o600))
			opened, err := model.Open(path, 1)
			require.NoError(t, err)
			if !opened.Model.ReadOnly() {
				require.Empty(t, os.Getenv("PFFEDGE_REQUIRE"), "PFFEDGE_REQUIRE is set, and this system does not map files")
				t.Skip("this system does not map files")
			}
			engine, err := New(opened.Model)
			require.NoError(t, err)
			session := NewSession(engine, 1)
			err = f(session)
			session.Close()
			if slices.Contains(works, use) {
				require.NoError(t, err, "%s damaged, %s", name, use)
			} else {
				require.ErrorIs(t, err, model.ErrChecksum, "%s damaged, %s", name, use)
				require.ErrorContains(t, err, path+": section "+name)
			}
			if name != "" {
				_, err = NewTrainer(opened.Model, Settings{}, 1)
				require.ErrorIs(t, err, model.ErrChecksum)
			}
			require.NoError(t, opened.Close())
		}
	}
}

// TestLearningFromAnOpenFile copies what it changes.
func TestLearningFromAnOpenFile(t *testing.T) {
	set, c := fast()
	c.Input, c.Hidden, c.Classes = model.Image(14, 14), []int{160}, []string{"a", "b"}
	m, err := model.New(c, 1)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "m.pff")
	require.NoError(t, model.Save(path, m))
	opened, err := model.Open(path, 1)
	require.NoError(t, err)
	trainer, err := NewTrainer(opened.Model, set, 1)
	require.NoError(t, err)
	defer trainer.Close()
	require.NoError(t, opened.Close())
	require.Equal(t, m.Params, trainer.Live().Model().Params)
	require.False(t, trainer.Live().Model().ReadOnly())
}
