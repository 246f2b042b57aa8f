package main

import "cmp"

// result is one library on one shape, by the fastest of its variants.
type result struct {
	Op      string `json:"op"`
	Library string `json:"library"`
	Variant string `json:"variant"`
	shape
	Threads int     `json:"threads"`
	Rounds  int     `json:"rounds"`
	Seconds float64 `json:"seconds"` // median
	Gflops  float64 `json:"gflops"`  // of the product alone; GOP/s for int8

	// The library's seconds divided by ours of the same round: above one where
	// ours is faster. The median, then the first and third quartile.
	Ratio   float64 `json:"ratio"`
	RatioQ1 float64 `json:"ratio_q1"`
	RatioQ3 float64 `json:"ratio_q3"`
}

// results turns a job's measurements into a result for each library, ours
// first.
func results(j *job, seconds [][]float64, threads int) []result {
	var list []result
	for i, c := range j.contenders {
		r := result{Op: j.op, Library: c.library, Variant: c.variant, shape: j.shape, Threads: threads, Rounds: len(seconds[i])}
		r.Seconds = quartilesOf(seconds[i]).median()
		r.Gflops = cmp.Or(j.work, j.shape.operations()) / r.Seconds / 1e9
		q := ratios(seconds[i], seconds[0])
		r.RatioQ1, r.Ratio, r.RatioQ3 = q[0], q[1], q[2]
		list = keepFastest(list, r)
	}
	return list
}

// keepFastest adds r, or puts it in the place of a slower variant of its
// library.
func keepFastest(list []result, r result) []result {
	for i, other := range list {
		if other.Library == r.Library {
			if r.Seconds < other.Seconds {
				list[i] = r
			}
			return list
		}
	}
	return append(list, r)
}
