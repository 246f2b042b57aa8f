package model

import (
	"bufio"
	"fmt"
	"io"
	"os"
)

// SectionState is a section and what is wrong with its bytes, nil for nothing.
type SectionState struct {
	Section
	Err error
}

// Verify reads all of the file at path and goes on behind damage. The states
// say of each section whether its bytes and the padding after it are what was
// written; the error is the first thing wrong with the file, as Load or, for a
// checkpoint, LoadCheckpoint finds it. Both are nil, and the error says why, if
// the file cannot be told into sections.
func Verify(path string) (info *FileInfo, states []SectionState, err error) {
	if info, err = Describe(path); err != nil {
		return nil, nil, err
	}
	err = withFile(path, func(f io.Reader, size int64) error {
		for _, s := range info.Sections {
			states = append(states, SectionState{s, checkBytes(f.(*os.File), size, s)})
		}
		r := &reader{src: bufio.NewReader(f), size: size}
		front, err := r.front()
		if err == nil {
			_, err = r.rest(front, front.checkpoint)
		}
		return err
	})
	return info, states, err
}

// checkBytes reads section s alone.
func checkBytes(f *os.File, size int64, s Section) error {
	r := &reader{src: io.NewSectionReader(f, s.Offset, size-s.Offset), size: size, off: s.Offset}
	return r.section(s, func() error { return r.skip(s.Bytes) })
}

// String describes the section in one line: "W1, packed float32, 784×500".
func (s Section) String() string {
	if s.Rows == 0 && s.Cols == 0 {
		return fmt.Sprintf("%s, %v", s.Name, s.Kind)
	}
	return fmt.Sprintf("%s, %v %v, %d×%d", s.Name, s.Kind, s.DType, s.Rows, s.Cols)
}
