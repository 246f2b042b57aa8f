package bench

import (
	"context"
	"fmt"
	"testing"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
	"github.com/stretchr/testify/require"
)

// digits returns n ≤ 500 synthetic digits.
func digits(b *testing.B, n int) *data.Set {
	set, err := data.Open(context.Background(), data.Synthetic, data.Options{Samples: 500})
	require.NoError(b, err)
	return set.Head(n)
}

// newModel returns an untrained model of two hidden layers.
func newModel(b *testing.B, preset string, hidden int, set *data.Set) (*model.Model, runtime.Settings) {
	s, c, err := runtime.Preset(preset)
	require.NoError(b, err)
	c.Input, c.Classes, c.Hidden = set.Input, set.Classes, []int{hidden, hidden}
	m, err := model.New(c, 0)
	require.NoError(b, err)
	return m, s
}

// BenchmarkTrain times one training batch.
func BenchmarkTrain(b *testing.B) {
	for _, preset := range runtime.Presets() {
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("preset=%s/isa=%s/hidden=500/threads=%d", preset, simd.Active(), threads), func(b *testing.B) {
				set := digits(b, 500)
				m, s := newModel(b, preset, 500, set)
				set = set.Head(s.Batch)
				s.Epochs = 1 << 20 // each epoch is one batch
				t, err := runtime.NewTrainer(m, s, threads)
				require.NoError(b, err)
				defer t.Close()
				ctx, cancel := context.WithCancel(context.Background())
				b.ResetTimer()
				batches := 0
				err = t.Fit(ctx, set, func(runtime.Report) {
					if batches++; batches == b.N {
						cancel()
					}
				}, nil)
				require.ErrorIs(b, err, context.Canceled)
				b.ReportMetric(float64(s.Batch)*float64(b.N)/b.Elapsed().Seconds(), "samples/s")
			})
		}
	}
}

// BenchmarkPredict times one call.
func BenchmarkPredict(b *testing.B) {
	for _, method := range runtime.Methods() {
		for _, rows := range []int{1, 10, 100} {
			b.Run(fmt.Sprintf("method=%s/isa=%s/hidden=500/batch=%d", method, simd.Active(), rows), func(b *testing.B) {
				set := digits(b, rows)
				m, _ := newModel(b, "fast", 500, set)
				engine, err := runtime.New(m)
				require.NoError(b, err)
				session := runtime.NewSession(engine, 1)
				defer session.Close()
				x := simd.NewMatrix(rows, set.Input.Size())
				for i := range rows {
					set.Sample(x.Row(i), i)
				}
				for b.Loop() {
					_, err := session.Predict(context.Background(), x, method)
					require.NoError(b, err)
				}
				b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "samples/s")
			})
		}
	}
}
