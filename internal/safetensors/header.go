package safetensors

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/pffedge/pffedge/internal/array"
)

// entry is an array as the header describes it.
type entry struct {
	name       string
	dtype      array.Type
	shape      []int
	begin, end int64 // of its data, from where the header ends
}

type parsed struct {
	metadata map[string]string
	entries  []entry // in the order of their data
}

// parseHeader reads a header and enforces the rules of the format: one JSON
// object from the first byte on and spaces behind it, no key twice, sizes that
// follow from types and shapes, data without holes and overlaps.
func parseHeader(text []byte) (*parsed, error) {
	switch {
	case len(text) == 0 || text[0] != '{':
		return nil, fmt.Errorf("%w: it does not begin with {; is this a safetensors file?", array.ErrFormat)
	case !utf8.Valid(text):
		return nil, fmt.Errorf("%w: it is not UTF-8", array.ErrFormat)
	}
	h := &parsed{}
	r := &objects{json.NewDecoder(bytes.NewReader(text))}
	r.UseNumber()
	err := r.object(func(key string) (err error) {
		if key == metadataKey {
			h.metadata, err = r.metadata()
			return err
		}
		e := entry{name: key}
		err = r.entry(&e)
		h.entries = append(h.entries, e)
		return err
	})
	if err != nil {
		return nil, malformed(err)
	}
	if rest := text[r.InputOffset():]; len(bytes.Trim(rest, " ")) > 0 {
		return nil, fmt.Errorf("%w: more than spaces after the object", array.ErrFormat)
	}
	return h, h.checkPlaces()
}

// malformed marks errors of the JSON decoder.
func malformed(err error) error {
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: the object does not end", array.ErrFormat)
	case errors.Is(err, array.ErrFormat) || errors.Is(err, array.ErrTooLarge) || errors.Is(err, array.ErrType):
		return err
	}
	return fmt.Errorf("%w: %w", array.ErrFormat, err)
}

// checkPlaces sorts the entries by place and demands that each begins where
// the one before it ends.
func (h *parsed) checkPlaces() error {
	slices.SortStableFunc(h.entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end))
	})
	at := int64(0)
	for _, e := range h.entries {
		if e.begin != at {
			return fmt.Errorf("%w: array %s begins at byte %d of the data, want %d: no holes, no overlaps", array.ErrFormat, array.Quote(e.name), e.begin, at)
		}
		at = e.end
	}
	if at > array.MaxBytes {
		return fmt.Errorf("%w: %d bytes of data, at most %d allowed", array.ErrTooLarge, at, int64(array.MaxBytes))
	}
	return nil
}

// objects reads JSON objects key by key.
type objects struct{ *json.Decoder }

// object reads an object: value reads the value of a key. A key that comes
// twice is an error.
func (r *objects) object(value func(key string) error) error {
	t, err := r.Token()
	if err != nil {
		return err
	}
	if t != json.Delim('{') {
		return fmt.Errorf("%w: %s where an object belongs", array.ErrFormat, shown(t))
	}
	seen := map[string]bool{}
	for r.More() {
		t, err := r.Token()
		if err != nil {
			return err
		}
		key := t.(string) // the decoder sees to that
		if seen[key] {
			return fmt.Errorf("%w: key %s comes twice", array.ErrFormat, array.Quote(key))
		}
		seen[key] = true
		if err := value(key); err != nil {
			return err
		}
	}
	_, err = r.Token()
	return err
}

// shown returns a token for an error message.
func shown(t json.Token) string { return array.Quote(fmt.Sprint(t)) }

func (r *objects) metadata() (map[string]string, error) {
	m := map[string]string{}
	err := r.object(func(key string) error {
		text, err := r.text(key)
		m[key] = text
		return err
	})
	return m, err
}

// text reads the value of key, a string.
func (r *objects) text(key string) (string, error) {
	t, err := r.Token()
	if err != nil {
		return "", err
	}
	text, is := t.(string)
	if !is {
		return "", fmt.Errorf("%w: %s is %s, want a string", array.ErrFormat, array.Quote(key), shown(t))
	}
	return text, nil
}

// numbers reads the value of key, a list of whole numbers that are not below 0.
func (r *objects) numbers(key string) ([]int64, error) {
	t, err := r.Token()
	if err != nil {
		return nil, err
	}
	if t != json.Delim('[') {
		return nil, fmt.Errorf("%w: %s is %s, want a list of numbers", array.ErrFormat, array.Quote(key), shown(t))
	}
	list := []int64{}
	for r.More() {
		t, err := r.Token()
		if err != nil {
			return nil, err
		}
		text, _ := t.(json.Number)
		n, err := strconv.ParseUint(string(text), 10, 63)
		if err != nil {
			return nil, fmt.Errorf("%w: %s in %s, want a whole number of at least 0", array.ErrFormat, shown(t), array.Quote(key))
		}
		list = append(list, int64(n))
	}
	_, err = r.Token()
	return list, err
}

// entry reads the description of an array.
func (r *objects) entry(e *entry) error {
	var offsets []int64
	fields := 0
	err := r.object(func(key string) (err error) {
		fields++
		switch key {
		case "dtype":
			text, err := r.text(key)
			e.dtype = array.Type(text)
			return err
		case "shape":
			list, err := r.numbers(key)
			for _, d := range list {
				e.shape = append(e.shape, int(min(d, math.MaxInt32+1)))
			}
			return err
		case "data_offsets":
			offsets, err = r.numbers(key)
			return err
		}
		return fmt.Errorf("%w: unknown field %s", array.ErrFormat, array.Quote(key))
	})
	if err == nil {
		err = e.complete(fields, offsets)
	}
	if err != nil {
		return fmt.Errorf("array %s: %w", array.Quote(e.name), malformed(err))
	}
	return nil
}

// complete checks the description, which has so many fields.
func (e *entry) complete(fields int, offsets []int64) error {
	switch {
	case fields != 3 || len(offsets) != 2:
		return fmt.Errorf("%w: want a dtype, a shape and two data_offsets", array.ErrFormat)
	case e.dtype.Size() == 0:
		return fmt.Errorf("%w %s", array.ErrType, array.Quote(string(e.dtype)))
	}
	n, err := array.Bytes(e.shape, e.dtype.Size())
	if err != nil {
		return err
	}
	e.begin, e.end = offsets[0], offsets[1]
	if e.begin < 0 || e.end < e.begin || e.end-e.begin != n {
		return fmt.Errorf("%w: data from %d to %d, want %d bytes for %s of shape %v", array.ErrFormat, e.begin, e.end, n, e.dtype, e.shape)
	}
	return nil
}
