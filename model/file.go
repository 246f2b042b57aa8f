package model

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// FormatVersion is the version of the .pff format that Encode writes and the
// highest that Decode reads. FORMAT.md describes it byte by byte.
const FormatVersion = 2

// Limits of a .pff file; those of a configuration stand beside Config.
const (
	MaxParamBytes = 1 << 31 // tensors and mixtures together must stay below
	MaxJSONBytes  = 1 << 24 // a JSON section
	MaxSections   = 5 + 3*(5*MaxHidden+3) + (4*MaxHidden + 3) + (4*MaxHidden + 2) + MaxClasses + MaxBlobs
)

// What can be wrong with a .pff file. Decode and Load wrap exactly one of
// them in a FileError, unless reading itself failed.
var (
	ErrMagic         = errors.New("not a .pff file")
	ErrVersion       = errors.New("made by a newer version of pffedge")
	ErrTruncated     = errors.New("file ends too early")
	ErrChecksum      = errors.New("checksum does not match")
	ErrTooLarge      = errors.New("too large")
	ErrFormat        = errors.New("malformed")
	ErrValue         = errors.New("invalid value")
	ErrNotCheckpoint = errors.New("a model, not a checkpoint of a training run")
)

// FileError says where in a .pff file an error was met.
type FileError struct {
	Path   string // "" when the file was read from a stream
	Part   string // "header", "section table" or "section NAME"
	Offset int64  // in bytes from the start of the file
	Err    error
}

func (e *FileError) Error() string {
	place := fmt.Sprintf("%s at byte %d: %v", e.Part, e.Offset, e.Err)
	if e.Path == "" {
		return place
	}
	return e.Path + ": " + place
}

func (e *FileError) Unwrap() error { return e.Err }

const (
	headerBytes    = 64
	entryBytes     = 64
	alignment      = 64
	flagCheckpoint = 1 << 0 // see also flagMoments
	flagInt8       = 1 << 1
	flagSigned     = 1 << 2
	flagKept       = 1 << 3
)

// knownFlags are those that a file of a version may have.
var knownFlags = [FormatVersion + 1]uint32{1: flagCheckpoint | flagMoments, 2: flagCheckpoint | flagMoments | flagInt8 | flagSigned | flagKept}

// magic catches what transfers do to binary files: a cleared high bit, CR LF
// turned into LF or LF into CR LF, and a DOS end-of-file character.
var magic = []byte{0x89, 'P', 'F', 'F', '\r', '\n', 0x1A, '\n'}

// header is the start of a file; FORMAT.md names its fields.
type header struct {
	version  int
	flags    uint32
	sections int
	tableCRC uint32
	length   int64 // of the whole file
}

func (h header) has(flag uint32) bool { return h.flags&flag != 0 }

func (h header) encode() []byte {
	b := make([]byte, headerBytes)
	copy(b, magic)
	le := binary.LittleEndian
	le.PutUint32(b[8:], uint32(h.version))
	le.PutUint32(b[12:], h.flags)
	le.PutUint32(b[16:], uint32(h.sections))
	le.PutUint32(b[20:], h.tableCRC)
	le.PutUint64(b[24:], uint64(h.length))
	le.PutUint32(b[60:], checksum(b[:60]))
	return b
}

// parseHeader reads the headerBytes bytes b, which start with magic.
func parseHeader(b []byte) (header, error) {
	le := binary.LittleEndian
	wrong := func(at int64, err error, format string, args ...any) (header, error) {
		return header{}, &FileError{Part: "header", Offset: at, Err: fmt.Errorf("%w: "+format, append([]any{err}, args...)...)}
	}
	if got, want := checksum(b[:60]), le.Uint32(b[60:]); got != want {
		return wrong(60, ErrChecksum, "computed %08x, stored %08x", got, want)
	}
	version, length := le.Uint32(b[8:]), le.Uint64(b[24:])
	h := header{version: int(version), flags: le.Uint32(b[12:]), tableCRC: le.Uint32(b[20:]), length: int64(length)}
	count := le.Uint32(b[16:])
	known := knownFlags[min(version, FormatVersion)]
	switch {
	case version > FormatVersion:
		return wrong(8, ErrVersion, "format version %d, this program reads up to %d", version, FormatVersion)
	case version < 1:
		return wrong(8, ErrFormat, "format version 0")
	case h.flags&^known != 0:
		return wrong(12, ErrVersion, "unknown flags %#x", h.flags&^known)
	case h.has(flagMoments) && !h.has(flagCheckpoint):
		return wrong(12, ErrFormat, "moments' flags %#x without a checkpoint's", h.flags&flagMoments)
	case h.has(flagKept) && !h.has(flagCheckpoint):
		return wrong(12, ErrFormat, "the flag of what a learner keeps without a checkpoint's")
	case h.has(flagInt8) && h.has(flagCheckpoint) && h.momentBits() != 8:
		return wrong(12, ErrFormat, "a checkpoint of int8 weights with moments of %d bits, want 8", h.momentBits())
	case count > MaxSections:
		return wrong(16, ErrTooLarge, "%d sections, at most %d allowed", count, MaxSections)
	case count < 1:
		return wrong(16, ErrFormat, "no sections")
	case length > maxFileBytes:
		return wrong(24, ErrTooLarge, "%d bytes, at most %d allowed", length, int64(maxFileBytes))
	case !allZero(b[32:60]):
		return wrong(32, ErrFormat, "reserved bytes are not zero")
	}
	h.sections = int(count)
	return h, nil
}

// maxFileBytes bounds the length of any file that keeps the other limits.
const maxFileBytes = 1 << 35

// checkMagic judges the first bytes of a file, which may be fewer than a
// whole magic.
func checkMagic(b []byte) error {
	n := min(len(b), len(magic))
	if bytes.Equal(b[:n], magic[:n]) {
		return nil
	}
	err := fmt.Errorf("%w: it does not start with the .pff signature", ErrMagic)
	if n > 4 && string(b[1:4]) == "PFF" {
		err = fmt.Errorf("%w any more: its signature is damaged, as by a transfer in text mode", ErrMagic)
	}
	return &FileError{Part: "header", Err: err}
}

func allZero(b []byte) bool {
	for _, v := range b {
		if v != 0 {
			return false
		}
	}
	return true
}
