package replay

import (
	"errors"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/model/sealed"
)

// Errors of a memory. Those of decoding come in a DecodeError.
var (
	// ErrOptions: a memory cannot be as the options want it.
	ErrOptions = errors.New("invalid options of a replay memory")
	// ErrSample: a sample, a label or the number of a sample is not valid;
	// nothing has changed.
	ErrSample = errors.New("invalid sample")
	// ErrBudget: the budget is too small for that many classes; nothing has
	// changed.
	ErrBudget = errors.New("the budget of the replay memory is too small")
	// ErrFull: so many samples were added that identities have run out.
	ErrFull = errors.New("the replay memory has seen 2⁴⁰ samples")

	// ErrMagic: what is decoded is something else.
	ErrMagic = errors.New("not a replay memory")

	ErrVersion   = model.ErrVersion
	ErrTruncated = errors.New("replay memory ends too early")
	ErrChecksum  = model.ErrChecksum
	ErrTooLarge  = model.ErrTooLarge
	ErrFormat    = model.ErrFormat
)

// DecodeError says where in an encoded memory an error was met.
type DecodeError = sealed.Error
