package oracle

import (
	"encoding/json"
	"fmt"
	"math"
)

// config decodes the configuration into rec and returns the batch's rows.
func (d *decoder) config(rec *Recording, o object) (rows int) {
	size := func(name string, limit int) int { return d.integer("config."+name, o[name], 1, limit) }
	value := func(name string, low, high float64) float64 {
		return d.between("config."+name, o[name], low, high)
	}
	h := size("n_units", maxRecordedSize)
	adam := d.object("config.adam", o["adam"])
	adamValue := func(name string, low, high float64) float64 {
		return d.between("config.adam."+name, adam[name], low, high)
	}
	rec.StepNoise = value("eps_r", 0, math.MaxFloat32)
	rec.GenNoise = value("eps_g", 0, math.MaxFloat32)
	rec.Config = Config{
		Inputs:     size("x_dim", maxRecordedSize),
		Hidden:     []int{h, h},
		Classes:    size("y_dim", maxRecordedSize),
		Latents:    size("g_units", maxRecordedSize),
		Group:      size("group", maxRecordedSize),
		Rounds:     size("K", maxRecordedRounds),
		Theta:      value("threshold", -math.MaxFloat32, math.MaxFloat32),
		Alpha:      value("alpha", 0, 1),
		LabelScale: value("y_scale", 0, math.MaxFloat32),
		Beta:       value("beta", 0, math.MaxFloat32),
		LR:         adamValue("lr", 0, math.MaxFloat32),
		Beta1:      adamValue("beta1", 0, 1),
		Beta2:      adamValue("beta2", 0, 1),
		EpsAdam:    adamValue("eps", 0, 1),
		Clip:       value("clip", 0, math.MaxFloat32),
		Decay:      value("reg_lambda", 0, math.MaxFloat32),
		GenDecay:   value("g_reg_lambda", 0, math.MaxFloat32),
	}
	if d.err == nil && (rec.Config.Beta1 == 1 || rec.Config.Beta2 == 1) {
		d.fail("config.adam", "beta1 and beta2 must be below 1")
	}
	return size("batch", maxRecordedSize)
}

// checkRoom refuses sizes that call for more values than a file of this many
// bytes can hold (a digit and a separator each), before any is allocated.
func (d *decoder) checkRoom(c *Config, rows, bytes int) {
	if d.err != nil {
		return
	}
	units, values := 0.0, 0.0
	for l, h := range c.Hidden {
		units += float64(h)
		values += float64(h) * float64(2*c.below(l)+c.above(l)+h)
	}
	values += float64(c.Hidden[c.Layers()-1]) * float64(c.Classes+c.Latents)
	values += units * float64(rows)
	values *= float64(c.Rounds)
	if room := float64(bytes) / 2; values > room {
		d.fail("config", fmt.Sprintf("sizes call for at least %.0f values, the file has room for %.0f", values, room))
	}
}

// competition checks the mask of the lateral blocks.
func (d *decoder) competition(raw json.RawMessage, c *Config) {
	h := c.Hidden[0]
	mask := d.matrix("competition_matrix", raw, h, h)
	for i, row := range mask {
		for j, v := range row {
			want := 0.0
			if SameGroup(i, j, c.Group) {
				want = 1
			}
			if v != want {
				d.fail("competition_matrix", fmt.Sprintf("%v in row %d, column %d, want %v for groups of %d", v, i, j, want, c.Group))
				return
			}
		}
	}
}

// oneHot decodes a matrix whose rows hold a single 1 among zeros.
func (d *decoder) oneHot(path string, raw json.RawMessage, rows, cols int) Matrix {
	m := d.matrix(path, raw, rows, cols)
	for i, row := range m {
		ones := 0
		for _, v := range row {
			switch v {
			case 0:
			case 1:
				ones++
			default:
				ones = cols + 1
			}
		}
		if ones != 1 {
			d.fail(path, fmt.Sprintf("row %d is not one-hot", i))
			break
		}
	}
	return m
}

// labels decodes lab, a column of zeros and ones.
func (d *decoder) labels(raw json.RawMessage, rows int) []float64 {
	lab := make([]float64, rows)
	for i, row := range d.matrix("lab", raw, rows, 1) {
		if row[0] != 0 && row[0] != 1 {
			d.fail("lab", fmt.Sprintf("row %d is %v, want 0 or 1", i, row[0]))
		}
		lab[i] = row[0]
	}
	return lab
}
