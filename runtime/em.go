package runtime

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/pffedge/pffedge/model"
)

// component is a Gaussian while it is being fitted.
type component struct {
	logWeight float64
	mean      []float64
	chol      []float64 // S×S row-major, lower triangular
	logDet    float64   // log |Chol|
	diff      []float64 // scratch: a point's distance from the mean
}

// fitMixture fits k full-covariance Gaussians to points by expectation
// maximisation from a k-means++ start (Bishop, "Pattern Recognition and
// Machine Learning", 9.2.2; Arthur & Vassilvitskii 2007).
func fitMixture(ctx context.Context, points [][]float64, k int, r *rand.Rand) (model.Mixture, error) {
	if len(points) == 0 {
		return nil, nil
	}
	k = componentsFor(len(points), len(points[0]), k)
	floor := covarianceFloor*meanVariance(points) + 1e-9
	shares := startShares(points, k, r)
	parts := newComponents(k, len(points[0]))
	last := math.Inf(-1)
	for range emIterations {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for j := range parts {
			parts[j].maximise(points, shares, j, floor)
		}
		likelihood := expect(points, shares, parts)
		if likelihood-last < emTolerance {
			break
		}
		last = likelihood
	}
	return export(parts), nil
}

// componentsFor returns how many components, at most k, to fit to points: a full
// covariance wants more points than dimensions.
func componentsFor(points, dim, k int) int { return max(min(k, points/(2*dim)), 1) }

func meanVariance(points [][]float64) float64 {
	dim := len(points[0])
	var total float64
	for d := range dim {
		var sum, squares float64
		for _, p := range points {
			sum += p[d]
			squares += p[d] * p[d]
		}
		mean := sum / float64(len(points))
		total += max(squares/float64(len(points))-mean*mean, 0)
	}
	return total / float64(dim)
}

// startShares assigns each point to the nearest of k centres, drawn each with
// probability in proportion to its squared distance from those before.
func startShares(points [][]float64, k int, r *rand.Rand) [][]float64 {
	nearest := make([]float64, len(points))
	owner := make([]int, len(points))
	for i := range nearest {
		nearest[i] = math.Inf(1)
	}
	centre := points[r.IntN(len(points))]
	for j := range k {
		var total float64
		for i, p := range points {
			if d := squaredDistance(p, centre); d < nearest[i] {
				nearest[i], owner[i] = d, j
			}
			total += nearest[i]
		}
		centre = points[drawIndex(nearest, r.Float64()*total)]
	}
	shares := make([][]float64, len(points))
	for i := range shares {
		shares[i] = make([]float64, k)
		shares[i][owner[i]] = 1
	}
	return shares
}

func squaredDistance(a, b []float64) float64 {
	var sum float64
	for i, v := range a {
		sum += (v - b[i]) * (v - b[i])
	}
	return sum
}

// drawIndex returns the index at which the running sum of weights passes u.
func drawIndex(weights []float64, u float64) int {
	for i, w := range weights {
		if u -= w; u < 0 {
			return i
		}
	}
	return len(weights) - 1
}

func newComponents(k, dim int) []component {
	parts := make([]component, k)
	for j := range parts {
		parts[j] = component{mean: make([]float64, dim), chol: make([]float64, dim*dim), diff: make([]float64, dim)}
	}
	return parts
}

// maximise makes c component j, fitted to the points by their shares in it.
func (c *component) maximise(points, shares [][]float64, j int, floor float64) {
	dim := len(points[0])
	clear(c.mean)
	clear(c.chol)
	total := 1e-9
	for i, p := range points {
		total += shares[i][j]
		for d, v := range p {
			c.mean[d] += shares[i][j] * v
		}
	}
	for d := range c.mean {
		c.mean[d] /= total
	}
	diff := c.diff
	for i, p := range points {
		share := shares[i][j]
		if share < 1e-9 {
			continue
		}
		for d, v := range p {
			diff[d] = v - c.mean[d]
		}
		for a, da := range diff {
			row, scaled := c.chol[a*dim:a*dim+a+1], share*da
			for b, db := range diff[:a+1] {
				row[b] += scaled * db
			}
		}
	}
	for a := range dim {
		for b := range a + 1 {
			c.chol[a*dim+b] /= total
		}
		c.chol[a*dim+a] += floor
	}
	c.logDet = cholesky(c.chol, dim, floor)
	c.logWeight = math.Log(total / float64(len(points)))
}

// cholesky replaces the lower triangle of the covariance a by its Cholesky
// factor and returns log |factor|. Pivots are kept at least floor.
func cholesky(a []float64, n int, floor float64) float64 {
	var logDet float64
	for j := range n {
		pivot := a[j*n+j]
		for k := range j {
			pivot -= a[j*n+k] * a[j*n+k]
		}
		root := math.Sqrt(math.Max(pivot, floor))
		a[j*n+j] = root
		logDet += math.Log(root)
		for i := j + 1; i < n; i++ {
			v := a[i*n+j]
			for k := range j {
				v -= a[i*n+k] * a[j*n+k]
			}
			a[i*n+j] = v / root
		}
	}
	return logDet
}

// negligible is how far below the likeliest component's log density another
// one's no longer adds to a float64 sum of densities: e^−40 < 2^−53.
const negligible = 40

// expect computes each point's shares in the components and returns the mean
// log-likelihood, up to a constant.
func expect(points, shares [][]float64, parts []component) float64 {
	scratch := make([]float64, len(points[0]))
	var total float64
	for i, p := range points {
		top := math.Inf(-1)
		for j := range parts {
			shares[i][j] = parts[j].logDensity(p, scratch, top-negligible)
			top = max(top, shares[i][j])
		}
		var sum float64
		for j := range parts {
			shares[i][j] = math.Exp(shares[i][j] - top)
			sum += shares[i][j]
		}
		for j := range parts {
			shares[i][j] /= sum
		}
		total += top + math.Log(sum)
	}
	return total / float64(len(points))
}

// logDensity returns log(weight·density) of p, up to a constant: the squared
// Mahalanobis distance by forward substitution. It returns −∞ as soon as that
// shows to be below least.
func (c *component) logDensity(p, scratch []float64, least float64) float64 {
	n := len(p)
	density := c.logWeight - c.logDet
	for i := range n {
		v := (p[i] - c.mean[i] - dot(c.chol[i*n:i*n+i], scratch)) / c.chol[i*n+i]
		scratch[i] = v
		if density -= v * v / 2; density < least {
			return math.Inf(-1)
		}
	}
	return density
}

// dot returns Σ a[i]·b[i] over a's length in four sums, which do not wait for
// one another.
func dot(a, b []float64) float64 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float64
	for len(a) >= 4 {
		s0 += a[0] * b[0]
		s1 += a[1] * b[1]
		s2 += a[2] * b[2]
		s3 += a[3] * b[3]
		a, b = a[4:], b[4:]
	}
	for i, v := range a {
		s0 += v * b[i]
	}
	return s0 + s1 + (s2 + s3)
}

// export turns fitted components into a model's mixture.
func export(parts []component) model.Mixture {
	var total float64
	for _, c := range parts {
		total += math.Exp(c.logWeight)
	}
	var mixture model.Mixture
	for _, c := range parts {
		if weight := math.Exp(c.logWeight) / total; weight > emptyWeight {
			mixture = append(mixture, model.Gaussian{Weight: float32(weight), Mean: toFloat32(c.mean), Chol: toFloat32(c.chol)})
		}
	}
	return mixture
}

func toFloat32(values []float64) []float32 {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
}
