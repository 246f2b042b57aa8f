package model

import (
	"errors"
	"fmt"

	"github.com/pffedge/pffedge/simd"
)

// Limits on what a configuration may ask for. A file that claims more is
// refused before anything is allocated.
const (
	MaxFeatures = 1 << 20
	MaxUnits    = 1 << 16
	MaxHidden   = 64
	MaxClasses  = 1 << 14
	MaxLatents  = 1 << 10
	MaxGroup    = simd.PanelWidth
	MaxRounds   = 1 << 10
)

// ErrConfig is wrapped by every error about an invalid configuration.
var ErrConfig = errors.New("invalid model configuration")

// Input says what a network's D inputs are and how raw values become them.
//
// An image has Width×Height grey pixels, row by row, given as 0…255 and
// scaled to 0…1. A vector has Features values; each becomes
// v = (raw − Offset[i])·Scale[i], clamped to 0…1, the range the generative
// circuit can produce.
//
// A network normalises its inputs and so sees only their proportions. With
// Complement each feature therefore enters twice, as v and, Features places
// on, as 1−v: complement coding (Carpenter, Grossberg & Rosen, "Fuzzy ART",
// Neural Networks 4, 1991), which keeps magnitudes apart.
type Input struct {
	Width      int       `json:"width,omitempty"`
	Height     int       `json:"height,omitempty"`
	Features   int       `json:"features,omitempty"`
	Offset     []float32 `json:"offset,omitempty"` // per feature; vectors only
	Scale      []float32 `json:"scale,omitempty"`  // per feature; vectors only
	Complement bool      `json:"complement,omitempty"`
}

// Image returns the specification of a grey image.
func Image(width, height int) Input { return Input{Width: width, Height: height} }

// IsImage tells an image from a vector.
func (in Input) IsImage() bool { return in.Width != 0 || in.Height != 0 }

// Size returns D, the number of inputs.
func (in Input) Size() int {
	if in.Complement {
		return 2 * in.Features
	}
	return in.Values()
}

// Values returns the number of raw values of a sample: pixels or features.
func (in Input) Values() int {
	if in.IsImage() {
		return in.Width * in.Height
	}
	return in.Features
}

// String describes the input for people: "28×28 grey image", "12 features".
func (in Input) String() string {
	if in.IsImage() {
		return fmt.Sprintf("%d×%d grey image", in.Width, in.Height)
	}
	return fmt.Sprintf("%d features", in.Features)
}

// ScaleBytes writes the pixels of an image, 0…255, to dst as 0…1.
func (in Input) ScaleBytes(dst []float32, pixels []byte) {
	for i, p := range pixels {
		dst[i] = float32(p) / 255
	}
}

// ScaleValues writes the features of a vector, Values of them in their raw
// units, to dst as Size inputs 0…1. Values outside the range seen when the
// scaling was fitted are clamped.
func (in Input) ScaleValues(dst, raw []float32) {
	for i, v := range raw {
		dst[i] = min(max((v-in.Offset[i])*in.Scale[i], 0), 1)
		if in.Complement {
			dst[in.Features+i] = 1 - dst[i]
		}
	}
}

// Restore writes x, Size inputs, to dst as Values values in their raw units:
// the inverse of ScaleBytes and ScaleValues but for rounding and clamping. A
// feature that was constant when the scaling was fitted gets that constant.
func (in Input) Restore(dst, x []float32) {
	for i := range in.Values() {
		v := x[i]
		if in.Complement {
			v = (v + 1 - x[in.Features+i]) / 2
		}
		switch {
		case in.IsImage():
			dst[i] = v * 255
		case in.Scale[i] == 0:
			dst[i] = in.Offset[i]
		default:
			dst[i] = v/in.Scale[i] + in.Offset[i]
		}
	}
}

// Validate reports the first thing wrong with in.
func (in Input) Validate() error {
	switch {
	case in.IsImage():
		if in.Features != 0 || in.Offset != nil || in.Scale != nil || in.Complement {
			return fmt.Errorf("%w: input is both an image and a vector", ErrConfig)
		}
		if in.Width < 1 || in.Height < 1 || in.Width > MaxFeatures || in.Height > MaxFeatures || int64(in.Width)*int64(in.Height) > MaxFeatures {
			return fmt.Errorf("%w: image of %d×%d pixels, want 1…%d in all", ErrConfig, in.Width, in.Height, MaxFeatures)
		}
		return nil
	case in.Features < 1 || in.Features > MaxFeatures/2:
		return fmt.Errorf("%w: %d features, want 1…%d", ErrConfig, in.Features, MaxFeatures/2)
	case len(in.Offset) != in.Features || len(in.Scale) != in.Features:
		return fmt.Errorf("%w: %d features with %d offsets and %d scales", ErrConfig, in.Features, len(in.Offset), len(in.Scale))
	}
	for i := range in.Features {
		if !finite(in.Offset[i]) || !finite(in.Scale[i]) {
			return fmt.Errorf("%w: scaling of feature %d is not finite", ErrConfig, i)
		}
	}
	return nil
}

// Config is the shape of a network and the constants of its dynamics: all
// that prediction, reconstruction and generation need besides the
// parameters. Symbols as in arXiv 2301.01452.
type Config struct {
	Input   Input    `json:"input"`
	Classes []string `json:"classes"` // C names, distinct, in label order
	Hidden  []int    `json:"hidden"`  // H_ℓ, units of the hidden layers, bottom up
	Group   int      `json:"group"`   // units in a lateral competition group
	Rounds  int      `json:"rounds"`  // K, dynamics steps a training batch

	Leak       float32 `json:"leak"`        // α, the share of the old state that stays
	LabelScale float32 `json:"label_scale"` // s, what a label's one-hot row is multiplied by

	// GoodnessSteps and GoodnessFrom bound the goodness prediction: it runs
	// GoodnessSteps dynamics steps a label and sums the logits of steps
	// GoodnessFrom… (counted from 0). The reference derives them from K:
	// K/2+1 and K/2−1.
	GoodnessSteps int `json:"goodness_steps"`
	GoodnessFrom  int `json:"goodness_from"`

	Latents int    `json:"latents"` // S, units of the top latent z_g
	Latent  Latent `json:"latent"`  // how z_g is inferred
}

// Latent says how the top latent z_g of a sample is inferred: it starts at
// Start in every unit and moves Moves times against the gradient of its own
// loss ‖φ(n(φ(z_g))·Gy) − z_L‖².
type Latent struct {
	Start float32 `json:"start"`
	Rate  float32 `json:"rate"` // β
	Moves int     `json:"moves"`
	// BatchMean divides the gradient by the number of rows in the batch, as
	// the reference does, instead of moving each sample by its own.
	BatchMean bool `json:"batch_mean,omitempty"`
	// Driven infers from the state after one dynamics step under the
	// sample's label, as the reference does, instead of from the label-free
	// start state.
	Driven bool `json:"driven,omitempty"`
}

// Blocks describes the lateral competition groups of hidden layer i, counted
// from 0.
func (c *Config) Blocks(i int) simd.Blocks {
	return simd.Blocks{Units: c.Hidden[i], Group: c.Group}
}

// Validate reports the first thing wrong with c.
func (c *Config) Validate() error {
	if err := c.Input.Validate(); err != nil {
		return err
	}
	if len(c.Classes) < 2 || len(c.Classes) > MaxClasses {
		return fmt.Errorf("%w: %d classes, want 2…%d", ErrConfig, len(c.Classes), MaxClasses)
	}
	seen := make(map[string]bool, len(c.Classes))
	for _, name := range c.Classes {
		if name == "" || seen[name] {
			return fmt.Errorf("%w: class name %q is empty or used twice", ErrConfig, name)
		}
		seen[name] = true
	}
	if len(c.Hidden) < 1 || len(c.Hidden) > MaxHidden {
		return fmt.Errorf("%w: %d hidden layers, want 1…%d", ErrConfig, len(c.Hidden), MaxHidden)
	}
	for i, h := range c.Hidden {
		if h < 1 || h > MaxUnits {
			return fmt.Errorf("%w: hidden layer %d has %d units, want 1…%d", ErrConfig, i+1, h, MaxUnits)
		}
	}
	switch {
	case c.Group < 1 || c.Group > MaxGroup:
		return fmt.Errorf("%w: lateral group of %d units, want 1…%d", ErrConfig, c.Group, MaxGroup)
	case c.Rounds < 1 || c.Rounds > MaxRounds:
		return fmt.Errorf("%w: %d rounds, want 1…%d", ErrConfig, c.Rounds, MaxRounds)
	case c.GoodnessSteps < 1 || c.GoodnessSteps > MaxRounds || c.GoodnessFrom < 0 || c.GoodnessFrom >= c.GoodnessSteps:
		return fmt.Errorf("%w: goodness over steps %d…%d", ErrConfig, c.GoodnessFrom, c.GoodnessSteps-1)
	case !(c.Leak >= 0 && c.Leak < 1):
		return fmt.Errorf("%w: leak %v, want 0 ≤ leak < 1", ErrConfig, c.Leak)
	case !finite(c.LabelScale) || c.LabelScale <= 0:
		return fmt.Errorf("%w: label scale %v, want > 0", ErrConfig, c.LabelScale)
	case c.Latents < 1 || c.Latents > MaxLatents:
		return fmt.Errorf("%w: %d latents, want 1…%d", ErrConfig, c.Latents, MaxLatents)
	case c.Latent.Moves < 0 || c.Latent.Moves > MaxRounds || !finite(c.Latent.Start) || !finite(c.Latent.Rate):
		return fmt.Errorf("%w: latent start %v, rate %v, %d moves", ErrConfig, c.Latent.Start, c.Latent.Rate, c.Latent.Moves)
	}
	return nil
}

// finite: only a number that is neither infinite nor NaN differs from itself by 0.
func finite(v float32) bool { return v-v == 0 }
