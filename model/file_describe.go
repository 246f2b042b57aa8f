package model

import (
	"bufio"
	"io"
)

// FileInfo is what Describe tells of a .pff file.
type FileInfo struct {
	Version    int
	Checkpoint bool  // it holds the state of a training run besides the model
	Int8       bool  // its weights are int8
	Signed     bool  // it holds a signature, see VerifySignature
	Bytes      int64 // length of the file
	Config     Config
	Provenance Provenance
	Sections   []Section // in the order of the file
}

// Describe reads the front of the file at path: header, section table,
// configuration and provenance, which it checks as Load does. It does not
// look at values: only Load finds damage in them.
func Describe(path string) (*FileInfo, error) {
	var info *FileInfo
	err := withFile(path, func(f io.Reader, size int64) error {
		r := &reader{src: bufio.NewReader(f), size: size}
		front, err := r.front()
		if err != nil {
			return err
		}
		info = &FileInfo{
			Version: front.version, Checkpoint: front.checkpoint, Int8: front.int8, Signed: front.signed, Bytes: front.length,
			Config: front.Config, Provenance: front.Provenance, Sections: front.sections,
		}
		return nil
	})
	return info, err
}
