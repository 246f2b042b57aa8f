package npz

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pffedge/pffedge/internal/array"
)

// descrs are NumPy's names of types, as they are written.
var descrs = map[array.Type]string{
	array.F16: "<f2", array.F32: "<f4", array.F64: "<f8", array.I8: "|i1", array.U8: "|u1", array.Bool: "|b1",
	"I16": "<i2", "I32": "<i4", "I64": "<i8", "U16": "<u2", "U32": "<u4", "U64": "<u8",
}

// numbers are the types by NumPy's names without their byte order.
var numbers = func() map[string]array.Type {
	m := map[string]array.Type{}
	for t, name := range descrs {
		m[name[1:]] = t
	}
	return m
}()

// descr is what a header says of the values.
type descr struct {
	dtype     array.Type
	size      int // bytes of a value
	unit      int // bytes that have an order
	bigEndian bool
	wide      bool // of Text: four bytes a character, not one
}

// maxTextBytes bounds a string.
const maxTextBytes = 1 << 27

func parseDescr(name string) (d descr, err error) {
	wrong := fmt.Errorf("%w: NumPy type %s", array.ErrType, array.Quote(name))
	if len(name) < 2 || !strings.ContainsRune("<>|=", rune(name[0])) {
		return d, wrong
	}
	d.bigEndian = name[0] == '>'
	if t, known := numbers[name[1:]]; known {
		d.dtype, d.size, d.unit = t, t.Size(), t.Size()
		if d.unit > 1 && name[0] == '|' {
			return d, wrong
		}
		return d, nil
	}
	n, err := strconv.ParseUint(name[2:], 10, 31)
	switch {
	case err != nil || n == 0 || name[1] != 'U' && name[1] != 'S':
		return d, wrong
	case n > maxTextBytes/4:
		return d, fmt.Errorf("%w: a string of %d characters, at most %d allowed", array.ErrTooLarge, n, maxTextBytes/4)
	}
	d.dtype, d.unit, d.wide = array.Text, 1, name[1] == 'U'
	if d.wide {
		d.unit = 4
	}
	d.size = int(n) * d.unit
	return d, nil
}

// utf8 returns the UTF-8 of a string, which NumPy fills up with zeros.
func (d descr) utf8(data []byte) ([]byte, error) {
	text := data
	if d.wide {
		text = nil
		for ; len(data) > 0; data = data[4:] {
			r := binary.LittleEndian.Uint32(data)
			if r > utf8.MaxRune || !utf8.ValidRune(rune(r)) {
				return nil, fmt.Errorf("%w: %#x is no character", array.ErrValue, r)
			}
			text = utf8.AppendRune(text, rune(r))
		}
	}
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("%w: the string is not UTF-8", array.ErrValue)
	}
	return bytes.TrimRight(text, "\x00"), nil
}

// unicode returns the type and the data of a string as NumPy has it: 32 bits a
// character, at least one of them.
func unicode(a array.Source) (descr string, data func(io.Writer) error, err error) {
	var text bytes.Buffer
	if err := a.Data(&text); err != nil {
		return "", nil, err
	}
	if !utf8.Valid(text.Bytes()) || text.Len() > maxTextBytes/4 {
		return "", nil, fmt.Errorf("%w: a string of %d bytes, want at most %d of UTF-8", array.ErrValue, text.Len(), maxTextBytes/4)
	}
	var b []byte
	for _, r := range text.String() {
		b = binary.LittleEndian.AppendUint32(b, uint32(r))
	}
	if len(b) == 0 {
		b = make([]byte, 4)
	}
	return fmt.Sprintf("<U%d", len(b)/4), func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	}, nil
}
