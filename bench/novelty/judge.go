package main

import (
	"math"
	"slices"

	"github.com/pffedge/pffedge/runtime/novelty"
)

// judge says how new a sample looks by its signal; larger is newer.
type judge struct {
	name string
	of   func(s *novelty.Signal) float64
}

// parts are what combinations are made of.
const parts = 3

func partsOf(s *novelty.Signal) [parts]float64 {
	return [parts]float64{-float64(s.Lead), -float64(s.Energy), math.Log(float64(s.Error) + 1e-6)}
}

// scale is how large parts are among calibration samples.
type scale struct{ mean, std [parts]float64 }

func scaleOf(list []novelty.Signal, keep func(s *novelty.Signal) bool) (c scale) {
	n := 0.0
	var squares [parts]float64
	for i := range list {
		if !keep(&list[i]) {
			continue
		}
		n++
		for k, v := range partsOf(&list[i]) {
			d := v - c.mean[k]
			c.mean[k] += d / n
			squares[k] += d * (v - c.mean[k])
		}
	}
	for k := range squares {
		c.std[k] = max(math.Sqrt(squares[k]/max(n-1, 1)), 1e-6)
	}
	return c
}

func (c *scale) deviates(s *novelty.Signal) [parts]float64 {
	v := partsOf(s)
	for k := range v {
		v[k] = (v[k] - c.mean[k]) / c.std[k]
	}
	return v
}

// judges returns the signals, what the package makes of them, and combinations
// that it might have chosen.
func (n *network) judges() []judge {
	list := []judge{
		{"-surprise", func(s *novelty.Signal) float64 { return -float64(s.Surprise) }},
		{"-confidence", func(s *novelty.Signal) float64 { return -float64(s.Confidence) }},
		{"-lead", func(s *novelty.Signal) float64 { return -float64(s.Lead) }},
		{"-energy", func(s *novelty.Signal) float64 { return -float64(s.Energy) }},
		{"error", func(s *novelty.Signal) float64 { return float64(s.Error) }},
		{statistic, n.by(n.gauge.Statistic)},
		{"score", n.by(n.gauge.Score)},
		{"score in its class", n.by(n.gauge.ClassScore)},
	}
	return append(list, n.others()...)
}

// statistic is the judge that scores come from.
const statistic = "statistic"

// by lets a gauge judge; its errors are not numbers, and noticed.
func (n *network) by(f func(novelty.Signal) (float64, error)) func(s *novelty.Signal) float64 {
	return func(s *novelty.Signal) float64 {
		v, err := f(*s)
		if err != nil {
			return math.NaN()
		}
		return v
	}
}

func (n *network) others() (list []judge) {
	all := scaleOf(n.calibration, func(*novelty.Signal) bool { return true })
	classes := make([]scale, n.gauge.Classes())
	for c := range classes {
		classes[c] = scaleOf(n.calibration, func(s *novelty.Signal) bool { return s.Class == c })
	}
	for name, pair := range map[string][2]int{"lead + energy": {0, 1}, "lead + error": {0, 2}, "energy + error": {1, 2}} {
		list = append(list, judge{name, func(s *novelty.Signal) float64 {
			d := all.deviates(s)
			return d[pair[0]] + d[pair[1]]
		}})
	}
	slices.SortFunc(list, func(a, b judge) int { return len(a.name) - len(b.name) })
	return append(list,
		judge{"largest deviate", func(s *novelty.Signal) float64 { d := all.deviates(s); return max(d[0], d[1], d[2]) }},
		judge{"positive squares", func(s *novelty.Signal) float64 { return squares(all.deviates(s)) }},
		judge{"scales by class", func(s *novelty.Signal) float64 { d := classes[s.Class].deviates(s); return d[0] + d[1] + d[2] }},
		judge{"Fisher's, of ranks", n.fisher()},
	)
}

func squares(d [parts]float64) (sum float64) {
	for _, v := range d {
		sum += max(v, 0) * max(v, 0)
	}
	return sum
}

// fisher is −Σ log p of the parts' ranks among calibration samples (Fisher,
// Statistical Methods for Research Workers).
func (n *network) fisher() func(s *novelty.Signal) float64 {
	var sorted [parts][]float64
	for i := range n.calibration {
		for k, v := range partsOf(&n.calibration[i]) {
			sorted[k] = append(sorted[k], v)
		}
	}
	for k := range sorted {
		slices.Sort(sorted[k])
	}
	return func(s *novelty.Signal) (sum float64) {
		for k, v := range partsOf(s) {
			below, _ := slices.BinarySearch(sorted[k], v)
			sum -= math.Log(float64(len(sorted[k])-below+1) / float64(len(sorted[k])+1))
		}
		return sum
	}
}
