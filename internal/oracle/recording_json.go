package oracle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// object is a decoded JSON object, its values still text.
type object map[string]json.RawMessage

// decoder turns JSON text that is known to be well-formed into matrices of
// known shapes. It keeps the first error; what it returns after one is
// meaningless.
type decoder struct {
	step int // of the quantity being decoded, or −1
	err  error
}

func (d *decoder) fail(path, reason string) {
	if d.err == nil {
		d.err = &RecordingError{Step: d.step, Quantity: path, Reason: reason}
	}
}

// checkSyntax reports where data stops being one JSON value.
func checkSyntax(data []byte) error {
	var raw json.RawMessage
	err := json.Unmarshal(data, &raw)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		line := 1 + bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte("\n"))
		return fmt.Errorf("%w: line %d, byte %d: %v", ErrRecording, line, syntax.Offset, err)
	}
	if err != nil {
		return fmt.Errorf("%w: %v", ErrRecording, err)
	}
	return nil
}

// open starts reading raw, which must be a JSON list or object by delim.
func (d *decoder) open(path string, raw json.RawMessage, delim json.Delim) *json.Decoder {
	if len(raw) == 0 {
		d.fail(path, "missing")
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if token, err := dec.Token(); err != nil || token != delim {
		d.fail(path, "want "+map[json.Delim]string{'[': "a list", '{': "an object"}[delim])
		return nil
	}
	return dec
}

// maxObjectKeys is far above the number of quantities in any object.
const maxObjectKeys = 256

// object decodes a JSON object; each name may stand in it once.
func (d *decoder) object(path string, raw json.RawMessage) object {
	o := object{}
	dec := d.open(path, raw, '{')
	for dec != nil && dec.More() {
		key, err := dec.Token()
		name, ok := key.(string)
		if err != nil || !ok {
			d.fail(path, "unreadable name")
			break
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			d.fail(path, err.Error())
			break
		}
		if _, twice := o[name]; twice || len(o) == maxObjectKeys {
			d.fail(path, fmt.Sprintf("%.40q is there twice, or more than %d names", name, maxObjectKeys))
			break
		}
		o[name] = value
	}
	return o
}

func (d *decoder) child(o object, name string) object { return d.object(name, o[name]) }

// list decodes a JSON list of exactly n elements.
func (d *decoder) list(path string, raw json.RawMessage, n int) []json.RawMessage {
	list := make([]json.RawMessage, n)
	dec := d.open(path, raw, '[')
	if dec == nil {
		return list
	}
	i := 0
	for ; dec.More() && i < n; i++ {
		if err := dec.Decode(&list[i]); err != nil {
			d.fail(path, err.Error())
			return list
		}
	}
	if i < n || dec.More() {
		d.fail(path, fmt.Sprintf("not %d long", n))
	}
	return list
}

// matrix decodes a list of rows lists of cols numbers. Memory is taken row by
// row as the text proves to be there.
func (d *decoder) matrix(path string, raw json.RawMessage, rows, cols int) Matrix {
	var m Matrix
	d.exactRows(path, raw, rows, func(i int) []float64 {
		m = append(m, make([]float64, cols))
		return m[i]
	})
	return m
}

// fill decodes a list of lists of numbers of m's shape into m.
func (d *decoder) fill(path string, raw json.RawMessage, m Matrix) {
	d.exactRows(path, raw, len(m), func(i int) []float64 { return m[i] })
}

// anyRows decodes a list of one or more lists of cols numbers.
func (d *decoder) anyRows(path string, raw json.RawMessage, cols int) Matrix {
	var m Matrix
	n := d.rows(path, raw, func(i int) []float64 {
		m = append(m, make([]float64, cols))
		return m[i]
	})
	if n == 0 {
		d.fail(path, "no rows")
	}
	return m
}

func (d *decoder) exactRows(path string, raw json.RawMessage, want int, dst func(i int) []float64) {
	n := d.rows(path, raw, func(i int) []float64 {
		if i == want {
			return nil
		}
		return dst(i)
	})
	if n != want {
		d.fail(path, fmt.Sprintf("%d rows, want %d", n, want))
	}
}

// rows decodes a list of lists of numbers, row i into dst(i), which it must
// fill, and returns how many there are. A nil dst(i) is a row too many. It does
// nothing after an error.
func (d *decoder) rows(path string, raw json.RawMessage, dst func(i int) []float64) int {
	if d.err != nil {
		return 0
	}
	dec := d.open(path, raw, '[')
	if dec == nil {
		return 0
	}
	i := 0
	for ; dec.More(); i++ {
		if token, err := dec.Token(); err != nil || token != json.Delim('[') {
			d.fail(path, fmt.Sprintf("row %d: want a list of numbers", i))
			return i
		}
		row := dst(i)
		if row == nil {
			d.fail(path, fmt.Sprintf("more than %d rows", i))
			return i
		}
		if !d.row(path, dec, i, row) {
			return i
		}
	}
	return i
}

// row decodes the rest of row i into dst and reports success.
func (d *decoder) row(path string, dec *json.Decoder, i int, dst []float64) bool {
	j := 0
	for ; dec.More(); j++ {
		token, err := dec.Token()
		v, ok := token.(float64)
		if err != nil || !ok {
			d.fail(path, fmt.Sprintf("row %d, column %d: want a finite number", i, j))
			return false
		}
		if j == len(dst) {
			d.fail(path, fmt.Sprintf("row %d has more than %d values", i, j))
			return false
		}
		dst[j] = v
	}
	if j != len(dst) {
		d.fail(path, fmt.Sprintf("row %d has %d values, want %d", i, j, len(dst)))
		return false
	}
	_, err := dec.Token() // the closing bracket
	return err == nil
}

// number decodes a finite number.
func (d *decoder) number(path string, raw json.RawMessage) float64 {
	if len(raw) == 0 {
		d.fail(path, "missing")
		return 0
	}
	var v *float64
	if err := json.Unmarshal(raw, &v); err != nil || v == nil {
		d.fail(path, "want a finite number")
		return 0
	}
	return *v
}

// between decodes a number and checks low ≤ number ≤ high.
func (d *decoder) between(path string, raw json.RawMessage, low, high float64) float64 {
	v := d.number(path, raw)
	if d.err == nil && (v < low || v > high) {
		d.fail(path, fmt.Sprintf("%v, want %v…%v", v, low, high))
	}
	return v
}

// integer decodes a whole number and checks low ≤ number ≤ high.
func (d *decoder) integer(path string, raw json.RawMessage, low, high int) int {
	v := d.between(path, raw, float64(low), float64(high))
	if v != float64(int(v)) {
		d.fail(path, fmt.Sprintf("%v is not a whole number", v))
	}
	if d.err != nil {
		return low
	}
	return int(v)
}
