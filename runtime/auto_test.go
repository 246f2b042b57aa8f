package runtime

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/simd"
)

// probabilities returns a copy of the probabilities of x.
func probabilities(t *testing.T, s *Session, x simd.Matrix, method Method) simd.Matrix {
	t.Helper()
	p, err := s.Predict(background, x, method)
	require.NoError(t, err)
	out := simd.NewMatrix(p.Rows, p.Cols)
	copyRows(out, p)
	return out
}

// sharpened makes the read-out of n sure enough to rule labels out, here and
// there all but one.
func sharpened(n *network, by float32) *network {
	simd.ScaleF32(n.model.Params.Readout.Data, n.model.Params.Readout.Data, by)
	return n
}

// TestAutoSettlesWhatTheReadoutLeavesOpen: labels that the read-out rules out
// keep its probability; the others share theirs as goodness would have it.
func TestAutoSettlesWhatTheReadoutLeavesOpen(t *testing.T) {
	for _, by := range []float32{1, 8, 20, 200} {
		n := sharpened(newNetwork(shape{[]int{50, 35}, 10}, 33, 7, 5), by)
		session := n.session(t, 1)
		x := toSimd(n.inputs(60))
		readout, goodness, auto := probabilities(t, session, x, Readout), probabilities(t, session, x, Goodness), probabilities(t, session, x, Auto)
		for r := range x.Rows {
			var left []int
			var mass, share float64
			for c, p := range readout.Row(r) {
				if p >= readout.Row(r)[argMax(readout.Row(r))]/1000 {
					left = append(left, c)
					mass, share = mass+float64(p), share+float64(goodness.Row(r)[c])
				} else {
					require.Equal(t, p, auto.Row(r)[c], "sample %d, class %d is ruled out", r, c)
				}
			}
			for _, c := range left {
				want := mass * float64(goodness.Row(r)[c]) / share
				if len(left) == 1 {
					want = float64(readout.Row(r)[c])
				}
				require.InDelta(t, want, auto.Row(r)[c], 2e-5, "sample %d, class %d of %v", r, c, left)
			}
			if len(left) > 1 && by == 1 {
				require.Equal(t, argMax(goodness.Row(r)), argMax(auto.Row(r)), "sample %d", r)
			}
		}
	}
}

// TestAutoRulesOutSomeLabels: the cases above are what they are meant to be.
func TestAutoRulesOutSomeLabels(t *testing.T) {
	count := func(by float32) (rows int) {
		n := sharpened(newNetwork(shape{[]int{50, 35}, 10}, 33, 7, 5), by)
		session := n.session(t, 1)
		probabilities(t, session, toSimd(n.inputs(60)), Auto)
		return len(session.candidates.sample)
	}
	require.Equal(t, 60*7, count(1), "nothing ruled out")
	require.Less(t, count(20), 60*7)
	require.Greater(t, count(20), 0)
	require.Less(t, count(200), count(20))
}

// TestAutoDoesNotDependOnTheBatch nor on what was predicted before.
func TestAutoDoesNotDependOnTheBatch(t *testing.T) {
	n := sharpened(newNetwork(shape{[]int{50, 35, 20}, 10}, 33, 7, 5), 20)
	session := n.session(t, 1)
	x := toSimd(n.inputs(300)) // several chunks
	all := probabilities(t, session, x, Auto)
	for r := range x.Rows {
		alone := probabilities(t, session, x.Slice(r, r+1), Auto)
		require.Equal(t, all.Row(r), alone.Row(0), "sample %d", r)
	}
	require.Equal(t, all, probabilities(t, n.session(t, 3), x, Auto))
}
