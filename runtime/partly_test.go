package runtime

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

func surpriseOf(t *testing.T, e *Engine, err error) []float32 {
	require.NoError(t, err)
	s := NewSession(e, 1)
	defer s.Close()
	var all []float32
	out, err := s.Surprise(context.Background(), int8Inputs(12))
	require.NoError(t, err)
	for r := range out.Rows {
		all = append(all, out.Row(r)...)
	}
	return all
}

// apartBy returns the root of the mean square difference.
func apartBy(a, b []float32) float64 {
	var sum float64
	for i, v := range a {
		sum += math.Pow(float64(v-b[i]), 2)
	}
	return math.Sqrt(sum / float64(len(a)))
}

// TestNewPartly: with all of its matrices a partly quantised network predicts
// what the one in int8 does, but for the rounding of float32; with none, what
// the one in float32 does; and each matrix does something.
func TestNewPartly(t *testing.T) {
	for _, hidden := range [][]int{{60}, {64, 40}, {50, 30, 20}} {
		for _, limits := range []bool{true, false} {
			q, m := int8Model(t, hidden, limits)
			int8, err := New(q)
			full, small := surpriseOf(t, newEngine(m), nil), surpriseOf(t, int8, err)
			e, err := NewPartly(m, q)
			require.Equal(t, full, surpriseOf(t, e, err))
			var names []string
			for _, tensor := range m.Params.Tensors() {
				names = append(names, tensor.Name)
			}
			e, err = NewPartly(m, q, names...)
			all := surpriseOf(t, e, err)
			require.Less(t, apartBy(all, small), 0.02*apartBy(full, small), "%v, limits %v", hidden, limits)
			for _, name := range names {
				e, err = NewPartly(m, q, name)
				changes := name[0] != 'G' && name[0] != 'b' && (name != "W" || len(hidden) > 1) // W is the read-out's
				require.Equal(t, changes, apartBy(full, surpriseOf(t, e, err)) > 0, "%v, %s", hidden, name)
			}
		}
	}
}

func TestNewPartlyRefuses(t *testing.T) {
	q, m := int8Model(t, []int{60}, true)
	other, _ := int8Model(t, []int{61}, true)
	for name, pair := range map[string][2]*model.Model{"both in int8": {q, q}, "both in float32": {m, m}, "sizes": {m, other}} {
		_, err := NewPartly(pair[0], pair[1], "W1")
		require.Error(t, err, name)
	}
	bad := *m
	bad.Params = m.Params.Clone()
	bad.Params.ReadoutBias[0] = float32(math.NaN())
	_, err := NewPartly(&bad, q, "W1")
	require.ErrorIs(t, err, model.ErrValue)
}
