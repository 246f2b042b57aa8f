package oracle

import (
	"errors"
	"fmt"
	"io"
)

// Limits on a recording.
const (
	maxRecordingBytes = 1 << 30
	maxRecordedSize   = 1 << 20 // inputs, units, classes, latents, rows
	maxRecordedRounds = 1 << 10
)

// ErrRecording is wrapped by every error about a recording's content.
var ErrRecording = errors.New("invalid recording")

// RecordingError says which quantity of a recording is wrong and why.
type RecordingError struct {
	Step     int    // k of steps[k], or −1 outside the steps
	Quantity string // its path in the file, below steps[k] if there is one
	Reason   string
}

func (e *RecordingError) Error() string {
	if e.Step < 0 {
		return fmt.Sprintf("%v: %s: %s", ErrRecording, e.Quantity, e.Reason)
	}
	return fmt.Sprintf("%v: step %d: %s: %s", ErrRecording, e.Step, e.Quantity, e.Reason)
}

// Unwrap returns ErrRecording.
func (e *RecordingError) Unwrap() error { return ErrRecording }

// Recording is a recorded run of the reference implementation: one training
// batch of a network of two equal hidden layers, then predictions with the
// parameters it ended with.
type Recording struct {
	Config       Config // the reference's behaviour switched on
	StepNoise    float64
	GenNoise     float64 // scales of the noise; the recorded noise is scaled already
	ParamsBefore *Params
	Batch        Batch
	Start        RecordedState
	Steps        []RecordedStep // Config.Rounds of them

	Classify    RecordedPrediction
	Reconstruct Matrix // of Classify.X
	Sample      struct {
		ZG, X Matrix // latents and what they decode to
	}
	Latent RecordedLatent
}

// RecordedState is the state of the representation circuit.
type RecordedState struct {
	Z    []Matrix // z_1, z_2
	YHat Matrix
}

// RecordedStep is one round: dynamics step, update, generative step, update,
// move of the latents.
type RecordedStep struct {
	Noise          Noise
	After          RecordedState // YHat is that of the state before the step
	GoodnessLoss   float64       // of both layers
	Delta          *Params       // representation and read-out, with weight decay, before clipping
	ZGBefore, ZG   Matrix
	GenerativeLoss float64 // of all three predictions
	XHat           Matrix
	ParamsAfter    *Params
}

// RecordedPrediction is the goodness prediction of some inputs.
type RecordedPrediction struct {
	X, Ey       Matrix
	YHat        Matrix // softmax of Ey; the read-out has no part in it
	From, Steps int    // K_low and K_high, the window of Ey
}

// RecordedLatent is a latent inference, as InferLatentDriven does it.
type RecordedLatent struct {
	X, Y, ZGBefore, ZG, XHat Matrix
}

// ReadRecording reads a recording, one JSON object as golden/README.md of the
// reference runs describes it, for any sizes. It checks that every quantity is
// there, has the shape that the sizes call for and finite values, that labels
// are one-hot and that the competition matrix is that of the group. Errors in
// the content wrap ErrRecording.
func ReadRecording(r io.Reader) (*Recording, error) { return readRecording(r, maxRecordingBytes) }

func readRecording(r io.Reader, limit int64) (*Recording, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrRecording, limit)
	}
	if err := checkSyntax(data); err != nil {
		return nil, err
	}
	d := &decoder{step: -1}
	rec := d.recording(data)
	if d.err != nil {
		return nil, d.err
	}
	return rec, nil
}
