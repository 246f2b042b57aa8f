package model

import (
	"errors"
	"io"
	"os"
)

// File is a model file that is open.
type File struct {
	// Model is valid until Close. Where the system allows it, on 64-bit Linux, its
	// large matrices lie in a read-only mapping of the file, see Model.ReadOnly:
	// they are not copied, and all processes that use the file share one memory for
	// them.
	Model *Model

	file    *os.File
	threads int
	data    []byte   // the file's mapping, or nil
	regions [][]byte // other memory to give back, see place
	parts   [numParts]part
}

// Open opens the model, or the model in the checkpoint, at path. It finds the
// errors that Load finds, but does not copy large matrices, nor look at those of
// parts that are not needed yet: it checks Forward; package runtime calls
// Model.Check before it uses another. Checking takes so many threads ≥ 1.
//
// The file may be replaced or removed while it is open, as Save does. It must
// not be changed or shortened in place: Model would change with it, or the
// system would end the process.
func Open(path string, threads int) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	o := &File{file: f, threads: threads}
	if err = o.read(); err == nil {
		err = o.check(Forward)
	}
	if err != nil {
		o.Close()
		return nil, o.named(err)
	}
	return o, nil
}

// named puts the file's path into err.
func (o *File) named(err error) error {
	var at *FileError
	if errors.As(err, &at) {
		at.Path = o.file.Name()
	}
	return err
}

// Close gives back what Open took. Model must not be used any more.
func (o *File) Close() error {
	for _, r := range o.regions {
		unmap(r)
	}
	if o.data != nil {
		unmap(o.data)
	}
	o.Model, o.regions, o.data = nil, nil, nil
	return o.file.Close()
}

// read reads the file, through a mapping if it can.
func (o *File) read() error {
	info, err := o.file.Stat()
	if err != nil {
		return err
	}
	r := &reader{src: o.file, size: -1}
	if info.Mode().IsRegular() {
		r.size = info.Size()
		if canMap && littleEndian && r.size > 0 {
			o.data, _ = mapFile(o.file, r.size) // a file system that cannot map is read
		}
	}
	if o.data != nil {
		r.src, r.mapped = &window{data: o.data}, o
	}
	f, err := r.front()
	if err != nil {
		return err
	}
	c, err := r.rest(f, false)
	if err != nil {
		return err
	}
	o.Model = c.Model
	if o.data != nil {
		o.Model.mapped = o
	}
	return nil
}

// window reads a mapping from front to back.
type window struct {
	data []byte
	at   int64
}

func (w *window) Read(b []byte) (int, error) {
	if w.at == int64(len(w.data)) {
		return 0, io.EOF
	}
	n := copy(b, w.data[w.at:])
	w.at += int64(n)
	return n, nil
}

// largeSection is the size from which a matrix stays in the mapping. Copying a
// smaller one costs less than checking it later.
var largeSection int64 = 1 << 16 // less in tests

// stays tells whether s stays in the mapping and is checked later: large matrices,
// and what only a learner reads.
func (o *File) stays(s Section) bool {
	return o != nil && s.Bytes >= largeSection && (s.Kind == PackedSection || s.Kind == BytesSection)
}

// leave returns the matrix in section s of a file of that version, which lies
// like l, where it is in the mapping. r goes on behind it.
func (o *File) leave(r *reader, s Section, l lines, version int) ([]byte, error) {
	b, err := o.place(s, l)
	if err != nil {
		return nil, r.wrong(s.Offset, err)
	}
	o.pass(r, unchecked{s, b, l, version})
	return b, nil
}

// pass takes r to the end of a section, which is to be checked later.
func (o *File) pass(r *reader, u unchecked) {
	p := &o.parts[partOf(u.section.Name)]
	p.unchecked = append(p.unchecked, u)
	r.src.(*window).at += u.section.Bytes
	r.off += u.section.Bytes
	r.crc = u.section.CRC
}

// place returns memory that holds the values of s, which lie like l. Values
// without padding lie in the mapping as they must. For others it maps the pages
// that hold nothing but the part which is alike once more, with memory behind
// them for the rest, which is copied.
func (o *File) place(s Section, l lines) ([]byte, error) {
	file := o.data[s.Offset : s.Offset+s.Bytes]
	if len(l.rest) == 0 {
		return file, nil
	}
	page := int64(os.Getpagesize())
	start := s.Offset / page * page
	before := s.Offset - start // bytes of other sections at the start of the first page
	pages := (before + int64(l.body)) / page * page
	if pages == 0 {
		b := alignedBytes(l.memory())
		copy(b, file[:l.body])
		l.spreadAll(b[l.body:], file[l.body:])
		return b, nil
	}
	region, err := mapMemory(before + int64(l.memory()))
	if err != nil {
		return nil, err
	}
	o.regions = append(o.regions, region)
	if err := mapInto(region[:pages], o.file, start); err != nil {
		return nil, err
	}
	copy(region[pages:before+int64(l.body)], o.data[start+pages:])
	b := region[before : before+int64(l.memory())]
	l.spreadAll(b[l.body:], file[l.body:])
	return b, nil
}
