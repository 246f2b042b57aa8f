package data

import (
	"errors"
	"fmt"
)

var (
	// ErrEmpty is wrapped when a set, or the wanted split, has no samples.
	ErrEmpty = errors.New("no samples")
	// ErrOneClass is wrapped when all samples share one label: there is
	// nothing to tell apart.
	ErrOneClass = errors.New("only one class, want at least two")
	// ErrUnknownClass is wrapped when a label is none of the classes given
	// in the options, or, in a test split, none of the training split's.
	ErrUnknownClass = errors.New("unknown class")
	// ErrMismatch is wrapped when samples do not fit the model's input.
	ErrMismatch = errors.New("does not fit the model")
	// ErrTooLarge is wrapped when a file claims or holds more than the caps
	// of this package allow.
	ErrTooLarge = errors.New("too large")
	// ErrNoSplit is wrapped when a set brings its own splits, but not the
	// wanted one.
	ErrNoSplit = errors.New("split is missing")
	// ErrUnknownFormat is wrapped when a path is no kind of set, or no kind
	// of sample, that this package reads.
	ErrUnknownFormat = errors.New("unknown format")
)

// Caps on what is read, beside those of package model.
const (
	maxSetBytes    = 1 << 30 // of the samples of a set, and of a CSV file
	maxImageBytes  = 1 << 26 // of an image file that arrives on a stream
	maxImagePixels = 1 << 25 // of an image before scaling
	maxRecordBytes = 1 << 24 // of one row of a CSV file
	maxNameBytes   = 255     // of a class name
)

// FileError is something wrong inside a file.
type FileError struct {
	Path   string
	Line   int   // 1-based line of a text file; 0 when it does not apply
	Column int   // 1-based field of that line; 0 when it does not apply
	Offset int64 // byte offset in the uncompressed data; < 0 when it does not apply
	Err    error
}

// Error is one line: file, place and reason.
func (e *FileError) Error() string {
	switch {
	case e.Line > 0 && e.Column > 0:
		return fmt.Sprintf("%s:%d: column %d: %v", e.Path, e.Line, e.Column, e.Err)
	case e.Line > 0:
		return fmt.Sprintf("%s:%d: %v", e.Path, e.Line, e.Err)
	case e.Offset >= 0:
		return fmt.Sprintf("%s: offset %d: %v", e.Path, e.Offset, e.Err)
	}
	return fmt.Sprintf("%s: %v", e.Path, e.Err)
}

func (e *FileError) Unwrap() error { return e.Err }

// inFile reports something wrong with a file as a whole.
func inFile(path, format string, args ...any) error {
	return &FileError{Path: path, Offset: -1, Err: fmt.Errorf(format, args...)}
}

// atOffset reports something wrong at a byte of a file.
func atOffset(path string, offset int64, format string, args ...any) error {
	return &FileError{Path: path, Offset: offset, Err: fmt.Errorf(format, args...)}
}

// atField reports something wrong with a field, 1-based, or, for column 0, a
// line of a file.
func atField(path string, line, column int, format string, args ...any) error {
	return &FileError{Path: path, Line: line, Column: column, Offset: -1, Err: fmt.Errorf(format, args...)}
}
