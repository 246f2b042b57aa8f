package runtime

import (
	"context"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// BenchmarkFirstPrediction takes a program from a model file in the system's
// cache, two hidden layers of 500 or 2000 units, to the read-out's answer for one
// image: by Open, which maps the file, and by Load, which copies it. Both check
// every byte.
func BenchmarkFirstPrediction(b *testing.B) {
	for _, units := range []int{500, 2000} {
		_, c := fast()
		c.Input, c.Hidden = model.Image(28, 28), []int{units, units}
		c.Classes = []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}
		path := filepath.Join(b.TempDir(), "m.pff")
		m, err := model.New(c, 1)
		require.NoError(b, err)
		require.NoError(b, model.Save(path, m))
		x := simd.NewMatrix(1, c.Input.Size())
		for i := range x.Row(0) {
			x.Row(0)[i] = float32(i%7) / 7
		}
		first := func(b *testing.B, m *model.Model) {
			e, err := New(m)
			require.NoError(b, err)
			s := NewSession(e, 2)
			defer s.Close()
			_, err = s.Predict(context.Background(), x, Readout)
			require.NoError(b, err)
		}
		b.Run("units="+strconv.Itoa(units)+"/open", func(b *testing.B) {
			for b.Loop() {
				f, err := model.Open(path, 2)
				require.NoError(b, err)
				first(b, f.Model)
				require.NoError(b, f.Close())
			}
		})
		b.Run("units="+strconv.Itoa(units)+"/load", func(b *testing.B) {
			for b.Loop() {
				m, err := model.Load(path)
				require.NoError(b, err)
				first(b, m)
			}
		})
	}
}
