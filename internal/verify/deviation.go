package verify

import (
	"math"

	"github.com/pffedge/pffedge/internal/oracle"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// Deviation is how far one recorded quantity was missed.
type Deviation struct {
	Quantity string  `json:"quantity"` // its path in the recording; steps are pooled
	Absolute float64 `json:"absolute"` // largest |ours − recorded|
	Scale    float64 `json:"scale"`    // largest |recorded|
	Relative float64 `json:"relative"` // Absolute/Scale
}

// Report is what a replay found.
type Report struct {
	Quantities []Deviation // in the order first met
}

// Worst returns the largest relative deviation. NaN counts as infinite.
func (r *Report) Worst() float64 {
	worst := 0.0
	for _, d := range r.Quantities {
		worst = math.Max(worst, d.Relative)
	}
	return worst
}

// note records a quantity that is a single number.
func (r *Report) note(quantity string, ours, recorded float64) {
	r.find(quantity).note(ours, recorded)
}

// note records one element of the quantity.
func (d *Deviation) note(ours, recorded float64) {
	diff := math.Abs(ours - recorded)
	if math.IsNaN(diff) {
		diff = math.Inf(1)
	}
	d.Absolute = math.Max(d.Absolute, diff)
	d.Scale = math.Max(d.Scale, math.Abs(recorded))
	switch d.Relative = d.Absolute / math.Max(d.Scale, math.SmallestNonzeroFloat32); {
	case d.Absolute == 0:
		d.Relative = 0
	case math.IsNaN(d.Relative):
		d.Relative = math.Inf(1)
	}
}

func (r *Report) find(quantity string) *Deviation {
	for i := range r.Quantities {
		if r.Quantities[i].Quantity == quantity {
			return &r.Quantities[i]
		}
	}
	r.Quantities = append(r.Quantities, Deviation{Quantity: quantity})
	return &r.Quantities[len(r.Quantities)-1]
}

func (r *Report) matrix(quantity string, ours simd.Matrix, recorded oracle.Matrix) {
	d := r.find(quantity)
	for i, row := range recorded {
		for j, v := range row {
			d.note(float64(ours.Row(i)[j]), v)
		}
	}
}

// params compares the tensors that were recorded.
func (r *Report) params(prefix string, group int, ours *model.Params, recorded []oracle.Tensor) {
	from := map[string]oracle.Matrix{}
	for _, t := range recorded {
		from[t.Name] = t.Data
	}
	for _, t := range ours.Tensors() {
		rows, wanted := from[t.Name]
		if !wanted {
			continue
		}
		d := r.find(prefix + "." + t.Name)
		eachElement(t, group, func(at *float32, i, j int) { d.note(float64(*at), rows[i][j]) })
	}
}
