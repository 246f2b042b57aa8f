package continual

import (
	"encoding/json"
	"math"
)

// Matrix is R: row i has the accuracies, 0…1, on the tasks after learning task i; NaN
// where nothing was measured.
type Matrix [][]float64

// MarshalJSON writes NaN as null.
func (r Matrix) MarshalJSON() ([]byte, error) {
	rows := make([][]*float64, len(r))
	for i, row := range r {
		rows[i] = make([]*float64, len(row))
		for j := range row {
			if !math.IsNaN(row[j]) {
				rows[i][j] = &row[j]
			}
		}
	}
	return json.Marshal(rows)
}

// Figures are what a matrix says; the package comment has the definitions.
type Figures struct {
	ACC        float64 `json:"acc"`
	BWT        float64 `json:"bwt"`
	Forgetting float64 `json:"forgetting"`
	FWT        float64 `json:"fwt"`
}

// Figures computes them. chance is what guessing achieves. A matrix with a single row
// says nothing about the way there.
func (r Matrix) Figures(tasks int, chance float64) (f Figures) {
	last := r[len(r)-1]
	for j := range tasks {
		f.ACC += last[j] / float64(tasks)
	}
	if len(r) < tasks || tasks < 2 {
		return f
	}
	for j := range tasks - 1 {
		best := math.Inf(-1)
		for _, row := range r[:len(r)-1] {
			if !math.IsNaN(row[j]) {
				best = max(best, row[j])
			}
		}
		f.BWT += (last[j] - r[j][j]) / float64(tasks-1)
		f.Forgetting += (best - last[j]) / float64(tasks-1)
		if ahead := r[j][j+1]; !math.IsNaN(ahead) {
			f.FWT += (ahead - chance) / float64(tasks-1)
		}
	}
	return f
}

// MeanSD returns the mean and the standard deviation of a sample, 0 for a single one.
func MeanSD(list []float64) (mean, sd float64) {
	for _, v := range list {
		mean += v / float64(len(list))
	}
	for _, v := range list {
		sd += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(sd / float64(max(len(list)-1, 1)))
}
