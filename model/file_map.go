package model

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Field is a stretch of a file with a meaning of its own.
type Field struct {
	Offset  int64
	Length  int64
	Start   []byte // its first bytes, 16 at most
	Meaning string // in one line
	Damaged bool   // it is not what it has to be
}

// Layout tells what every byte of the file at path means, as far as the file
// lets itself be understood: it goes on behind damage, which it marks. Only what
// does not start like a .pff file is an error, ErrMagic.
func Layout(path string) ([]Field, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	m := &fileMap{f: f, size: info.Size()}
	err = m.all()
	var at *FileError
	if errors.As(err, &at) {
		at.Path = path
	}
	return m.fields, err
}

// fileMap collects the fields of a file.
type fileMap struct {
	f      io.ReaderAt
	size   int64
	fields []Field
}

// add adds the n bytes at offset, as far as the file has them, and returns them
// if they are few.
func (m *fileMap) add(offset, n int64, format string, args ...any) (*Field, error) {
	n = max(min(n, m.size-offset), 0)
	start := make([]byte, min(n, 16))
	if _, err := m.f.ReadAt(start, offset); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	m.fields = append(m.fields, Field{Offset: offset, Length: n, Start: start, Meaning: fmt.Sprintf(format, args...)})
	return &m.fields[len(m.fields)-1], nil
}

func (m *fileMap) all() error {
	head := make([]byte, headerBytes)
	n, err := m.f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := checkMagic(head[:n]); err != nil {
		return err
	}
	if n < headerBytes {
		return &FileError{Part: "header", Offset: int64(n), Err: ErrTruncated}
	}
	le := binary.LittleEndian
	sections, length := le.Uint32(head[16:]), le.Uint64(head[24:])
	known := int64(min(sections, MaxSections)) * entryBytes
	table := make([]byte, max(min(known, m.size-headerBytes)/entryBytes, 0)*entryBytes)
	if _, err := m.f.ReadAt(table, headerBytes); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	for _, field := range []struct {
		at, n   int64
		meaning string
		damaged bool
	}{
		{0, 8, "magic number", false},
		{8, 4, fmt.Sprintf("format version %d", le.Uint32(head[8:])), le.Uint32(head[8:]) > FormatVersion},
		{12, 4, "flags: " + flagText(le.Uint32(head[12:])), false},
		{16, 4, fmt.Sprintf("%d sections", sections), sections > MaxSections},
		{20, 4, "CRC-32C of the section table", checksum(table) != le.Uint32(head[20:])},
		{24, 8, fmt.Sprintf("length of the file, %d bytes", length), length != uint64(m.size)},
		{32, 28, "reserved, zero", !allZero(head[32:60])},
		{60, 4, "CRC-32C of the header before it", checksum(head[:60]) != le.Uint32(head[60:])},
	} {
		if err := m.mark(field.at, field.n, field.damaged, "%s", field.meaning); err != nil {
			return err
		}
	}
	return m.sections(table)
}

// mark is add for a field that may be damaged.
func (m *fileMap) mark(offset, n int64, damaged bool, format string, args ...any) error {
	field, err := m.add(offset, n, format, args...)
	if err == nil {
		field.Damaged = damaged
	}
	return err
}

// sections adds the table's entries, then the sections in order.
func (m *fileMap) sections(table []byte) error {
	var list []Section
	for i := range len(table) / entryBytes {
		s, err := parseEntry(table[i*entryBytes : (i+1)*entryBytes])
		if err != nil {
			if err := m.mark(entryOffset(i), entryBytes, true, "entry %d: %v", i, err); err != nil {
				return err
			}
			continue
		}
		if err := m.mark(entryOffset(i), entryBytes, false, "entry %d: %v, %d bytes from byte %d", i, s, s.Bytes, s.Offset); err != nil {
			return err
		}
		list = append(list, s)
	}
	at := headerBytes + int64(len(table))
	for _, s := range list {
		if s.Offset < at || s.Offset > m.size {
			continue // an entry that lies: its bytes belong to others, or to nobody
		}
		if err := m.gap(at, s.Offset); err != nil {
			return err
		}
		if err := m.section(s); err != nil {
			return err
		}
		at = min(s.Offset+s.Bytes, m.size)
	}
	return m.gap(at, m.size)
}

// gap adds the bytes from … to−1, which belong to no section.
func (m *fileMap) gap(from, to int64) error {
	if from >= to {
		return nil
	}
	b := make([]byte, min(to-from, alignment))
	if _, err := m.f.ReadAt(b, from); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if to-from >= alignment {
		return m.mark(from, to-from, true, "belongs to nothing")
	}
	return m.mark(from, to-from, !allZero(b), "zeros up to a multiple of %d", alignment)
}

// section adds a section's bytes.
func (m *fileMap) section(s Section) error {
	r := &reader{src: io.NewSectionReader(m.f, s.Offset, s.Bytes), size: m.size, off: s.Offset, part: "section " + s.Name}
	err := r.skip(s.Bytes)
	if err != nil && !errors.Is(err, ErrTruncated) {
		return err
	}
	meaning := s.String() + unitText(s)
	if s.Kind == JSONSection {
		text := make([]byte, max(min(s.Bytes, 60, m.size-s.Offset), 0))
		if _, err := m.f.ReadAt(text, s.Offset); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		meaning += ": " + strings.ToValidUTF8(string(text), "")
		if s.Bytes > int64(len(text)) {
			meaning += "…"
		}
	}
	return m.mark(s.Offset, s.Bytes, err != nil || r.crc != s.CRC, "%s", meaning)
}

// unitText says how the values of s lie.
func unitText(s Section) string {
	switch s.Kind {
	case PackedSection:
		return ", panels of 16 columns"
	case LateralSection:
		return ", its diagonal blocks"
	case MixtureSection:
		return ", a component a row"
	case SignatureSection:
		return ", Ed25519 key and signature"
	case BytesSection:
		return ", which its learner keeps"
	}
	return ""
}

// flagText names the flags that are set.
func flagText(flags uint32) string {
	if flags == 0 {
		return "none, a model of float32 weights"
	}
	var list []string
	for _, f := range []struct {
		flag uint32
		name string
	}{{flagCheckpoint, "checkpoint"}, {flagInt8, "int8 weights"}, {flagSigned, "signed"}, {flagKept, "things that its learner keeps"}} {
		if flags&f.flag != 0 {
			list = append(list, f.name)
		}
	}
	for bits, flag := range momentFlags {
		if flag != 0 && flags&flagMoments == flag {
			list = append(list, fmt.Sprintf("moments of %d bits", bits))
		}
	}
	if unknown := flags &^ knownFlags[FormatVersion]; unknown != 0 {
		list = append(list, fmt.Sprintf("unknown %#x", unknown))
	}
	return strings.Join(list, ", ")
}
