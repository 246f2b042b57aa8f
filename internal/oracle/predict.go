package oracle

// goodnessDivisor divides the summed logits, whatever the number of steps
// summed: the reference's constant.
const goodnessDivisor = 3

// GoodnessScores returns Ey (rows×C). For each label c, from the start state,
// it runs steps noiseless dynamics steps with y = onehot(c) and sums over the
// steps k ≥ from, counted from 0, the mean of the layers' logits at θ = 0:
//
//	Ey_c = Σ_k (1/L)·Σ_ℓ (−Σ_j z_ℓj²) / 3
//
// The largest score wins; Softmax of a row gives its probabilities.
func GoodnessScores(c *Config, p *Params, x Matrix, from, steps int) Matrix {
	scores := NewMatrix(len(x), c.Classes)
	start, _ := Start(p, x)
	for label := range c.Classes {
		y := NewMatrix(len(x), c.Classes)
		for i := range y {
			y[i][label] = 1
		}
		z := start
		for k := range steps {
			z, _ = Step(c, p, x, y, z, nil)
			if k < from {
				continue
			}
			for l := range z {
				for i, logit := range Logits(z[l], 0) {
					scores[i][label] += logit / float64(len(z)) / goodnessDivisor
				}
			}
		}
	}
	return scores
}
