package model

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Part names parameters that are used together.
type Part int

// The parts of a model.
const (
	Forward    Part = iota // W_ℓ, the read-out, and all small tensors: the start state and the read-out
	Settling               // V_ℓ: the dynamics
	Generative             // G_ℓ: reconstruction and imagination
	unused                 // a training run's moments, and what its learner keeps
	numParts
)

// partOf returns the part that the matrix in a section belongs to.
func partOf(name string) Part {
	switch {
	case strings.HasPrefix(name, "W"):
		return Forward
	case strings.HasPrefix(name, "V"):
		return Settling
	case strings.HasPrefix(name, "G"):
		return Generative
	}
	return unused
}

// part is what a file that is open has not checked yet.
type part struct {
	once      sync.Once
	unchecked []unchecked
	err       error
}

// unchecked is a section whose values nobody has looked at.
type unchecked struct {
	section Section
	memory  []byte // of its values, which lie like lines; nil for what is unused
	lines   lines
	version int // of the file
}

// Check reports what is wrong with part p of m's parameters, a FileError, if
// they lie in a file that Open opened and nobody has looked at them yet; it must
// be called before they are used. Otherwise it returns nil.
func (m *Model) Check(p Part) error {
	if m.mapped == nil {
		return nil
	}
	return m.mapped.check(p)
}

func (o *File) check(p Part) error {
	part := &o.parts[p]
	part.once.Do(func() { part.err = o.named(o.checkAll(part.unchecked, o.Model.Config.Group)) })
	return part.err
}

// piece is what threads look at in one go: part of a section. All pieces of a
// section but the first have pieceBytes bytes.
type piece struct {
	section int // its place in the list
	data    []byte
	crc     uint32
	finite  bool // as float32 values
}

const pieceBytes = 1 << 20

// checkAll checks every section of the list and returns the first error.
func (o *File) checkAll(list []unchecked, group int) error {
	var pieces []piece
	for i, u := range list {
		b := o.data[u.section.Offset : u.section.Offset+u.section.Bytes]
		for n := len(b) % pieceBytes; len(b) > 0; n = pieceBytes {
			pieces = append(pieces, piece{section: i, data: b[:n]})
			b = b[n:]
		}
	}
	o.lookAt(pieces)
	for i, u := range list {
		var crc uint32
		finite := true
		for ; len(pieces) > 0 && pieces[0].section == i; pieces = pieces[1:] {
			crc = joinChecksums(crc, pieces[0].crc)
			finite = finite && pieces[0].finite
		}
		if err := u.check(crc, finite, group); err != nil {
			return err
		}
	}
	return nil
}

// lookAt looks at all pieces, each thread at the next that is left.
func (o *File) lookAt(pieces []piece) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(o.threads, len(pieces)) {
		wait.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(pieces) {
					return
				}
				populate(o.data, pieces[i].data)
				pieces[i].look()
			}
		})
	}
	wait.Wait()
}

// look goes in small steps, so that the second look at a step's bytes finds them
// in the cache.
func (p *piece) look() {
	p.finite = true
	for b := range slices.Chunk(p.data, readChunk) {
		p.crc = updateChecksum(p.crc, b)
		p.finite = p.finite && allFinite(b)
	}
}

// check checks a section with that checksum, whose values as float32 are all
// finite or not, as reading it does.
func (u unchecked) check(crc uint32, finite bool, group int) error {
	s := u.section
	wrong := func(at int64, err error) error {
		return &FileError{Part: "section " + s.Name, Offset: s.Offset + at, Err: err}
	}
	if crc != s.CRC {
		return wrong(0, fmt.Errorf("%w: computed %08x, stored %08x", ErrChecksum, crc, s.CRC))
	}
	t := Tensor{Name: s.Name, Kind: TensorKind(s.Kind), Rows: s.Rows, Cols: s.Cols}
	at, err := 0, error(nil)
	switch {
	case u.memory == nil:
	case s.DType == Int8:
		at, err = t.checkInt8(valuesIn[int8](u.memory), group)
	case !finite || u.version == 1: // whose padding may be wrong
		t.Data = valuesIn[float32](u.memory)
		at, err = t.checkValues(group)
	}
	if err != nil {
		return wrong(u.lines.place(at*u.lines.size), err)
	}
	return nil
}
