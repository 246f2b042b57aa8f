package novelty

import (
	"fmt"
	"math"
)

// Signal is what one prediction says about its sample.
type Signal struct {
	Class      int     // the label that goodness chose, an index into the model's classes
	Surprise   float32 // the goodness logit of that label, at most 0; larger is less surprising
	Lead       float32 // by how much it exceeds the mean over all labels, ≥ 0
	Confidence float32 // the largest probability of the read-out, 0…1
	Energy     float32 // log Σ exp of the read-out's logits
	Error      float32 // ‖x−x̂‖²/‖x‖² of the reconstruction x̂, ≥ 0
}

// Kind numbers the quantities of a Signal.
type Kind int

// The quantities, in the order of Signal's fields.
const (
	Surprise Kind = iota
	Lead
	Confidence
	Energy
	Error

	kinds = int(Error) + 1
)

func (k Kind) String() string {
	names := [kinds]string{"surprise", "lead", "confidence", "energy", "error"}
	if k < 0 || int(k) >= kinds {
		return fmt.Sprintf("kind %d", int(k))
	}
	return names[k]
}

// Kinds lists the quantities of a Signal.
func Kinds() []Kind { return []Kind{Surprise, Lead, Confidence, Energy, Error} }

// values returns the quantities by kind.
func (s *Signal) values() [kinds]float64 {
	return [kinds]float64{float64(s.Surprise), float64(s.Lead), float64(s.Confidence), float64(s.Energy), float64(s.Error)}
}

// check refuses what is no signal of a model with so many classes.
func (s *Signal) check(classes int) error {
	for k, v := range s.values() {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%w: %v is %v", ErrSignal, Kind(k), v)
		}
	}
	switch {
	case s.Class < 0 || s.Class >= classes:
		return fmt.Errorf("%w: class %d of %d", ErrSignal, s.Class, classes)
	case s.Confidence < 0 || s.Confidence > 1:
		return fmt.Errorf("%w: confidence %v, want 0…1", ErrSignal, s.Confidence)
	case s.Error < 0:
		return fmt.Errorf("%w: a squared error of %v", ErrSignal, s.Error)
	}
	return nil
}

// terms is how many quantities the statistic sums.
const terms = 3

// leastError keeps the logarithm of a perfect reconstruction finite.
const leastError = 1e-6

// terms returns what the statistic sums before it is scaled, larger where a sample
// is more unusual.
func (s *Signal) terms() [terms]float64 {
	return [terms]float64{-float64(s.Lead), -float64(s.Energy), math.Log(float64(s.Error) + leastError)}
}
