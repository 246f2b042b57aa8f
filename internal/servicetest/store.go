// Package servicetest makes small stores and samples for tests of what serves them.
package servicetest

import (
	"bytes"
	"image"
	"image/png"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/model/durable"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/store"
	"github.com/pffedge/pffedge/simd"
)

// Side is the width and height of the images.
const Side = 14

// NewStore makes a store of an untrained network of the digits 0…3 that rehearses, and
// returns its folder.
func NewStore(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "store")
	NewStoreOn(t, durable.OS{}, dir, true)
	return dir
}

// NewStoreOn does so on a disk, in a folder. A store that does not rehearse learns in no
// time.
func NewStoreOn(t testing.TB, disk durable.FS, dir string, rehearses bool) {
	t.Helper()
	in := model.Image(Side, Side)
	m, _, err := runtime.Untrained("fast", in, []string{"0", "1", "2", "3"}, []int{24, 16}, 1)
	require.NoError(t, err)
	l, err := runtime.NewLearner(m, 1)
	require.NoError(t, err)
	defer l.Close()
	if rehearses {
		require.NoError(t, l.Rehearse(runtime.NewRehearsal(20_000, in)))
	}
	require.NoError(t, store.CreateLearner(disk, dir, l, store.Options{}))
}

// Some returns n drawn digits of some classes, and their classes.
func Some(t testing.TB, seed uint64, n int, classes ...string) (simd.Matrix, []string) {
	t.Helper()
	set, err := data.Open(t.Context(), "synthetic", data.Options{Split: data.Train, Width: Side, Height: Side, Samples: 40 * n, Seed: seed})
	require.NoError(t, err)
	defer set.Close()
	x := simd.NewMatrix(n, set.Input.Size())
	var names []string
	for i := 0; i < set.Len() && len(names) < n; i++ {
		name := set.Classes[set.Sample(x.Row(len(names)), i)]
		if slices.Contains(classes, name) {
			names = append(names, name)
		}
	}
	require.Len(t, names, n)
	return x, names
}

// PNG returns a sample as an image file.
func PNG(t testing.TB, x []float32) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, Side, Side))
	for i, v := range x {
		img.Pix[i] = uint8(math.Round(float64(v) * 255))
	}
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}
