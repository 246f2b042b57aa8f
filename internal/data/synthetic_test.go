package data

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"
	goruntime "runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

// The same bytes on every platform, and for ever: models say they were
// trained on "synthetic digits, seed 1".
func TestSyntheticBytes(t *testing.T) {
	for split, want := range map[Split]string{
		Train: "d1a4152521b86d8e3dbd0c979b2ef725c64ad6247c5cc87d9114ed35797d650a",
		Test:  "1e7d6a049e64175ddc546534adf9ccf863ec4a86b22642c6d19e423caa84b02e",
	} {
		s := open(t, Synthetic, Options{Split: split, Seed: 1, Samples: 200})
		h := sha256.New()
		h.Write(s.pixels)
		for _, l := range s.Labels {
			h.Write([]byte{byte(l)})
		}
		require.Equal(t, want, fmt.Sprintf("%x", h.Sum(nil)), split)
	}
}

func TestSynthetic(t *testing.T) {
	train := open(t, Synthetic, Options{})
	require.Equal(t, 10_000, train.Len())
	require.Equal(t, model.Image(28, 28), train.Input)
	require.Equal(t, numberNames(10), train.Classes)
	require.Equal(t, "synthetic digits, seed 0, train split", train.Source)
	require.Equal(t, 2_000, open(t, Synthetic, Options{Split: Test}).Len())

	var perClass [10]int
	for _, l := range train.Labels[:500] {
		perClass[l]++
	}
	require.Equal(t, [10]int{50, 50, 50, 50, 50, 50, 50, 50, 50, 50}, perClass)
}

func TestSyntheticStreams(t *testing.T) {
	base := Options{Seed: 3, Samples: 50}
	one := open(t, Synthetic, base)
	longer, test, other := base, base, base
	longer.Samples, test.Split, other.Seed = 60, Test, 4
	require.Equal(t, one.pixels, open(t, Synthetic, longer).Head(50).pixels[:50*digitSize], "a prefix stays the same")
	require.NotEqual(t, one.pixels, open(t, Synthetic, test).pixels)
	require.NotEqual(t, one.pixels, open(t, Synthetic, other).pixels)
	require.NotEqual(t, one.Labels, open(t, Synthetic, other).Labels)

	defer goruntime.GOMAXPROCS(goruntime.GOMAXPROCS(1))
	require.Equal(t, one.pixels, open(t, Synthetic, base).pixels, "the number of cores does not matter")
}

func TestSyntheticForExistingModel(t *testing.T) {
	in := model.Image(14, 14)
	classes := []string{"9", "8", "7", "6", "5", "4", "3", "2", "1", "0", "x"}
	s := open(t, Synthetic, Options{Input: &in, Classes: classes, Samples: 20})
	plain := open(t, Synthetic, Options{Samples: 20})
	require.Equal(t, in, s.Input)
	require.Equal(t, classesOf(plain), classesOf(s))
	require.Len(t, s.pixels, 20*14*14)
	require.ErrorIs(t, openError(Synthetic, Options{Classes: []string{"0", "1"}}), ErrUnknownClass)
}

// Every glyph must be seen: stroke points lie on the sheet, and a digit has
// ink in the middle of its picture, at every size.
func TestDigitsAreDrawn(t *testing.T) {
	c := newCanvas()
	var picture [digitSize]byte
	for digit, styles := range append(digitGlyphs[:], heartGlyphs) {
		require.GreaterOrEqual(t, len(styles), 3)
		for i := range 100 {
			c.reset(5, Train, i)
			c.drawOne(picture[:], styles)
			bright, dark := 0, 0
			for _, p := range picture {
				if p > 120 {
					bright++
				}
				if p < 60 {
					dark++
				}
			}
			require.Greater(t, bright, 15, "digit %d, picture %d", digit, i)
			require.Greater(t, dark, digitSize/3, "digit %d, picture %d", digit, i)
		}
	}
}

// TestHearts: drawn as the digits are, and none of them.
func TestHearts(t *testing.T) {
	hearts := func(opt Options) *Set {
		s, err := Hearts(t.Context(), opt)
		require.NoError(t, err)
		return s
	}
	s := hearts(Options{Seed: 1, Samples: 30})
	require.Equal(t, []string{Heart}, s.Classes)
	require.Equal(t, model.Image(28, 28), s.Input)
	require.Equal(t, 30, s.Len())
	require.Contains(t, s.Source, "hearts")
	h := sha256.New()
	h.Write(s.pixels)
	require.Equal(t, "a0ad6f3e10ff66a3bfc05f4138b77caecfbfb29f8d7645c3c90c9629ebf4e445", fmt.Sprintf("%x", h.Sum(nil)), "the same bytes on every platform")
	require.Equal(t, s.pixels[:10*digitSize], hearts(Options{Seed: 1, Samples: 10}).pixels)
	require.NotEqual(t, s.pixels, hearts(Options{Seed: 2, Samples: 30}).pixels)
	require.NotEqual(t, s.pixels, hearts(Options{Seed: 1, Samples: 30, Split: Test}).pixels)

	in := model.Image(14, 14)
	s = hearts(Options{Input: &in, Classes: []string{"0", "1", Heart}, Samples: 3})
	require.Equal(t, []int32{2, 2, 2}, s.Labels)
	require.Len(t, s.pixels, 3*14*14)
	for _, opt := range []Options{{Samples: 0}, {Samples: -1}, {Samples: 1, Classes: []string{"0", "1"}}, {Samples: 1, Input: &model.Input{}}} {
		_, err := Hearts(t.Context(), opt)
		require.Error(t, err)
	}
}

// underRace tells that the race detector is on.
var underRace bool

// The digits must not be too easy, else they say nothing about a network:
// a linear classifier stays below 90 %. And not too hard: comparing pictures
// as they are gets well above that.
func TestSyntheticDifficulty(t *testing.T) {
	if underRace {
		t.Skip("one goroutine computing for long: nothing to race with")
	}
	train := open(t, Synthetic, Options{Seed: 1})
	test := open(t, Synthetic, Options{Seed: 1, Split: Test})
	linear := trainSoftmax(train, 5).accuracy(test)
	near := nearestNeighbour(train, test.Head(500))
	t.Logf("linear %.4f, nearest neighbour %.4f", linear, near)
	require.Less(t, linear, 0.90)
	require.Greater(t, linear, 0.50)
	require.Greater(t, near, 0.93)
}

// softmax is multinomial logistic regression, a row of weights and a bias a
// class.
type softmax struct {
	size int
	w    [][]float32
}

// trainSoftmax does stochastic gradient descent with momentum.
func trainSoftmax(s *Set, epochs int) *softmax {
	m := &softmax{s.Input.Size(), make([][]float32, len(s.Classes))}
	grad, speed := make([][]float32, len(m.w)), make([][]float32, len(m.w))
	for k := range m.w {
		m.w[k], grad[k], speed[k] = make([]float32, m.size+1), make([]float32, m.size+1), make([]float32, m.size+1)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	x := make([]float32, m.size)
	const batch = 50
	for epoch := range epochs {
		rate := 0.1 / float32(1+epoch)
		for n, i := range rng.Perm(s.Len()) {
			label := s.Sample(x, i)
			for k, p := range m.predict(x) {
				if k == label {
					p--
				}
				for j, v := range x {
					grad[k][j] += p * v
				}
				grad[k][m.size] += p
			}
			if n%batch != batch-1 {
				continue
			}
			for k := range m.w {
				for j := range m.w[k] {
					speed[k][j] = 0.9*speed[k][j] - rate*grad[k][j]/batch
					m.w[k][j] += speed[k][j]
				}
				clear(grad[k])
			}
		}
	}
	return m
}

func (m *softmax) predict(x []float32) []float32 {
	p := make([]float32, len(m.w))
	sum := 0.0
	for k, w := range m.w {
		z := w[m.size]
		for j, v := range x {
			z += w[j] * v
		}
		e := math.Exp(float64(z))
		p[k] = float32(e)
		sum += e
	}
	for k := range p {
		p[k] /= float32(sum)
	}
	return p
}

func (m *softmax) accuracy(s *Set) float64 {
	right := 0
	x := make([]float32, m.size)
	for i := range s.Len() {
		label, best := s.Sample(x, i), 0
		p := m.predict(x)
		for k := range p {
			if p[k] > p[best] {
				best = k
			}
		}
		if best == label {
			right++
		}
	}
	return float64(right) / float64(s.Len())
}

// nearestNeighbour returns the accuracy of taking over the label of the most
// similar training picture, at half the resolution.
func nearestNeighbour(train, test *Set) float64 {
	a, b := halved(train), halved(test)
	right := 0
	for i, x := range b {
		best, label := int32(math.MaxInt32), int32(-1)
		for j, y := range a {
			var d int32
			for k := 0; k < len(x) && d < best; k += 14 {
				for l, v := range x[k : k+14] {
					d += (v - y[k+l]) * (v - y[k+l])
				}
			}
			if d < best {
				best, label = d, train.Labels[j]
			}
		}
		if label == test.Labels[i] {
			right++
		}
	}
	return float64(right) / float64(len(b))
}

// halved returns the pictures at 14×14, each pixel the mean of four.
func halved(s *Set) [][]int32 {
	half := model.Image(14, 14)
	out := make([][]int32, s.Len())
	for i := range out {
		out[i] = make([]int32, half.Size())
		for k, p := range s.pixels[i*digitSize : (i+1)*digitSize] {
			out[i][k/(2*digitSide)*14+k%digitSide/2] += int32(p) / 4
		}
	}
	return out
}

func BenchmarkSynthetic(b *testing.B) {
	for b.Loop() {
		_, err := drawDigits(context.Background(), 1, Train, 0, 1000)
		require.NoError(b, err)
	}
}
