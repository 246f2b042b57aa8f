package verify

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/oracle"
	"github.com/pffedge/pffedge/internal/shared"
)

// goldenRecordings reads the reference implementation's recorded runs, which
// live outside the repository; see package shared.
func goldenRecordings(t *testing.T) map[string]*oracle.Recording {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(shared.Dir(t, "golden"), "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	recordings := map[string]*oracle.Recording{}
	for _, name := range files {
		f, err := os.Open(name)
		require.NoError(t, err)
		rec, err := oracle.ReadRecording(f)
		require.NoError(t, f.Close())
		require.NoError(t, err, name)
		recordings[filepath.Base(name)] = rec
	}
	return recordings
}

// agreement is what the engine must reach; what the project promises is 1e-4.
const (
	agreement = 1e-5
	promised  = 1e-4
)

// requireAgreement demands that every quantity of the recording was compared
// and none missed by more than agreement.
func requireAgreement(t *testing.T, rec *oracle.Recording, report *Report) {
	t.Helper()
	var names []string
	for _, d := range report.Quantities {
		names = append(names, d.Quantity)
		require.LessOrEqual(t, d.Relative, agreement, d.Quantity)
		require.LessOrEqual(t, d.Absolute, agreement*d.Scale, d.Quantity)
	}
	require.ElementsMatch(t, quantities(rec), names)
	require.LessOrEqual(t, report.Worst(), agreement)
}

// quantities lists what a recording holds.
func quantities(rec *oracle.Recording) []string {
	list := []string{
		"forward.y_hat", "steps.y_hat", "steps.loss_goodness", "steps.loss_generative", "steps.x_hat", "steps.z_g",
		"classify.Ey", "classify.y_hat", "reconstruct", "sample.x", "latent.z_g", "latent.x_hat",
	}
	for l := range rec.Config.Hidden {
		list = append(list, fmt.Sprintf("forward.z%d", l+1), fmt.Sprintf("steps.z%d", l+1))
	}
	p := rec.ParamsBefore
	for _, tensor := range append(p.Representation(), p.Readouts()...) {
		list = append(list, "steps.delta."+tensor.Name)
	}
	for _, tensor := range p.Tensors() {
		list = append(list, "steps.params_after."+tensor.Name)
	}
	return list
}

func TestGoldenRecordings(t *testing.T) {
	for name, rec := range goldenRecordings(t) {
		for _, threads := range []int{1, 3} {
			t.Run(fmt.Sprintf("%s/threads=%d", name, threads), func(t *testing.T) {
				report, err := Run(t.Context(), rec, threads)
				require.NoError(t, err)
				requireAgreement(t, rec, report)
			})
		}
	}
}

// TestGoldenNoticesParameters changes one element of one parameter, of each
// kind, and expects computed quantities, not only the parameter itself, to
// miss what was recorded.
func TestGoldenNoticesParameters(t *testing.T) {
	for name, rec := range goldenRecordings(t) {
		t.Run(name, func(t *testing.T) { requireNoticesParameters(t, rec) })
	}
}

// requireNoticesParameters changes the element with the steepest gradient: one
// that leads to a silent unit influences nothing.
func requireNoticesParameters(t *testing.T, rec *oracle.Recording) {
	t.Helper()
	grads := firstGradient(rec).Tensors()
	for n, tensor := range rec.ParamsBefore.Tensors() {
		t.Run(tensor.Name, func(t *testing.T) {
			i, j := steepest(grads[n].Data)
			defer change(tensor.Data, i, j, 1e-2)()
			report, err := Run(t.Context(), rec, 1)
			require.NoError(t, err)
			require.Greater(t, worstComputed(report), promised)
		})
	}
}

// TestGoldenNoticesParametersInUse does the same to the parameters that the
// predictions and images after the batch are made with.
func TestGoldenNoticesParametersInUse(t *testing.T) {
	for name, rec := range goldenRecordings(t) {
		grads := firstGradient(rec).Tensors()
		for n, tensor := range rec.Steps[len(rec.Steps)-1].ParamsAfter.Tensors() {
			if tensor.Name == "W" || tensor.Name == "b" {
				continue // no recorded use of the read-out
			}
			t.Run(name+"/"+tensor.Name, func(t *testing.T) {
				i, j := steepest(grads[n].Data)
				defer change(tensor.Data, i, j, 1e-2)()
				report, err := Run(t.Context(), rec, 1)
				require.NoError(t, err)
				require.Greater(t, worstComputed(report), promised)
			})
		}
	}
}

// change adds by to an element and returns what undoes it.
func change(m oracle.Matrix, i, j int, by float64) func() {
	old := m[i][j]
	m[i][j] += by
	return func() { m[i][j] = old }
}

// worstComputed is Worst without the parameters.
func worstComputed(report *Report) float64 {
	var computed Report
	for _, d := range report.Quantities {
		if len(d.Quantity) < 12 || d.Quantity[:12] != "steps.params" {
			computed.Quantities = append(computed.Quantities, d)
		}
	}
	return computed.Worst()
}

// firstGradient returns the gradient of the first round, of all parameters.
func firstGradient(rec *oracle.Recording) *oracle.Params {
	first := rec.Steps[0]
	r := oracle.NewLearner(&rec.Config, rec.ParamsBefore.Clone()).Round(rec.Batch, rec.Start.Z, first.ZGBefore, first.Noise)
	r.Grad.Gy, r.Grad.G = r.Generation.Grad.Gy, r.Generation.Grad.G
	return r.Grad
}

// steepest returns where the largest element of m stands.
func steepest(m oracle.Matrix) (row, column int) {
	for i := range m {
		for j := range m[i] {
			if math.Abs(m[i][j]) > math.Abs(m[row][column]) {
				row, column = i, j
			}
		}
	}
	return row, column
}
