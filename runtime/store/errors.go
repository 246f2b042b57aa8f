package store

import (
	"errors"
	"fmt"

	"github.com/pffedge/pffedge/model"
)

// What can be wrong with a store, besides what reading and writing files return.
// Errors of files wrap one of the first four in a FileError.
var (
	// ErrDamaged: acknowledged data cannot be read. Rollback is the way out.
	ErrDamaged = errors.New("damaged")
	// ErrForeign: a file belongs to another store.
	ErrForeign = errors.New("part of another store")
	// ErrTooLarge: a file claims more than its limit.
	ErrTooLarge = errors.New("too large")
	// ErrVersion: a newer program wrote it; nothing has been changed.
	ErrVersion = model.ErrVersion

	// ErrNotStore: there is no store in the folder.
	ErrNotStore = errors.New("not a store")
	// ErrExists: there is one already, or other files are.
	ErrExists = errors.New("not an empty folder")
	// ErrFull: the log has reached its limit. Store.Compact makes room.
	ErrFull = errors.New("the log is full")
	// ErrUnreachable: neither snapshots nor log lead to the state asked for.
	ErrUnreachable = errors.New("no longer in the store")
	// ErrChanged: another process has appended operations, or rolled back,
	// meanwhile.
	ErrChanged = errors.New("changed meanwhile")
	// ErrDependent: an operation needs one before it that is to be taken out.
	ErrDependent = errors.New("cannot be without what is to be taken out")
	// ErrOperation: an operation breaks a limit of the log.
	ErrOperation = errors.New("invalid operation")
	// ErrClosed: the store has been closed.
	ErrClosed = errors.New("store closed")
	// ErrState: an operation that is in the log could not be applied; the state
	// is not to be used any more. Rollback to the operation before it.
	ErrState = errors.New("cannot be applied")
)

// FileError says where in a store's file an error was met.
type FileError struct {
	Path   string
	Offset int64 // in bytes from the start of the file
	Err    error
}

func (e *FileError) Error() string { return fmt.Sprintf("%s: byte %d: %v", e.Path, e.Offset, e.Err) }

func (e *FileError) Unwrap() error { return e.Err }

// wrong returns a FileError around a named error and what is the matter.
func wrong(path string, offset int64, named error, format string, args ...any) error {
	return &FileError{path, offset, fmt.Errorf("%w: "+format, append([]any{named}, args...)...)}
}

// isDamage tells damage, which a rollback can leave behind, from errors of
// reading.
func isDamage(err error) bool {
	return errors.Is(err, ErrDamaged) || errors.Is(err, ErrForeign) || errors.Is(err, ErrTooLarge)
}
