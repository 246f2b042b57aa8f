package model

import (
	"io"

	"github.com/pffedge/pffedge/model/durable"
)

// Save writes m to path as WriteFileAtomic does. See Encode.
func Save(path string, m *Model) error {
	return WriteFileAtomic(path, func(w io.Writer) error { return Encode(w, m) })
}

// SaveCheckpoint writes c to path as WriteFileAtomic does. See
// EncodeCheckpoint.
func SaveCheckpoint(path string, c *Checkpoint) error {
	return WriteFileAtomic(path, func(w io.Writer) error { return EncodeCheckpoint(w, c) })
}

// WriteFileAtomic gives the file at path the content that write writes, all
// of it or nothing, whatever fails, crashes or loses power meanwhile. See
// durable.WriteAtomic.
func WriteFileAtomic(path string, write func(io.Writer) error) error {
	return durable.WriteAtomic(durable.OS{}, path, write)
}
