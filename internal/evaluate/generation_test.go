package evaluate

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// dreamer returns a session on a network made by hand that reconstructs
// pictures in the same proportions and imagines the brightest pixel of a class
// somewhat alight and the others nearly dark; but of the class right, which it
// confuses with left.
func dreamer(t *testing.T, change func(m *model.Model)) *runtime.Session {
	t.Helper()
	c := brightest(t).Model().Config
	c.Latents = classes
	m := &model.Model{Config: c, Params: model.NewParams(&c)}
	for i := range classes {
		m.Params.Layers[0].Up.Set(i, i, 1)
		m.Params.Gen[0].Set(i, i, 1)
		m.Params.GenTop.Set(i, i, 1)
		mean := make([]float32, classes)
		mean[i%2] = 1
		m.PerClass = append(m.PerClass, model.Mixture{{Weight: 1, Mean: mean, Chol: []float32{0.1, 0, 0, 0, 0.1, 0, 0, 0, 0.1}}})
	}
	m.Overall = m.PerClass[0]
	change(m)
	engine, err := runtime.New(m)
	require.NoError(t, err)
	s := runtime.NewSession(engine, 1)
	t.Cleanup(s.Close)
	return s
}

func unchanged(*model.Model) {}

// farAlbum has two pictures of each class.
var farAlbum = append(album[:7:7],
	picture{[classes]float32{0, 0, 1}, 2},
	picture{[classes]float32{0, 1, 0}, 2}, // taken for middle
)

func TestGenerate(t *testing.T) {
	s := dreamer(t, unchanged)
	g, err := Generate(t.Context(), s, brightest(t), farAlbum, 0, 50, 3)
	require.NoError(t, err)
	require.Equal(t, 50, g.Each)
	require.InDelta(t, 6./9, g.Reconstructed, 1e-12, "all but the three whose brightest pixel is another class's")
	require.InDelta(t, 2./3, g.Imagined, 1e-12, "all but those of class right")

	want := 0.0
	for class := range classes {
		x := simd.NewMatrix(50, classes)
		require.NoError(t, s.Imagine(t.Context(), x, class, 3))
		var real [][classes]float32
		for _, p := range farAlbum {
			if p.label == class {
				real = append(real, p.pixels)
			}
		}
		var imagined [][classes]float32
		for r := range x.Rows {
			imagined = append(imagined, [classes]float32(x.Row(r)))
		}
		want += apart(imagined) / apart(real) / classes
	}
	require.InDelta(t, want, g.Diversity, 1e-6)
}

// apart is the mean distance between two of the points, over all ordered pairs.
func apart(points [][classes]float32) float64 {
	sum, n := 0.0, 0
	for i, p := range points {
		for j, q := range points {
			if i != j {
				sum += math.Hypot(math.Hypot(float64(p[0]-q[0]), float64(p[1]-q[1])), float64(p[2]-q[2]))
				n++
			}
		}
	}
	return sum / float64(n)
}

// TestGenerateOfFewSamples leaves out classes without two of them, and does not
// divide by nothing.
func TestGenerateOfFewSamples(t *testing.T) {
	s := dreamer(t, unchanged)
	g, err := Generate(t.Context(), s, brightest(t), album, 4, 10, 0) // three of left, one of middle
	require.NoError(t, err)
	require.InDelta(t, 3./4, g.Reconstructed, 1e-12)
	require.InDelta(t, 1, g.Imagined, 1e-12)
	require.Positive(t, g.Diversity)
	for _, set := range []pictures{nil, album[:1]} {
		g, err = Generate(t.Context(), s, brightest(t), set, 0, 10, 0)
		require.NoError(t, err)
		require.Zero(t, g.Imagined)
		require.Zero(t, g.Diversity)
	}
}

func TestGenerateRefuses(t *testing.T) {
	s := dreamer(t, unchanged)
	renamed := dreamer(t, func(m *model.Model) { m.Config.Classes = []string{"left", "right", "middle"} })
	wider := dreamer(t, func(m *model.Model) { m.Config.Input = model.Image(1, classes) })
	for _, judge := range []*runtime.Session{renamed, wider} {
		_, err := Generate(t.Context(), s, judge, farAlbum, 0, 10, 0)
		require.ErrorIs(t, err, ErrJudge)
	}
	_, err := Generate(t.Context(), dreamer(t, func(m *model.Model) { m.PerClass = nil }), s, farAlbum, 0, 10, 0)
	require.ErrorIs(t, err, runtime.ErrNoMixture)
	_, err = Generate(t.Context(), s, s, pictures{{label: 9}}, 0, 10, 0)
	require.ErrorContains(t, err, "label 9")
	ctx, stop := context.WithCancel(t.Context())
	stop()
	_, err = Generate(ctx, s, s, farAlbum, 0, 10, 0)
	require.ErrorIs(t, err, context.Canceled)
}
