package novelty

import (
	"errors"
	"fmt"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/model/sealed"
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
type DecodeError = sealed.Error

// what is read, for errors.
const what = "novelty"

func wrong(at int, named error, format string, args ...any) error {
	return &DecodeError{What: what, Offset: int64(at), Err: fmt.Errorf("%w: "+format, append([]any{named}, args...)...)}
}
