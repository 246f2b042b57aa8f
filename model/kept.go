package model

import (
	"fmt"
	"strings"
)

// Limits of what a checkpoint keeps for its learner.
const (
	MaxBlobs     = 16
	MaxBlobBytes = 1<<30 + 1<<20 // of one
	MaxBlobName  = 20
)

// Blob is something that a learner keeps besides its network, a replay memory say.
// This package stores the bytes and does not look inside.
type Blob struct {
	Name string // 1…MaxBlobName of the characters a…z and 0…9
	Data []byte // at most MaxBlobBytes; nil is as good as empty
}

// keptPrefix starts the names of sections that hold blobs.
const keptPrefix = "l."

func keptSection(name string, n int64) Section {
	return Section{Name: keptPrefix + name, Kind: BytesSection, DType: Bytes, Rows: 1, Cols: int(n), Bytes: n}
}

// keptSections returns the sections of c's blobs, without places and checksums.
func (c *Checkpoint) keptSections() (list []Section) {
	if c == nil {
		return nil
	}
	for _, b := range c.Kept {
		list = append(list, keptSection(b.Name, int64(len(b.Data))))
	}
	return list
}

// checkKept refuses sections of blobs that exceed the limits or have names that are
// not permitted, in another order than theirs, or twice.
func checkKept(list []Section) error {
	if len(list) > MaxBlobs {
		return fmt.Errorf("%w: the learner keeps %d things, at most %d allowed", ErrTooLarge, len(list), MaxBlobs)
	}
	for i, s := range list {
		if err := checkBlobName(strings.TrimPrefix(s.Name, keptPrefix)); err != nil {
			return err
		}
		if i > 0 && s.Name <= list[i-1].Name {
			return fmt.Errorf("%w: section %s after %s, want every name once and in order", ErrFormat, s.Name, list[i-1].Name)
		}
		if s.Bytes > MaxBlobBytes {
			return fmt.Errorf("%w: section %s has %d bytes, at most %d allowed", ErrTooLarge, s.Name, s.Bytes, MaxBlobBytes)
		}
	}
	return nil
}

func checkBlobName(name string) error {
	permitted := len(name) >= 1 && len(name) <= MaxBlobName
	for _, b := range []byte(name) {
		permitted = permitted && ('a' <= b && b <= 'z' || '0' <= b && b <= '9')
	}
	if !permitted {
		return fmt.Errorf("%w: %q is no name for what a learner keeps, want 1…%d of a…z and 0…9", ErrFormat, name, MaxBlobName)
	}
	return nil
}

// keptIn takes the sections of blobs off the end of a table.
func keptIn(table []Section) (before, kept []Section) {
	n := len(table)
	for n > 0 && strings.HasPrefix(table[n-1].Name, keptPrefix) {
		n--
	}
	for _, s := range table[n:] {
		kept = append(kept, keptSection(strings.TrimPrefix(s.Name, keptPrefix), s.Bytes))
	}
	return table[:n], kept
}

// kept reads c's blobs from the first sections and returns those that remain.
func (r *reader) kept(c *Checkpoint, f *front, sections []Section) ([]Section, error) {
	n := len(f.contents.kept)
	for _, s := range sections[:n] {
		data, err := r.values(s, lines{size: 1, body: int(s.Bytes)})
		if err != nil {
			return nil, err
		}
		c.Kept = append(c.Kept, Blob{strings.TrimPrefix(s.Name, keptPrefix), data})
	}
	return sections[n:], nil
}
