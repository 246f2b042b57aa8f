package simd

import (
	"fmt"
	"math"
)

// AdamStep holds the constants of one optimiser step. Assembly reads it as
// eight float32 values in this order.
type AdamStep struct {
	Rate          float32 // lr·√(1−β2ᵗ)/(1−β1ᵗ)
	Beta1         float32
	OneMinusBeta1 float32
	Beta2         float32
	OneMinusBeta2 float32
	Epsilon       float32 // added to the root
	Clip          float32 // bound on |gradient|, +0 or more, applied first
	Decay         float32 // weight decay: the gradient gains Decay·w before the clip
}

// Adam holds the optimiser's settings, named as in Kingma & Ba, arXiv
// 1412.6980; ε is outside the root and not bias-corrected, as in Keras.
type Adam struct {
	Rate    float64 `json:"rate"`
	Beta1   float64 `json:"beta1"`
	Beta2   float64 `json:"beta2"`
	Epsilon float64 `json:"epsilon"`
	Clip    float64 `json:"clip"`
}

// Step returns the constants of step t (the first is 1) at rate scale·Rate.
func (a Adam) Step(t int, scale float64) AdamStep {
	correction := math.Sqrt(1-math.Pow(a.Beta2, float64(t))) / (1 - math.Pow(a.Beta1, float64(t)))
	return AdamStep{
		Rate:          float32(a.Rate * scale * correction),
		Beta1:         float32(a.Beta1),
		OneMinusBeta1: float32(1 - a.Beta1),
		Beta2:         float32(a.Beta2),
		OneMinusBeta2: float32(1 - a.Beta2),
		Epsilon:       float32(a.Epsilon),
		Clip:          float32(a.Clip),
	}
}

// WithDecay returns the step with weight decay d·w added to each gradient.
func (s AdamStep) WithDecay(d float32) AdamStep {
	s.Decay = d
	return s
}

// AdamF32 applies one Adam step to the weights w with first and second moments
// m and v and gradient g, all of equal length. See adamF32Generic for the
// formula.
func AdamF32(w, m, v, g []float32, step AdamStep) {
	checkMoments("AdamF32", w, m, v, g)
	for len(w) > longestRow {
		adamF32(w[:longestRow], m[:longestRow], v[:longestRow], g[:longestRow], &step)
		w, m, v, g = w[longestRow:], m[longestRow:], v[longestRow:], g[longestRow:]
	}
	n := whole(len(w))
	if n > 0 {
		adamF32(w[:n], m[:n], v[:n], g[:n], &step)
	}
	adamF32Generic(w[n:], m[n:], v[n:], g[n:], &step)
}

func checkMoments(operation string, w, m, v, g []float32) {
	if len(m) != len(w) || len(v) != len(w) || len(g) != len(w) {
		panic(fmt.Sprintf("simd: %s: %d weights, %d and %d moments, %d gradients", operation, len(w), len(m), len(v), len(g)))
	}
}
