package runtime

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/runtime/novelty"
	"github.com/pffedge/pffedge/simd"
)

// requireError demands a one-line error that wraps want, without a panic.
func requireError(t testing.TB, want error, f func() error) {
	t.Helper()
	var err error
	require.NotPanics(t, func() { err = f() })
	require.ErrorIs(t, err, want)
	require.False(t, strings.Contains(err.Error(), "\n"), "%q", err)
}

// eachUse calls f with every operation of a session on samples x.
func eachUse(t *testing.T, s *Session, f func(t *testing.T, use func(ctx context.Context, x simd.Matrix) error)) {
	c := &s.model.Config
	for name, use := range map[string]func(ctx context.Context, x simd.Matrix) error{
		"readout": func(ctx context.Context, x simd.Matrix) error {
			_, err := s.Predict(ctx, x, Readout)
			return err
		},
		"goodness": func(ctx context.Context, x simd.Matrix) error {
			_, err := s.Predict(ctx, x, Goodness)
			return err
		},
		"surprise": func(ctx context.Context, x simd.Matrix) error {
			_, err := s.Surprise(ctx, x)
			return err
		},
		"signals": func(ctx context.Context, x simd.Matrix) error {
			return s.Signals(ctx, make([]novelty.Signal, x.Rows), x)
		},
		"reconstruct": func(ctx context.Context, x simd.Matrix) error {
			return s.Reconstruct(ctx, simd.NewMatrix(x.Rows, x.Cols), x)
		},
		"latents": func(ctx context.Context, x simd.Matrix) error {
			return s.Latents(ctx, simd.NewMatrix(x.Rows, c.Latents), x, make([]int, x.Rows))
		},
	} {
		t.Run(name, func(t *testing.T) { f(t, use) })
	}
}

func TestUseRefusesBadInputs(t *testing.T) {
	n := newNetwork(shapes[2], 13, 5, 4)
	eachUse(t, n.session(t, 1), func(t *testing.T, use func(ctx context.Context, x simd.Matrix) error) {
		for _, cols := range []int{1, 12, 14, 1000} {
			requireError(t, ErrInput, func() error { return use(background, simd.NewMatrix(2, cols)) })
		}
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			x := toSimd(n.inputs(207)) // the last chunk is as bad as the first
			x.Row(206)[12] = float32(bad)
			requireError(t, ErrInput, func() error { return use(background, x) })
			requireError(t, ErrInput, func() error { return use(background, x.Slice(206, 207)) })
		}
		require.NoError(t, use(background, simd.NewMatrix(0, 13)), "no samples")
		require.NoError(t, use(background, simd.NewMatrix(2, 13)), "all zero")
		huge := simd.NewMatrix(1, 13)
		for i := range huge.Row(0) {
			huge.Row(0)[i] = math.MaxFloat32
		}
		require.NotPanics(t, func() { _ = use(background, huge) })
	})
}

func TestUseStopsWithItsContext(t *testing.T) {
	n := newNetwork(shapes[2], 13, 5, 4)
	require.NoError(t, FitMixtures(background, n.session(t, 1), n.samples(20), 1))
	x := toSimd(n.inputs(407))
	session := n.session(t, 1)
	eachUse(t, session, func(t *testing.T, use func(ctx context.Context, x simd.Matrix) error) {
		ctx, cancel := context.WithCancel(background)
		cancel()
		requireError(t, context.Canceled, func() error { return use(ctx, x) })
		requireError(t, context.Canceled, func() error { return use(&countdown{Context: background, left: 2}, x) })
		require.NoError(t, use(&countdown{Context: background, left: 3}, x), "three chunks ask three times")
	})
	ctx, cancel := context.WithCancel(background)
	cancel()
	requireError(t, context.Canceled, func() error { return session.Synthesize(ctx, simd.NewMatrix(3, 13), simd.NewMatrix(3, 4)) })
	requireError(t, context.Canceled, func() error { return session.Imagine(ctx, simd.NewMatrix(3, 13), 1, 1) })
	requireError(t, context.Canceled, func() error { return FitMixtures(ctx, session, n.samples(20), 1) })
}

// countdown is a context that ends after it has been asked left times.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestResultsMustFit(t *testing.T) {
	n := newNetwork(shapes[2], 13, 5, 4)
	s := n.session(t, 1)
	x := simd.NewMatrix(3, 13)
	for name, f := range map[string]func() error{
		"reconstruction rows": func() error { return s.Reconstruct(background, simd.NewMatrix(2, 13), x) },
		"reconstruction cols": func() error { return s.Reconstruct(background, simd.NewMatrix(3, 12), x) },
		"latent rows":         func() error { return s.Latents(background, simd.NewMatrix(2, 4), x, nil) },
		"latent cols":         func() error { return s.Latents(background, simd.NewMatrix(3, 5), x, nil) },
		"image rows":          func() error { return s.Synthesize(background, simd.NewMatrix(2, 13), simd.NewMatrix(3, 4)) },
		"image cols":          func() error { return s.Synthesize(background, simd.NewMatrix(3, 12), simd.NewMatrix(3, 4)) },
		"latents to decode":   func() error { return s.Synthesize(background, simd.NewMatrix(3, 13), simd.NewMatrix(3, 5)) },
	} {
		t.Run(name, func(t *testing.T) { requireError(t, ErrInput, f) })
	}
}

// TestResultsOfAnyStride: rows may lie further apart than NewMatrix puts them,
// in results as in samples.
func TestResultsOfAnyStride(t *testing.T) {
	n := newNetwork(shapes[2], 13, 5, 4)
	s := n.session(t, 1)
	wide := func(m simd.Matrix) simd.Matrix {
		out := simd.Matrix{Rows: m.Rows, Cols: m.Cols, Stride: m.Stride + 32, Data: make([]float32, m.Rows*(m.Stride+32))}
		for r := range m.Rows {
			copy(out.Row(r), m.Row(r))
		}
		return out
	}
	x, zg := toSimd(n.inputs(5)), toSimd(n.uniform(5, 4, 0, 1))
	require.Equal(t, fromSimd(predicted(t, s, x, Goodness)), fromSimd(predicted(t, s, wide(x), Goodness)))
	for name, run := range map[string]func(dst, from simd.Matrix) error{
		"reconstruct": func(dst, from simd.Matrix) error { return s.Reconstruct(background, dst, from) },
		"synthesize":  func(dst, from simd.Matrix) error { return s.Synthesize(background, dst, from) },
		"latents":     func(dst, from simd.Matrix) error { return s.Latents(background, dst, from, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			from, cols := x, 13
			switch name {
			case "synthesize":
				from = zg
			case "latents":
				cols = 4
			}
			want, got := simd.NewMatrix(5, cols), wide(simd.NewMatrix(5, cols))
			require.NoError(t, run(want, from))
			require.NoError(t, run(got, from))
			require.Equal(t, fromSimd(want), fromSimd(got), "results")
			require.NoError(t, run(got, wide(from)))
			require.Equal(t, fromSimd(want), fromSimd(got), "samples")
		})
	}
}

func TestDrivenLatentsNeedLabels(t *testing.T) {
	n := newNetwork(shapes[2], 13, 5, 4)
	n.model.Config.Latent.Driven = true
	s := n.session(t, 1)
	dst, x := simd.NewMatrix(3, 4), simd.NewMatrix(3, 13)
	for _, labels := range [][]int{nil, {0}, {0, 1, 2, 3}, {0, 1, 5}, {-1, 0, 1}} {
		t.Run(fmt.Sprint(labels), func(t *testing.T) {
			requireError(t, ErrInput, func() error { return s.Latents(background, dst, x, labels) })
			requireError(t, ErrInput, func() error { return s.LatentsFrom(background, dst, x, labels) })
		})
	}
	require.NoError(t, s.Latents(background, dst, x, []int{0, 4, 2}))
}

func TestSynthesisRefusesNonFiniteLatents(t *testing.T) {
	n := newNetwork(shapes[2], 13, 5, 4)
	zg := simd.NewMatrix(3, 4)
	zg.Row(2)[1] = nan
	requireError(t, ErrInput, func() error { return n.session(t, 1).Synthesize(background, simd.NewMatrix(3, 13), zg) })
}

func TestImagineNeedsAMixture(t *testing.T) {
	n := newNetwork(shapes[2], 13, 5, 4)
	s := n.session(t, 1)
	images := simd.NewMatrix(2, 13)
	for class := range 5 {
		requireError(t, ErrNoMixture, func() error { return s.Imagine(background, images, class, 1) })
	}
	requireError(t, ErrNoMixture, func() error { return s.Imagine(background, images, AnyClass, 1) })
	require.NoError(t, FitMixtures(background, s, n.samples(40), 1))
	for _, class := range []int{-2, 5, math.MaxInt, math.MinInt} {
		requireError(t, ErrInput, func() error { return s.Imagine(background, images, class, 1) })
	}
	requireError(t, ErrInput, func() error { return s.Imagine(background, simd.NewMatrix(2, 14), 1, 1) })
	require.NoError(t, s.Imagine(background, simd.NewMatrix(0, 13), 1, 1))
}

func TestMethods(t *testing.T) {
	n := newNetwork(shapes[0], 13, 5, 4)
	for _, m := range Methods() {
		parsed, err := ParseMethod(string(m))
		require.NoError(t, err)
		require.Equal(t, m, parsed)
	}
	for _, name := range []string{"", "Readout", "goodness "} {
		requireError(t, ErrMethod, func() error { _, err := ParseMethod(name); return err })
		requireError(t, ErrMethod, func() error {
			_, err := n.session(t, 1).Predict(background, simd.NewMatrix(1, 13), Method(name))
			return err
		})
	}
}
