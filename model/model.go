// Package model holds what a network is: its configuration, its parameters
// and the file they live in.
//
// A Model is a plain value. Nothing here computes with it; package runtime
// does. A Model that is shared between goroutines must not be changed.
//
// FORMAT.md describes the .pff file.
package model

import "encoding/json"

// Model is a network ready to predict: everything a model file holds except
// the state of an unfinished training run.
type Model struct {
	Config Config
	// The weights: in float32, or, with Params nil, in int8.
	Params *Params
	Int8   *Int8Params
	// Overall is the mixture fitted to the latents of the whole training
	// set; nil until fitted.
	Overall Mixture
	// PerClass holds one mixture a class, in label order, empty for a class
	// that had no samples; nil until fitted.
	PerClass []Mixture
	// Provenance says where the model came from.
	Provenance Provenance

	mapped *File // where the weights lie in read-only memory, or nil, see Open
}

// ReadOnly tells whether m's weights lie in memory that cannot be changed, see
// Open. Copy them, with Clone, to learn.
func (m *Model) ReadOnly() bool { return m != nil && m.mapped != nil }

// Clone returns a copy whose weights are m's own; the rest is shared.
func (m *Model) Clone() *Model {
	own := *m
	own.mapped = nil
	if m.Params != nil {
		own.Params = m.Params.Clone()
	}
	if m.Int8 != nil {
		own.Int8 = m.Int8.clone(&m.Config)
	}
	return &own
}

// Mixture is a mixture of Gaussians over the top latent z_g.
type Mixture []Gaussian

// Gaussian is one component of a Mixture over S latents.
type Gaussian struct {
	Weight float32   // share of the samples, > 0; a mixture's weights sum to 1
	Mean   []float32 // S values
	Chol   []float32 // S×S row-major, lower triangular, the covariance is Chol·Cholᵀ
}

// Provenance records how a model was made. It does not influence results.
type Provenance struct {
	Tool     string `json:"tool,omitempty"`     // program and version
	Data     string `json:"data,omitempty"`     // the training set, as its reader describes it
	Samples  int    `json:"samples,omitempty"`  // training samples
	Epochs   int    `json:"epochs,omitempty"`   // completed passes over them
	Seed     uint64 `json:"seed"`               // seed of initialisation and training
	Settings string `json:"settings,omitempty"` // preset name

	DataHash string          `json:"data_hash,omitempty"` // SHA-256 of the training set's inputs and labels, in hex
	Training json.RawMessage `json:"training,omitempty"`  // all settings of the run
}

// Checkpoint is a training run that can go on exactly where it stopped.
type Checkpoint struct {
	Model *Model
	// First and Second are Adam's moment estimates, shaped like the
	// parameters; nil where Lean is not.
	First, Second *Params
	// Lean holds moments of 16 or 8 bits instead, or, with 0 bits, says that
	// there are none.
	Lean *Moments
	// Residuals are what learning in int8 has besides; nil for float32 weights.
	Residuals *Residuals
	// Trainer is the trainer's own state, settings and counters, as JSON. This
	// package stores it and does not look inside.
	Trainer []byte
	// Kept is what a learner keeps besides its network, sorted by name, each name
	// once; nil for nothing. A reader of models passes over it.
	Kept []Blob
}
