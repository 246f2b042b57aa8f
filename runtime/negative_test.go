package runtime

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/simd"
)

var nan = float32(math.NaN())

// requireShares compares counts with expected shares: within five standard
// errors.
func requireShares(t *testing.T, want []float64, counts []int) {
	t.Helper()
	total := 0
	for _, c := range counts {
		total += c
	}
	for class, p := range want {
		slack := 5 * math.Sqrt(p*(1-p)*float64(total))
		require.InDelta(t, p*float64(total), counts[class], slack, "class %d", class)
	}
}

// TestDrawOtherFollowsBelief goes through the quantiles in even steps, which
// gives each class its share to within two steps.
func TestDrawOtherFollowsBelief(t *testing.T) {
	const steps = 10000
	for _, belief := range [][]float32{
		{0.1, 0.2, 0.3, 0.4}, {0.25, 0.25, 0.25, 0.25}, {0, 0.5, 0, 0.5}, {0.5, 0.5}, {1e-3, 0.998, 1e-3},
		{1e-30, 1, 3e-30}, // the label may hold almost all of it
	} {
		for label := range belief {
			others := 0.0
			for c, p := range belief {
				if c != label {
					others += float64(p)
				}
			}
			counts := make([]float64, len(belief))
			for i := range steps {
				counts[drawOther(belief, label, (float64(i)+0.5)/steps)]++
			}
			require.Zero(t, counts[label], "the label itself of %v", belief)
			for c, p := range belief {
				if c != label {
					require.InDelta(t, float64(p)/others*steps, counts[c], 2, "class %d beside label %d of %v", c, label, belief)
				}
			}
		}
	}
}

// TestDrawOtherNeverDrawsTheLabel, whatever the belief and however near to 1
// the quantile.
func TestDrawOtherNeverDrawsTheLabel(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, belief := range [][]float32{
		{1, 0, 0}, {0, 0, 0}, {nan, nan, nan}, {0.5, nan, 0.5}, {inf, 0, 0}, {inf, inf, inf}, {0, 1e-45, 0},
		{1. / 3, 1. / 3, 1. / 3}, {0.1, 0.7, 0.2}, {0, 1},
	} {
		for label := range belief {
			for _, u := range []float64{0, 0.3, 0.5, 0.999, 1 - 1./(1<<53)} {
				got := drawOther(belief, label, u)
				require.NotEqual(t, label, got, "%v at %v", belief, u)
				require.True(t, 0 <= got && got < len(belief))
			}
		}
	}
}

// TestDrawOtherOfCertainBelief: a belief that is all on the label says nothing
// about the others, so all of them should have their turn.
func TestDrawOtherOfCertainBelief(t *testing.T) {
	for label := range 4 {
		belief := make([]float32, 4)
		belief[label] = 1
		counts := make([]int, 4)
		for i := range 300 {
			counts[drawOther(belief, label, (float64(i)+0.5)/300)]++
		}
		for class, count := range counts {
			require.Equal(t, class == label, count == 0, "class %d beside label %d", class, label)
		}
	}
}

// negativeTrainer returns a trainer with rows labels of its own, so that
// negative can be called row by row.
func negativeTrainer(hard bool, classes, rows int) *Trainer {
	n := newNetwork(shapes[0], 13, classes, 4)
	t := &Trainer{
		circuit: &circuit{Engine: newEngine(n.model)},
		set:     Settings{Seed: 9, HardNegatives: hard},
		s:       &states{yhat: simd.NewMatrix(rows, classes)},
		labels:  make([]int, rows),
	}
	for r := range rows {
		t.labels[r] = r % classes
	}
	return t
}

// TestNegativesAreUniform over the wrong classes, and never the true one.
func TestNegativesAreUniform(t *testing.T) {
	for _, classes := range []int{2, 3, 5, 10} {
		const rows, batches = 100, 200
		trainer := negativeTrainer(false, classes, rows)
		counts := make([][]int, classes) // by label
		for label := range counts {
			counts[label] = make([]int, classes)
		}
		for trainer.batch = range batches {
			for r := range rows {
				counts[trainer.labels[r]][trainer.negative(r)]++
			}
		}
		for label := range counts {
			want := make([]float64, classes)
			for class := range want {
				if class != label {
					want[class] = 1 / float64(classes-1)
				}
			}
			require.Zero(t, counts[label][label], "the label itself")
			requireShares(t, want, counts[label])
		}
	}
}

// TestHardNegativesFollowBelief of the row's own read-out.
func TestHardNegativesFollowBelief(t *testing.T) {
	const rows, batches = 100, 300
	trainer := negativeTrainer(true, 5, rows)
	beliefs := [][]float32{{0.4, 0.1, 0.2, 0.3, 0}, {0.2, 0.2, 0.2, 0.2, 0.2}}
	for r := range rows {
		trainer.labels[r] = 3
		copy(trainer.s.yhat.Row(r), beliefs[r%2])
	}
	counts := [][]int{make([]int, 5), make([]int, 5)}
	for trainer.batch = range batches {
		for r := range rows {
			counts[r%2][trainer.negative(r)]++
		}
	}
	requireShares(t, []float64{4. / 7, 1. / 7, 2. / 7, 0, 0}, counts[0])
	requireShares(t, []float64{0.25, 0.25, 0.25, 0, 0.25}, counts[1])
}

// TestNegativesAreDrawnAnew for every row, batch, epoch and seed, and the same
// again for equal ones.
func TestNegativesAreDrawnAnew(t *testing.T) {
	const rows = 200
	drawn := func(change func(t *Trainer)) []int {
		trainer := negativeTrainer(false, 10, rows)
		clear(trainer.labels)
		change(trainer)
		list := make([]int, rows)
		for r := range list {
			list[r] = trainer.negative(r)
		}
		return list
	}
	base := drawn(func(*Trainer) {})
	require.Equal(t, base, drawn(func(*Trainer) {}))
	for name, change := range map[string]func(t *Trainer){
		"seed":  func(t *Trainer) { t.set.Seed++ },
		"epoch": func(t *Trainer) { t.epoch++ },
		"batch": func(t *Trainer) { t.batch++ },
	} {
		same := 0
		for r, label := range drawn(change) {
			if label == base[r] {
				same++
			}
		}
		// 200 rows agree by chance in 1/9: 22, give or take 4.4.
		require.InDelta(t, rows/9., same, 23, name)
	}
}
