package main

// unit is how long the best OpenBLAS takes for 1000×2000 by 2000×2000: the
// measure in which the time of a whole learning step is given.
type unit struct {
	Unit    string  `json:"unit"`
	Threads int     `json:"threads"`
	Kernels string  `json:"kernels"`
	Rounds  int     `json:"rounds"`
	Seconds float64 `json:"seconds"` // median, then the quartiles on either side
	Q1      float64 `json:"seconds_q1"`
	Q3      float64 `json:"seconds_q3"`
}

// unitShape is the unit's product.
var unitShape = shape{1000, 2000, 2000}

// unitProduct returns what computes the unit's product.
func unitProduct(b *blas) func(times int) {
	s := unitShape
	x, w, y := uniform(s.M*s.K, 1), uniform(s.K*s.N, 2), make([]float32, s.M*s.N)
	return func(times int) { b.product(times, s, y, x, w) }
}

// units measures the unit on one and on two threads, in turn.
func units(b *blas, rounds int) []unit {
	var list []contender
	run := unitProduct(b)
	for threads := 1; threads <= 2; threads++ {
		list = append(list, contender{run: func(times int) {
			b.setThreads(threads)
			run(times)
		}})
	}
	p := plan{rounds: rounds, burst: burst, pause: pause, clock: wallTime}
	var all []unit
	for i, seconds := range p.measure(list) {
		q := quartilesOf(seconds)
		all = append(all, unit{"sgemm " + unitShape.String(), i + 1, b.kernels(), rounds, q.median(), q[0], q[2]})
	}
	return all
}
