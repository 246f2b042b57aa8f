package novelty

import (
	"errors"
	"fmt"

	"github.com/pffedge/pffedge/model"
)

// Errors of this package. Those of decoding come in a DecodeError.
var (
	// ErrOptions: a gauge or a detector cannot be as the options want it.
	ErrOptions = errors.New("invalid options of a novelty gauge")
	// ErrSignal: a signal or a score is not finite or out of its range; nothing
	// has changed.
	ErrSignal = errors.New("invalid signal")
	// ErrUncalibrated: no sample has been counted yet to compare with.
	ErrUncalibrated = errors.New("the gauge has not seen enough samples")

	// ErrMagic: what is decoded is something else.
	ErrMagic = errors.New("not a novelty gauge or drift detector")

	ErrVersion   = model.ErrVersion
	ErrTruncated = errors.New("novelty gauge ends too early")
	ErrChecksum  = model.ErrChecksum
	ErrTooLarge  = model.ErrTooLarge
	ErrFormat    = model.ErrFormat
)

// DecodeError says where in encoded bytes an error was met.
type DecodeError struct {
	Offset int // in bytes from the start
	Err    error
}

func (e *DecodeError) Error() string { return fmt.Sprintf("novelty: byte %d: %v", e.Offset, e.Err) }

func (e *DecodeError) Unwrap() error { return e.Err }

func wrong(at int, named error, format string, args ...any) error {
	return &DecodeError{at, fmt.Errorf("%w: "+format, append([]any{named}, args...)...)}
}
