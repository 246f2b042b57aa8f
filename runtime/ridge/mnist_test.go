package ridge

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/shared"
	"github.com/pffedge/pffedge/simd"
)

// mnist returns the first n samples of a split.
func mnist(t testing.TB, split data.Split, n int) samples {
	set, err := data.Open(context.Background(), shared.Dir(t, "data/mnist"), data.Options{Split: split})
	require.NoError(t, err)
	n = min(n, set.Len())
	s := samples{simd.NewMatrix(n, 784), make([]int, n)}
	for i := range n {
		s.labels[i] = set.Sample(s.x.Row(i), i)
	}
	return s
}

// TestMNIST learns classes one after the other, one pass, and forgets one.
func TestMNIST(t *testing.T) {
	if testing.Short() {
		t.Skip("16,000 images")
	}
	train, test := mnist(t, data.Train, 12_000), mnist(t, data.Test, 4000)
	c := newTest(t, Options{Inputs: 784, Width: 28, Features: 500})
	for label := range 10 {
		train.of(true, label).add(t, c)
	}
	_, accuracy := test.scores(t, solve(t, c))
	t.Logf("%.2f %% of 4,000 after 12,000 samples, class by class, %d bytes", 100*accuracy, c.Bytes())
	require.Greater(t, accuracy, 0.86)
	train.of(true, 4).remove(t, c)
	_, accuracy = test.of(false, 4).scores(t, solve(t, c))
	t.Logf("%.2f %% of the other nine without class 4", 100*accuracy)
	require.Greater(t, accuracy, 0.86)
}

func eachSize(b *testing.B, train samples, run func(b *testing.B, c *Classifier)) {
	for _, features := range []int{500, 1000, 2000} {
		b.Run(fmt.Sprintf("features=%d", features), func(b *testing.B) {
			c := filled(b, Options{Inputs: 784, Width: 28, Features: features}, train)
			run(b, solve(b, c))
		})
	}
}

// BenchmarkMNIST learns the training images in one pass, in batches of 100, and
// tells the accuracy on the test images, of as many seeds as it runs.
func BenchmarkMNIST(b *testing.B) {
	train, test := mnist(b, data.Train, 60_000), mnist(b, data.Test, 10_000)
	for _, opt := range []Options{{Features: 500}, {Features: 1000}, {Features: 2000}, {Features: 500, Width: 28}, {Features: 1000, Width: 28}, {Features: 2000, Width: 28}} {
		b.Run(fmt.Sprintf("features=%d,width=%d", opt.Features, opt.Width), func(b *testing.B) {
			sum := 0.0
			for seed := range b.N {
				opt.Inputs, opt.Seed = 784, uint64(seed)
				c := newTest(b, opt)
				for lo := 0; lo < len(train.labels); lo += 100 {
					train.some(lo, lo+100).add(b, c)
				}
				_, accuracy := test.scores(b, solve(b, c))
				b.Logf("seed %d: %.2f %%", seed, 100*accuracy)
				sum += accuracy
				b.ReportMetric(float64(c.Bytes()), "bytes")
				b.ReportMetric(float64(c.Memory()), "memory")
			}
			b.ReportMetric(100*sum/float64(b.N), "%right")
		})
	}
}

func perSample(b *testing.B, n int) {
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "samples/s")
}

// BenchmarkAdd adds samples one by one and in batches, and removes them again every
// other time, which takes as long.
func BenchmarkAdd(b *testing.B) {
	train := mnist(b, data.Train, 2000)
	eachSize(b, train, func(b *testing.B, c *Classifier) {
		b.Run("batch=single", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				do := c.Add
				if i/2000%2 == 1 {
					do = c.Remove
				}
				require.NoError(b, do(train.x.Row(i%2000), train.labels[i%2000]))
			}
			perSample(b, 1)
		})
		for _, n := range []int{1, 10, 100} {
			b.Run(fmt.Sprintf("batch=%d", n), func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					lo := i * n % 2000
					part := train.some(lo, lo+n)
					if i*n/2000%2 == 0 {
						part.add(b, c)
					} else {
						part.remove(b, c)
					}
				}
				perSample(b, n)
			})
		}
	})
}

// BenchmarkSolve solves anew for the sums of 2,000 images.
func BenchmarkSolve(b *testing.B) {
	eachSize(b, mnist(b, data.Train, 2000), func(b *testing.B, c *Classifier) {
		for b.Loop() {
			c.behind++
			solve(b, c)
		}
	})
}

// BenchmarkPredict predicts image after image.
func BenchmarkPredict(b *testing.B) {
	train := mnist(b, data.Train, 2000)
	eachSize(b, train, func(b *testing.B, c *Classifier) {
		scores := make([]float32, 10)
		for i := 0; b.Loop(); i++ {
			_, err := c.Predict(scores, train.x.Row(i%2000))
			require.NoError(b, err)
		}
	})
}
