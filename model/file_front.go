package model

import (
	"fmt"
	"io"
)

// front is what the start of a file tells: everything but the values.
type front struct {
	contents
	Config     Config
	Provenance Provenance
	sections   []Section
	length     int64
}

// front reads the header, the section table, the configuration and the
// provenance, and checks that the table is the only one that belongs to
// them.
func (r *reader) front() (*front, error) {
	h, err := r.header()
	if err != nil {
		return nil, err
	}
	table, err := r.table(h)
	if err != nil {
		return nil, err
	}
	f := &front{sections: table, length: h.length}
	if err := r.config(f); err != nil {
		return nil, err
	}
	f.contents = contentsOf(&f.Config, table, h)
	if err := r.layout(f, h); err != nil {
		return nil, err
	}
	b, err := r.text(table[1])
	if err != nil {
		return nil, err
	}
	if err := decodeJSON(b, &f.Provenance); err != nil {
		return nil, r.wrong(table[1].Offset, err)
	}
	return f, nil
}

func (r *reader) header() (header, error) {
	r.part = "header"
	b := make([]byte, headerBytes)
	n, err := io.ReadFull(r.src, b)
	r.off = int64(n)
	if bad := checkMagic(b[:n]); bad != nil && n > 0 {
		return header{}, bad
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return header{}, r.wrong(r.off, ErrTruncated)
	}
	if err != nil {
		return header{}, r.wrong(r.off, err)
	}
	h, err := parseHeader(b)
	if err != nil {
		return header{}, err
	}
	if r.size >= 0 && r.size < h.length {
		return header{}, r.wrong(r.size, fmt.Errorf("%w: %d bytes of %d", ErrTruncated, r.size, h.length))
	}
	if r.size > h.length {
		return header{}, r.wrong(h.length, fmt.Errorf("%w: the file goes on for %d bytes after its end", ErrFormat, r.size-h.length))
	}
	return h, nil
}

func (r *reader) table(h header) ([]Section, error) {
	r.part, r.crc = "section table", 0
	b, err := r.bytes(h.sections * entryBytes)
	if err != nil {
		return nil, err
	}
	if r.crc != h.tableCRC {
		return nil, r.wrong(headerBytes, fmt.Errorf("%w: computed %08x, stored %08x", ErrChecksum, r.crc, h.tableCRC))
	}
	table := make([]Section, h.sections)
	for i := range table {
		if table[i], err = parseEntry(b[i*entryBytes : (i+1)*entryBytes]); err != nil {
			return nil, r.wrong(entryOffset(i), err)
		}
	}
	return table, nil
}

func entryOffset(i int) int64 { return headerBytes + int64(i)*entryBytes }

// config reads the first section, on which all others depend.
func (r *reader) config(f *front) error {
	s := f.sections[0]
	want := jsonSection("config", s.Bytes)
	want.Offset = entryOffset(len(f.sections))
	if err := s.difference(want); err != nil {
		return r.wrong(entryOffset(0), err)
	}
	if s.Bytes > MaxJSONBytes {
		return r.wrong(entryOffset(0), fmt.Errorf("%w: section config has %d bytes, at most %d allowed", ErrTooLarge, s.Bytes, MaxJSONBytes))
	}
	b, err := r.text(s)
	if err != nil {
		return err
	}
	if err := decodeJSON(b, &f.Config); err != nil {
		return r.wrong(s.Offset, err)
	}
	if err := f.Config.Validate(); err != nil {
		return r.wrong(s.Offset, fmt.Errorf("%w: %w", ErrFormat, err))
	}
	return nil
}

// contentsOf reads off the table what the configuration leaves open. It
// takes the table at its word: the layout that follows from the contents
// must then be the table.
func contentsOf(c *Config, table []Section, h header) contents {
	k := contents{
		version: h.version, config: c, tensors: shapes(c).Tensors(), int8: h.has(flagInt8), signed: h.has(flagSigned),
		checkpoint: h.has(flagCheckpoint), momentBits: h.momentBits(), configBytes: table[0].Bytes,
	}
	if len(table) > 1 {
		k.provenanceBytes = table[1].Bytes
	}
	rest := table[min(2+len(k.parameters()), len(table)):]
	if len(rest) > 0 && rest[0].Name == "mixture" {
		k.overall = rest[0].Rows
		rest = rest[1:]
	}
	if len(rest) >= len(c.Classes) && rest[0].Name == classMixture(0) {
		for _, s := range rest[:len(c.Classes)] {
			k.perClass = append(k.perClass, s.Rows)
		}
	}
	if last := len(table) - 1; k.checkpoint {
		if k.signed && last > 0 {
			last--
		}
		end := table[:last+1]
		if h.has(flagKept) {
			end, k.kept = keptIn(end)
		}
		if len(end) > 0 {
			k.trainerBytes = end[len(end)-1].Bytes
		}
	}
	return k
}

// layout checks the table against the canonical one.
func (r *reader) layout(f *front, h header) error {
	r.part = "section table"
	if err := f.check(); err != nil {
		return r.wrong(headerBytes, err)
	}
	if h.has(flagKept) && len(f.kept) == 0 {
		return &FileError{Part: "header", Offset: 12, Err: fmt.Errorf("%w: the flag of what a learner keeps, and no section of it", ErrFormat)}
	}
	want := f.contents.sections()
	for i, w := range want[:min(len(want), len(f.sections))] {
		if err := f.sections[i].difference(w); err != nil {
			return r.wrong(entryOffset(i), err)
		}
	}
	if len(f.sections) != len(want) {
		return r.wrong(headerBytes, fmt.Errorf("%w: %d sections, the configuration wants %d", ErrFormat, len(f.sections), len(want)))
	}
	if end := want[len(want)-1].end(); h.length != end {
		return &FileError{Part: "header", Offset: 24, Err: fmt.Errorf("%w: a length of %d bytes, the sections end at %d", ErrFormat, h.length, end)}
	}
	return nil
}
