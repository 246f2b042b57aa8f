package runtime

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"

	"github.com/pffedge/pffedge/model"
)

// AddClass is the operation that gives a learner's model a class more, the last,
// see model.Model.AddClass.
type AddClass struct{ Class string }

// Kind implements Operation.
func (a *AddClass) Kind() OperationKind { return KindAddClass }

// An AddClass' payload: u16 0, u16 c, c bytes of the class' name; little-endian.
const addClassHeadBytes = 4

// Append implements Operation.
func (a *AddClass) Append(b []byte) ([]byte, error) {
	if !validClassName(a.Class) {
		return b, errClassName(a.Class)
	}
	b = binary.LittleEndian.AppendUint16(append(b, 0, 0), uint16(len(a.Class)))
	return append(b, a.Class...), nil
}

func decodeAddClass(b []byte) (*AddClass, error) {
	if len(b) < addClassHeadBytes {
		return nil, fmt.Errorf("%w: %d bytes, want at least %d", ErrOperation, len(b), addClassHeadBytes)
	}
	le := binary.LittleEndian
	flags, n := le.Uint16(b), int(le.Uint16(b[2:]))
	a := &AddClass{Class: string(b[addClassHeadBytes:])}
	switch {
	case flags != 0:
		return nil, fmt.Errorf("%w: a class with flags %#x", model.ErrVersion, flags)
	case len(b) != addClassHeadBytes+n:
		return nil, fmt.Errorf("%w: %d bytes for a class name of %d", ErrOperation, len(b), n)
	case !validClassName(a.Class):
		return nil, errClassName(a.Class)
	}
	return a, nil
}

func validClassName(name string) bool {
	return name != "" && len(name) <= maxClassNameSize && utf8.ValidString(name)
}

func errClassName(name string) error {
	return fmt.Errorf("%w: a class name of %d bytes, want 1…%d of UTF-8", ErrOperation, len(name), maxClassNameSize)
}
