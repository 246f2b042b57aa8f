package npz

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/pffedge/pffedge/internal/array"
)

// magic begins a .npy file; the two bytes of its version follow.
const magic = "\x93NUMPY"

// maxHeaderBytes bounds the header of an array, which names its type and
// shape.
const maxHeaderBytes = 1 << 16

// alignment is where the data of an array that is written begin: a multiple
// of it.
const alignment = 64

// ReadArray reads a .npy file, which must end where r ends, as an array
// without a name: versions 1.0 to 3.0, C or Fortran order, any byte order, of
// numbers, or a single string.
func ReadArray(r io.Reader) (a array.Array, err error) {
	text, err := readHeader(r)
	if err != nil {
		return a, err
	}
	h, err := parseHeader(text)
	if err != nil {
		return a, err
	}
	d, err := parseDescr(h.descr)
	if err != nil {
		return a, err
	}
	if d.dtype == array.Text && array.Count(h.shape) != 1 {
		return a, fmt.Errorf("%w: strings in shape %v, want a single one", array.ErrType, h.shape)
	}
	n, err := array.Bytes(h.shape, d.size)
	if err != nil {
		return a, err
	}
	a = array.Array{Type: d.dtype, Shape: h.shape}
	if a.Data, err = array.Read(r, n); err != nil {
		return a, err
	}
	if err := array.End(r); err != nil {
		return a, err
	}
	return a, d.arrange(&a, h.fortran)
}

// arrange brings the data of an array, as they were read, into the order of
// package array.
func (d descr) arrange(a *array.Array, fortran bool) (err error) {
	if d.bigEndian {
		reverse(a.Data, d.unit)
	}
	if d.dtype == array.Text {
		a.Shape = nil
		a.Data, err = d.utf8(a.Data)
		return err
	}
	if fortran {
		a.Data = toC(a.Data, a.Shape, d.size)
	}
	return nil
}

// readHeader returns the text of the header.
func readHeader(r io.Reader) (string, error) {
	b, err := array.Read(r, int64(len(magic)+2))
	if err != nil {
		return "", err
	}
	if !bytes.HasPrefix(b, []byte(magic)) {
		return "", fmt.Errorf("%w: it does not begin with the signature of a .npy file", array.ErrFormat)
	}
	major, minor := b[len(magic)], b[len(magic)+1]
	if major < 1 || major > 3 || minor != 0 {
		return "", fmt.Errorf("%w: .npy version %d.%d, want 1.0 to 3.0", array.ErrFormat, major, minor)
	}
	width := 4
	if major == 1 {
		width = 2
	}
	var length [4]byte
	if b, err = array.Read(r, int64(width)); err != nil {
		return "", err
	}
	copy(length[:], b)
	n := binary.LittleEndian.Uint32(length[:])
	if n > maxHeaderBytes {
		return "", fmt.Errorf("%w: a header of %d bytes, at most %d allowed", array.ErrTooLarge, n, maxHeaderBytes)
	}
	b, err = array.Read(r, int64(n))
	return string(b), err
}

// reverse turns the bytes of every unit of size bytes round.
func reverse(data []byte, size int) {
	for ; len(data) >= size; data = data[size:] {
		for i, j := 0, size-1; i < j; i, j = i+1, j-1 {
			data[i], data[j] = data[j], data[i]
		}
	}
}

// toC brings data from Fortran order, the first index varying fastest, into C
// order.
func toC(data []byte, shape []int, size int) []byte {
	if len(shape) < 2 || len(data) == 0 {
		return data
	}
	strides := make([]int, len(shape)) // in data, in bytes
	stride := size
	for i, d := range shape {
		strides[i] = stride
		stride *= d
	}
	out := make([]byte, 0, len(data))
	index := make([]int, len(shape))
	for at := 0; ; {
		out = append(out, data[at:at+size]...)
		i := len(shape) - 1
		for ; i >= 0; i-- {
			at += strides[i]
			if index[i]++; index[i] < shape[i] {
				break
			}
			at -= index[i] * strides[i]
			index[i] = 0
		}
		if i < 0 {
			return out
		}
	}
}

// WriteArray writes a .npy file of version 1.0, in C order.
func WriteArray(w io.Writer, a array.Source) error {
	descr, data := descrs[a.Type], a.Data
	if a.Type == array.Text {
		var err error
		if descr, data, err = unicode(a); err != nil {
			return err
		}
	} else if _, err := a.Bytes(); err != nil {
		return err
	}
	if descr == "" {
		return fmt.Errorf("%w: NumPy has no %s", array.ErrType, a.Type)
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }", descr, tuple(a.Shape))
	const before = len(magic) + 4 // signature, version, length
	for (before+len(text)+1)%alignment != 0 {
		text += " "
	}
	head := append([]byte(magic), 1, 0)
	head = binary.LittleEndian.AppendUint16(head, uint16(len(text)+1))
	if _, err := w.Write(append(append(head, text...), '\n')); err != nil {
		return err
	}
	return data(w)
}

// tuple returns a shape as Python writes it: (), (2,), (2, 3).
func tuple(shape []int) string {
	var list []string
	for _, d := range shape {
		list = append(list, strconv.Itoa(d))
	}
	if len(list) == 1 {
		return "(" + list[0] + ",)"
	}
	return "(" + strings.Join(list, ", ") + ")"
}
