package runtime

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/oracle"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// deviation returns the largest |got − want|, divided by the largest |want|;
// +Inf for other shapes or NaN.
func deviation(want, got oracle.Matrix) float64 {
	if len(want) != len(got) {
		return math.Inf(1)
	}
	diff, scale := 0.0, math.SmallestNonzeroFloat32
	for i := range want {
		if len(want[i]) != len(got[i]) {
			return math.Inf(1)
		}
		for j, w := range want[i] {
			d := math.Abs(got[i][j] - w)
			if math.IsNaN(d) {
				return math.Inf(1)
			}
			diff, scale = max(diff, d), max(scale, math.Abs(w))
		}
	}
	return diff / scale
}

// rounding is the deviation that float32 arithmetic may cause in a few rounds:
// sums of some tens of products, each rounded to 2⁻²⁴ of its size, a few of
// them in a row.
const rounding = 1e-5

func requireClose(t testing.TB, what string, want, got oracle.Matrix) {
	t.Helper()
	require.LessOrEqual(t, deviation(want, got), rounding, what)
}

func requireCloseAll(t testing.TB, what string, want []oracle.Matrix, got []simd.Matrix) {
	t.Helper()
	require.Len(t, got, len(want), what)
	for l := range want {
		requireClose(t, fmt.Sprintf("%s, layer %d", what, l+1), want[l], fromSimd(got[l]))
	}
}

// requireCloseTensors compares the tensors in want with those of the same name
// in got.
func requireCloseTensors(t testing.TB, what string, group int, want []oracle.Tensor, got *model.Params) {
	t.Helper()
	from := map[string]model.Tensor{}
	for _, tensor := range got.Tensors() {
		from[tensor.Name] = tensor
	}
	for _, w := range want {
		tensor, ok := from[w.Name]
		require.True(t, ok, w.Name)
		data := w.Data
		if tensor.Kind == model.LateralTensor {
			data = blocksOf(data, group)
		}
		requireClose(t, what+" of "+w.Name, data, dense(tensor, group))
	}
}

func requireCloseValue(t testing.TB, what string, want, got float64) {
	t.Helper()
	requireClose(t, what, oracle.Matrix{{want}}, oracle.Matrix{{got}})
}

func blocksOf(m oracle.Matrix, group int) oracle.Matrix {
	out := oracle.Clone(m)
	for i := range out {
		for j := range out[i] {
			if !oracle.SameGroup(i, j, group) {
				out[i][j] = 0
			}
		}
	}
	return out
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}

// requireSameParams demands equal bits.
func requireSameParams(t testing.TB, want, got *model.Params, what string) {
	t.Helper()
	require.True(t, sameParams(want, got), what)
}

func sameParams(a, b *model.Params) bool {
	from, to := a.Tensors(), b.Tensors()
	if len(from) != len(to) {
		return false
	}
	for i := range from {
		if !sameBits(from[i].Data, to[i].Data) {
			return false
		}
	}
	return true
}

func sameBits(a, b []float32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return false
		}
	}
	return true
}
