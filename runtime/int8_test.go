package runtime

import (
	"context"
	"hash/crc32"
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// int8Model returns a small network in int8, with limits unless they are to be
// each row's own, and the float32 network that it is made from.
func int8Model(t testing.TB, hidden []int, limits bool) (q, m *model.Model) {
	_, c := fast()
	c.Input, c.Hidden, c.Classes, c.Group = model.Image(14, 14), hidden, []string{"a", "b", "c"}, 7
	m, err := model.New(c, 1)
	require.NoError(t, err)
	q, err = m.Quantise()
	require.NoError(t, err)
	if limits {
		for i := range q.Int8.Clip {
			q.Int8.Clip[i] = 0.3 + 0.1*float32(i)
		}
	}
	return q, m
}

func int8Inputs(rows int) simd.Matrix {
	x := simd.NewMatrix(rows, 196)
	for r := range rows {
		for i := range x.Row(r) {
			if (i*7+r*13)%31 < 9 {
				x.Row(r)[i] = float32((i+r)%11) / 10
			}
		}
	}
	return x
}

func int8Session(t testing.TB, m *model.Model, threads int) *Session {
	e, err := New(m)
	require.NoError(t, err)
	s := NewSession(e, threads)
	t.Cleanup(s.Close)
	return s
}

// TestInt8Readout computes the read-out by its definition, code by code.
func TestInt8Readout(t *testing.T) {
	for _, limits := range []bool{true, false} {
		q, _ := int8Model(t, []int{33, 20}, limits)
		x := int8Inputs(4)
		got, err := int8Session(t, q, 1).Predict(context.Background(), x, Readout)
		require.NoError(t, err)
		for r := range x.Rows {
			z := append([]float32(nil), x.Row(r)...)
			for l := range q.Int8.Layers {
				w := &q.Int8.Layers[l].Up
				sums := productByDefinition(z, w.PackedI8, w.Scale, q.Int8.Clip[l])
				z = sums
				simd.BiasReluF32(z, sums, q.Int8.Layers[l].Bias[:len(z)])
			}
			w := &q.Int8.Readout
			logits := productByDefinition(z, w.PackedI8, w.Scale, q.Int8.Clip[2])
			simd.SoftmaxF32(logits, logits, q.Int8.ReadoutBias[:len(logits)])
			require.Equal(t, logits, got.Row(r))
		}
	}
}

// productByDefinition returns n(z)·W, n(z) in codes up to clip.
func productByDefinition(z []float32, w simd.PackedI8, scale []float32, clip float32) []float32 {
	inverse := simd.InverseNormF32(simd.SumSquaresF32(z))
	if clip == 0 {
		for _, v := range z {
			clip = max(clip, float32(v*inverse))
		}
	}
	step := clip / 127
	out := make([]float32, w.N)
	for n := range out {
		var sum int32
		for k, v := range z {
			code := math.RoundToEven(float64(float32(v * (inverse / step))))
			sum += int32(min(max(code, 0), 127)) * int32(w.Data[w.Index(k, n)])
		}
		out[n] = float32(float32(float32(sum)*scale[n]) * step)
	}
	return out
}

// TestInt8IsNearFloat32: what int8 computes differs from float32 by about what
// the codes leave out, in all that a session does.
func TestInt8IsNearFloat32(t *testing.T) {
	for _, hidden := range [][]int{{60}, {64, 40}, {50, 30, 20}} {
		q, m := int8Model(t, hidden, false)
		x, latents := int8Inputs(30), simd.NewMatrix(30, m.Config.Latents)
		for i := range latents.Data {
			latents.Data[i] = float32(i%5) - 1
		}
		run := func(m *model.Model) (results [][]float32) {
			s := int8Session(t, m, 2)
			keep := func(m simd.Matrix, err error) {
				require.NoError(t, err)
				var all []float32
				for r := range m.Rows {
					all = append(all, m.Row(r)...)
				}
				results = append(results, all)
			}
			ctx, image := context.Background(), simd.NewMatrix(30, 196)
			keep(s.Predict(ctx, x, Readout))
			keep(s.Surprise(ctx, x))
			keep(s.Predict(ctx, x, Auto))
			keep(image, s.Reconstruct(ctx, image, x))
			keep(image, s.Synthesize(ctx, image, latents))
			inferred := simd.NewMatrix(30, m.Config.Latents)
			keep(inferred, s.Latents(ctx, inferred, x, nil))
			return results
		}
		full, small := run(m), run(q)
		for i := range full {
			var square, off float64
			for j, v := range full[i] {
				square += float64(v) * float64(v)
				off += math.Pow(float64(small[i][j]-v), 2)
			}
			require.Less(t, math.Sqrt(off/square), 0.05, "%v, result %d", hidden, i)
			require.NotEqual(t, full[i], small[i], "%v, result %d: it is not int8 at all", hidden, i)
		}
	}
}

// TestInt8Bits asserts that a network in int8 gives these bits on every platform,
// with every implementation, pure Go included, and any number of threads.
func TestInt8Bits(t *testing.T) {
	was := simd.Active()
	defer func() { require.NoError(t, simd.Use(was)) }()
	for limits, want := range map[bool]uint32{true: 0x78c014cb, false: 0xc423fd77} {
		q, _ := int8Model(t, []int{64, 45}, limits)
		x := int8Inputs(20)
		for _, isa := range simd.Usable() {
			require.NoError(t, simd.Use(isa))
			for _, threads := range []int{1, 3} {
				s, image := int8Session(t, q, threads), simd.NewMatrix(20, 196)
				out, err := s.Surprise(context.Background(), x)
				require.NoError(t, err)
				sum := crc32.ChecksumIEEE(bytesOf(out.Data))
				require.NoError(t, s.Reconstruct(context.Background(), image, x))
				sum = crc32.Update(sum, crc32.IEEETable, bytesOf(image.Data))
				require.Equal(t, want, sum, "%v, limits %v: %#x", isa, limits, sum)
			}
		}
	}
}

// TestInt8OpenFile predicts from a mapped file what it predicts from memory.
func TestInt8OpenFile(t *testing.T) {
	q, _ := int8Model(t, []int{300, 160}, true)
	path := filepath.Join(t.TempDir(), "q.pff")
	require.NoError(t, model.Save(path, q))
	x := int8Inputs(5)
	opened, err := model.Open(path, 1)
	require.NoError(t, err)
	defer opened.Close()
	want, err := int8Session(t, q, 1).Predict(context.Background(), x, Goodness)
	require.NoError(t, err)
	got, err := int8Session(t, opened.Model, 1).Predict(context.Background(), x, Goodness)
	require.NoError(t, err)
	require.Equal(t, want.Data, got.Data)
}

// TestInt8PredictionAllocatesNothing once it has predicted that many.
func TestInt8PredictionAllocatesNothing(t *testing.T) {
	q, _ := int8Model(t, []int{64, 45}, true)
	s, x := int8Session(t, q, 1), int8Inputs(5)
	for _, method := range []Method{Readout, Goodness, Auto} {
		predict := func() {
			_, err := s.Predict(context.Background(), x, method)
			require.NoError(t, err)
		}
		predict()
		require.Zero(t, testing.AllocsPerRun(10, predict), method)
	}
}

// TestInt8Zeros: a dark image and states of zero have codes of zero.
func TestInt8Zeros(t *testing.T) {
	for _, limits := range []bool{true, false} {
		q, _ := int8Model(t, []int{20}, limits)
		clear(q.Int8.Layers[0].Bias)
		s := int8Session(t, q, 1)
		for _, method := range []Method{Readout, Goodness} {
			out, err := s.Predict(context.Background(), simd.NewMatrix(2, 196), method)
			require.NoError(t, err)
			for r := range 2 {
				for _, v := range out.Row(r) {
					require.True(t, v >= 0 && v <= 1)
				}
			}
		}
	}
}
