package model

import (
	"math"
	"testing"

	"github.com/pffedge/pffedge/simd"
	"github.com/stretchr/testify/require"
)

// requireKept wants the classes of small, in what large calls labels, to be the same
// in both, and so everything that belongs to no class.
func requireKept(t testing.TB, small, large *Checkpoint, label func(int) int) {
	t.Helper()
	a, b := listed(small), listed(large)
	require.Equal(t, len(a), len(b))
	for i := range a {
		for k := range a[i].rows {
			for n := range a[i].cols {
				row, col := k, n
				if a[i].byRow {
					row = label(k)
				}
				if a[i].byCol {
					col = label(n)
				}
				if x, y := a[i].at(k, n), b[i].at(row, col); x != y {
					require.Equal(t, x, y, "%s, row %d, column %d", a[i].name, k, n)
				}
			}
		}
	}
	for old, x := range small.Model.PerClass {
		require.Equal(t, x, large.Model.PerClass[label(old)])
	}
	require.Equal(t, small.Model.Overall, large.Model.Overall)
	require.Equal(t, small.Trainer, large.Trainer)
	require.Equal(t, small.Kept, large.Kept)
	require.Equal(t, small.Model.Provenance, large.Model.Provenance)
	if small.Model.Int8 != nil {
		require.Equal(t, small.Model.Int8.Clip, large.Model.Int8.Clip)
	}
}

// requireBlank wants moments and residuals of a class to be zero.
func requireBlank(t testing.TB, c *Checkpoint, class int) {
	t.Helper()
	for _, v := range listed(c) {
		if !v.blank {
			continue
		}
		for i := range max(v.rows, v.cols) {
			if v.byRow && i < v.cols {
				require.Zero(t, v.at(class, i), v.name)
			}
			if v.byCol && i < v.rows {
				require.Zero(t, v.at(i, class), v.name)
			}
		}
	}
}

// values are those of one tensor, wherever they lie: at returns their bits.
type values struct {
	name         string
	rows, cols   int
	byRow, byCol bool // a row or column for each class
	blank        bool // of a class that is new
	at           func(k, n int) uint64
}

// listed returns all that c holds of its tensors, found by the layouts' definitions.
func listed(c *Checkpoint) (list []values) {
	m := c.Model
	tensors := shapes(&m.Config).Tensors()
	residual := 0
	for i, t := range tensors {
		add := func(prefix string, blank bool, at func(k, n int) uint64) {
			v := values{prefix + t.Name, t.Rows, t.Cols, t.Name == "V", t.Name == "W" || t.Name == "b", blank, at}
			if t.Kind == LateralTensor { // lines of a block, which hang on no class
				v.rows, v.cols = m.Config.Blocks(0).Group, simd.PanelWidth
			}
			list = append(list, v)
		}
		packed := func(k, n int) int { return (n/16*t.Rows+k)*16 + n%16 }
		if t.Kind == LateralTensor {
			packed = func(k, n int) int { return k*16 + n }
		}
		floats := func(v []float32) func(k, n int) uint64 {
			return func(k, n int) uint64 { return uint64(math.Float32bits(v[packed(k, n)])) }
		}
		if m.Params != nil {
			add("", false, floats(*m.Params.slots()[i]))
		} else if s := m.Int8.slots()[i]; s.vector != nil {
			add("", false, floats(*s.vector))
		} else {
			add("codes of ", false, func(k, n int) uint64 {
				if t.Kind == LateralTensor {
					return uint64((*s.codes)[packed(k, n)])
				}
				return uint64((*s.codes)[((n/16*((t.Rows+3)/4)+k/4)*16+n%16)*4+k%4])
			})
			add("scale of ", false, func(_, n int) uint64 {
				if n >= len(*s.scale) {
					return 0
				}
				return uint64(math.Float32bits((*s.scale)[n]))
			})
		}
		if c.Residuals != nil && t.Kind != VectorTensor {
			if s := c.Residuals.slots()[residual]; s.lateral != nil {
				add("r.", true, floats(*s.lateral))
			} else {
				add("r.", true, func(k, n int) uint64 { return uint64((*s.codes)[(n/16*((t.Rows+3)/4*4)+k)*16+n%16]) })
			}
			residual++
		}
		if c.First != nil {
			add("m.", true, floats(*c.First.slots()[i]))
			add("v.", true, floats(*c.Second.slots()[i]))
		} else if x := c.Lean.slots()[i]; c.Lean.Bits > 0 {
			add("m.", true, codesAt(x.First16, x.First8, packed))
			add("v.", true, codesAt(x.Second16, x.Second8, packed))
		}
	}
	return list
}

func codesAt(wide []uint16, narrow []uint8, packed func(k, n int) int) func(k, n int) uint64 {
	return func(k, n int) uint64 {
		if wide != nil {
			return uint64(wide[packed(k, n)])
		}
		return uint64(narrow[packed(k, n)])
	}
}
