package ridge

import (
	"errors"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/model/sealed"
)

// Errors of a classifier. Those of decoding come in a DecodeError.
var (
	// ErrOptions: a classifier cannot be as the options want it.
	ErrOptions = errors.New("invalid options of a ridge classifier")
	// ErrSample: a sample, a label or the room for scores is not valid;
	// nothing has changed.
	ErrSample = errors.New("invalid sample")
	// ErrAbsent: what is to be removed or relabelled cannot have been added with
	// that label; nothing has changed. Not every such mistake can be seen.
	ErrAbsent = errors.New("the sample was never added")
	// ErrFull: a sum would leave 32 bits, which takes 266,289 samples or more;
	// nothing has changed. Remove samples, or start anew.
	ErrFull = errors.New("the ridge classifier is full")
	// ErrMismatch: classifiers whose options differ in more than λ cannot be merged;
	// nothing has changed.
	ErrMismatch = errors.New("ridge classifiers do not match")
	// ErrUnsolved: there is nothing to predict by yet; call Solve.
	ErrUnsolved = errors.New("the ridge classifier has not been solved")
	// ErrIndefinite: no samples can have the sums that are kept: some were removed
	// that had never been added. The solution before stays.
	ErrIndefinite = errors.New("the sums of the ridge classifier are no samples'")

	// ErrMagic: what is decoded is something else.
	ErrMagic = errors.New("not a ridge classifier")

	ErrVersion   = model.ErrVersion
	ErrTruncated = errors.New("ridge classifier ends too early")
	ErrChecksum  = model.ErrChecksum
	ErrTooLarge  = model.ErrTooLarge
	ErrFormat    = model.ErrFormat
)

// DecodeError says where in an encoded classifier an error was met.
type DecodeError = sealed.Error
