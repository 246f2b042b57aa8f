package runtime

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// ErrSettings is wrapped by every error about invalid training settings.
var ErrSettings = errors.New("invalid training settings")

// Schedule says how the learning rates change over a run.
type Schedule string

// The schedules.
const (
	Constant Schedule = "constant"
	Cosine   Schedule = "cosine" // from 1 to 0 along half a cosine over all epochs
	// Restart is a cosine over the first RestartAfter epochs and another over the
	// others (Loshchilov & Hutter, "SGDR", arXiv 1608.03983): the model is good
	// early, and better in the end. A run of fewer than twice as many epochs
	// takes one cosine.
	Restart Schedule = "restart"
)

// RestartAfter is the length of Restart's first cosine, in epochs.
const RestartAfter = 5

// MaxShift bounds Settings.Shift, in pixels.
const MaxShift = 1 << 10

// Settings says how a Trainer learns. Symbols as in the package comment.
type Settings struct {
	Preset string `json:"preset"`
	Epochs int    `json:"epochs"`
	Batch  int    `json:"batch"` // positive rows a batch; as many negative ones join them
	Seed   uint64 `json:"seed"`

	Schedule Schedule `json:"schedule"`

	// Optimizer is Adam or SGD; "" means Adam.
	Optimizer Optimizer `json:"optimizer,omitempty"`
	// Moments is how many bits each of Adam's two moments of a weight has, 32,
	// 16 or 8 (simd.Moments); 0 means 32.
	Moments int `json:"moments,omitempty"`
	// Int8 learns in int8: products and gradients of codes, weights of codes with
	// residuals (simd.FineI8), moments of 8 bits.
	Int8 bool `json:"int8,omitempty"`
	// SGDRate and GenSGDRate are SGD's learning rates, which are far from
	// Adam's; it clips gradients as Adam does.
	SGDRate    float64 `json:"sgd_rate,omitempty"`     // representation circuit and read-out
	GenSGDRate float64 `json:"gen_sgd_rate,omitempty"` // generative circuit

	Adam     simd.Adam `json:"adam"`      // representation circuit and read-out
	GenAdam  simd.Adam `json:"gen_adam"`  // generative circuit
	Decay    float64   `json:"decay"`     // λ of the representation circuit
	GenDecay float64   `json:"gen_decay"` // λ of the generative circuit

	Theta float64 `json:"theta"` // θ
	// Contrast, if not 0, is the a of another goodness loss: instead of judging
	// every row by itself against θ, a layer compares a sample under its label
	// (g⁺) with the same sample under a wrong one (g⁻), by softplus(a·(g⁺ − g⁻)),
	// g = Σ z'². It depends on the layer's own two states alone.
	Contrast float64 `json:"contrast,omitempty"`

	Noise    float64 `json:"noise"`     // standard deviation of ε in the dynamics
	GenNoise float64 `json:"gen_noise"` // standard deviation of ε in the generative circuit

	// ReadoutRate multiplies Adam's rate for a read-out that learns from start
	// states: one layer on top of them can take larger steps than the layers
	// below. A driven read-out does without.
	ReadoutRate float64 `json:"readout_rate"`

	// HardNegatives draws a negative label from the read-out's belief over the
	// wrong classes; otherwise all wrong classes are equally likely.
	HardNegatives bool `json:"hard_negatives"`
	// Hardest, if not 0, is the share of a batch's samples that the rounds learn:
	// those of whose label the read-out, which learns them all, is least sure.
	// Where read-out or generative circuit is driven, the rounds learn all too.
	Hardest float64 `json:"hardest,omitempty"`

	// Shift moves every training image, anew in every epoch, by a whole number of
	// pixels up to Shift in either direction; zeros come in from outside. Inputs
	// other than images cannot be shifted.
	Shift int `json:"shift,omitempty"`
	// Mask hides a share of the pixels of every training image from the network,
	// others in every epoch: they enter as zero. What the generative circuit is
	// to predict stays whole. A vector's features are few, and its network sees
	// them all whatever Mask says.
	Mask float64 `json:"mask,omitempty"`
	// ReadoutDriven trains the read-out every round on the state before the
	// step, as the reference does; otherwise once a batch on the start state.
	ReadoutDriven bool `json:"readout_driven"`
	// Generative turns the generative circuit's learning on.
	Generative bool `json:"generative"`
	// GeneratorDriven trains the generative circuit every round on all rows'
	// new states, as the reference does; otherwise once a batch on the start
	// states of the real samples.
	GeneratorDriven bool `json:"generator_driven"`
	// GeneratorDescends lets generative weights below the top learn every other
	// row from the state that the layer above predicts, which is what they get
	// when they reconstruct and imagine, instead of from the real state; and it
	// counts the derivative of clip01 as 1 everywhere, as φ's, so that a pixel
	// that is clipped at the wrong end still learns. Not with GeneratorDriven.
	GeneratorDescends bool `json:"generator_descends,omitempty"`
	// GenerativeFrom is the share of the run, 0…1, after which a generator that
	// is not driven begins to learn. What the top learns from the states of the
	// first batches, which change fast, it hardly gets rid of later.
	GenerativeFrom float64 `json:"generative_from,omitempty"`
	// LatentStep lets the latents' rate follow Gy, unless they move by the
	// batch's mean: a fixed one ends in overshooting, as Gy may grow without end
	// where n takes away the length of z_g. Before each batch
	//
	//	β = LatentStep·Start²·S²/‖Gy‖²_F
	//
	// which is kept in model.Latent.Rate: LatentStep over the mean curvature of
	// the latents' losses at their start, above 1 unstable. 0 leaves β alone.
	// Only for a generator that is not driven.
	LatentStep float64 `json:"latent_step,omitempty"`
	// TopUpdates is at how many of the latents' last moves Gy learns, 0 at all
	// of them: what it learns while they are still far off, it unlearns. A
	// driven generator moves them once a round and learns every time.
	TopUpdates int `json:"top_updates,omitempty"`

	// LatentSamples bounds, roughly, the latents of a class that the mixtures
	// are fitted to, and so the memory that takes; 0 means 5000.
	LatentSamples int `json:"latent_samples,omitempty"`
}

// Presets lists the names that Preset knows.
func Presets() []string { return []string{"fast", "reference", "tiny"} }

// Preset returns the settings of a preset and the constants of the dynamics
// that go with them; the caller fills in the rest of the configuration.
//
//   - reference: the settings of the paper and its implementation, defects
//     included.
//   - fast: better accuracy for far less work; see the package comment.
//   - tiny: fast for the smallest boards; it chooses the hidden layers too.
func Preset(name string) (Settings, model.Config, error) {
	switch name {
	case "reference":
		s, c := reference()
		return s, c, nil
	case "fast":
		s, c := fast()
		return s, c, nil
	case Tiny:
		s, c := tiny()
		return s, c, nil
	}
	return Settings{}, model.Config{}, fmt.Errorf("%w: no preset %q, there are %s", ErrSettings, name, strings.Join(Presets(), ", "))
}

func reference() (Settings, model.Config) {
	adam := simd.Adam{Rate: 2.5e-4, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-7, Clip: 1}
	s := Settings{
		Preset: "reference", Epochs: 60, Batch: 500,
		Schedule: Constant, Adam: adam, GenAdam: adam, SGDRate: 0.7, GenSGDRate: 0.3,
		Theta: 10, Noise: 0.01, GenNoise: 0.025, ReadoutRate: 1,
		ReadoutDriven: true, Generative: true, GeneratorDriven: true,
	}
	c := dynamics(12)
	c.Latent = ReferenceLatent(12)
	return s, c
}

func fast() (Settings, model.Config) {
	s, _ := reference()
	s.Preset, s.Epochs, s.Batch = "fast", 32, 200
	s.Schedule = Restart
	s.Adam.Rate, s.GenAdam.Rate = 2e-3, 1e-2
	s.Noise, s.GenNoise, s.ReadoutRate, s.Contrast = 0, 0, 10, 2
	s.SGDRate = 0.4 // a contrast's slope is steeper than a row's
	s.Hardest, s.Mask = 0.5, 0.3
	s.HardNegatives, s.ReadoutDriven, s.GeneratorDriven, s.GeneratorDescends = true, false, false, true
	s.GenerativeFrom, s.TopUpdates, s.LatentStep = 0.2, 3, MendedLatentStep
	c := dynamics(3)
	c.LabelScale = 2
	c.Latents, c.Latent = 32, MendedLatent()
	return s, c
}

// MendedLatentStep is the Settings.LatentStep that goes with MendedLatent.
const MendedLatentStep = 0.4

// MendedLatent infers a latent sample by sample from ones.
func MendedLatent() model.Latent { return model.Latent{Start: 1, Rate: 0.5, Moves: 6} }

// ReferenceLatent infers latents as the reference does in K rounds: from zero,
// by the mean gradient of the batch, towards label-driven states.
func ReferenceLatent(rounds int) model.Latent {
	return model.Latent{Start: 0, Rate: 0.025, Moves: rounds, BatchMean: true, Driven: true}
}

// dynamics returns the constants that the presets share, for K rounds.
func dynamics(rounds int) model.Config {
	c := model.Config{Group: 10, Leak: 0.3, LabelScale: 5, Latents: 20}
	SetRounds(&c, rounds)
	return c
}

// SetRounds sets K and what the reference derives from it: the goodness
// prediction's sum runs over steps K/2−1 … K/2, and driven latents move K
// times.
func SetRounds(c *model.Config, rounds int) {
	c.Rounds = rounds
	if c.Latent.Driven {
		c.Latent.Moves = rounds
	}
	c.GoodnessSteps = rounds/2 + 1
	c.GoodnessFrom = max(rounds/2-1, 0)
}

// RoundsFor returns the K that suits a network of that many hidden layers: the
// preset's for one or two, for deeper ones enough that a label, which travels
// down one layer a step, reaches the first layer during prediction and settles.
func RoundsFor(preset, layers int) int {
	if layers <= 2 {
		return preset
	}
	return max(preset, 2*layers)
}

// fewAtOnce is the number of samples below which a batch's gradient is too noisy
// for the rates of "fast".
const fewAtOnce = 50

// SetBatch changes the number of samples in a batch. Batches of fewer than 50
// take smaller steps, since Adam's do not shrink with a noisier gradient: its
// rates go with the root of the size (Malladi et al., "On the SDEs and Scaling
// Rules for Adaptive Gradient Algorithms", arXiv 2205.10287). At higher ones the
// read-out and the generative circuit lag behind states that move. The
// reference's rates stay what they are.
func (s *Settings) SetBatch(n int) {
	if s.Preset != "reference" && n >= 1 && n < fewAtOnce {
		scale := math.Sqrt(float64(n) / fewAtOnce)
		s.Adam.Rate *= scale
		s.GenAdam.Rate *= scale
	}
	s.Batch = n
}

// Validate reports the first thing wrong with s.
func (s *Settings) Validate() error {
	switch {
	case s.Epochs < 1:
		return fmt.Errorf("%w: %d epochs, want at least 1", ErrSettings, s.Epochs)
	case s.Batch < 1 || s.Batch > 1<<16:
		return fmt.Errorf("%w: batch of %d, want 1…%d", ErrSettings, s.Batch, 1<<16)
	case !slices.Contains([]Schedule{Constant, Cosine, Restart}, s.Schedule):
		return fmt.Errorf("%w: no schedule %q", ErrSettings, s.Schedule)
	case !(s.Hardest >= 0 && s.Hardest <= 1):
		return fmt.Errorf("%w: the hardest %v of a batch, want 0…1", ErrSettings, s.Hardest)
	case !(s.Mask >= 0 && s.Mask < 1):
		return fmt.Errorf("%w: mask %v, want 0 ≤ mask < 1", ErrSettings, s.Mask)
	case s.Shift < 0 || s.Shift > MaxShift:
		return fmt.Errorf("%w: shift of %d pixels, want 0…%d", ErrSettings, s.Shift, MaxShift)
	}
	if err := s.validateOptimizer(); err != nil {
		return err
	}
	for _, f := range []struct {
		name  string
		value float64
	}{
		{"learning rate", s.Adam.Rate}, {"generative learning rate", s.GenAdam.Rate},
		{"sgd rate", s.SGDRate}, {"generative sgd rate", s.GenSGDRate},
		{"weight decay", s.Decay}, {"generative weight decay", s.GenDecay},
		{"read-out's rate", s.ReadoutRate}, {"contrast", s.Contrast}, {"latent step", s.LatentStep}, {"noise", s.Noise}, {"generative noise", s.GenNoise},
	} {
		if !(f.value >= 0) || math.IsInf(f.value, 0) {
			return fmt.Errorf("%w: %s %v, want ≥ 0", ErrSettings, f.name, f.value)
		}
	}
	for name, a := range map[string]simd.Adam{"adam": s.Adam, "gen_adam": s.GenAdam} {
		switch {
		case !(a.Beta1 >= 0 && a.Beta1 < 1) || !(a.Beta2 >= 0 && a.Beta2 < 1):
			return fmt.Errorf("%w: %s: beta1 %v, beta2 %v, want 0 ≤ beta < 1", ErrSettings, name, a.Beta1, a.Beta2)
		case !(float32(a.Epsilon) > 0) || math.IsInf(a.Epsilon, 0):
			return fmt.Errorf("%w: %s: epsilon %v, want > 0", ErrSettings, name, a.Epsilon)
		case !(a.Clip > 0):
			return fmt.Errorf("%w: %s: clip %v, want > 0", ErrSettings, name, a.Clip)
		}
	}
	if s.LatentSamples < 0 {
		return fmt.Errorf("%w: mixtures of %d latents, want ≥ 0", ErrSettings, s.LatentSamples)
	}
	if !(s.GenerativeFrom >= 0 && s.GenerativeFrom < 1) {
		return fmt.Errorf("%w: generative learning from %v of the run, want 0 ≤ share < 1", ErrSettings, s.GenerativeFrom)
	}
	if s.TopUpdates < 0 {
		return fmt.Errorf("%w: latents teach at %d moves, want ≥ 0", ErrSettings, s.TopUpdates)
	}
	if s.GeneratorDriven && s.GeneratorDescends {
		return fmt.Errorf("%w: a driven generator does not descend", ErrSettings)
	}
	if s.ReadoutRate == 0 {
		return fmt.Errorf("%w: a read-out that never learns", ErrSettings)
	}
	if math.IsNaN(s.Theta) || math.IsInf(s.Theta, 0) {
		return fmt.Errorf("%w: threshold %v", ErrSettings, s.Theta)
	}
	return nil
}
