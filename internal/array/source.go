package array

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// Source is an array to be written, whose values come into being only then.
type Source struct {
	Name  string
	Type  Type
	Shape []int
	// Data writes the array's bytes, little-endian and in C order. It gives
	// the same at every call.
	Data func(w io.Writer) error
}

// Rows returns a float32 array whose rows, the values that differ in the last
// index alone, are made one by one: fill gives dst the values of row i, all
// other indices in C order. dst is zero before.
func Rows(name string, shape []int, fill func(dst []float32, i int)) Source {
	return Source{Name: name, Type: F32, Shape: shape, Data: func(w io.Writer) error {
		rows, cols := Count(shape[:len(shape)-1]), shape[len(shape)-1]
		v, b := make([]float32, cols), make([]byte, 4*cols)
		for i := range rows {
			clear(v)
			fill(v, i)
			for j, x := range v {
				binary.LittleEndian.PutUint32(b[4*j:], math.Float32bits(x))
			}
			if _, err := w.Write(b); err != nil {
				return err
			}
		}
		return nil
	}}
}

// Codes is Rows for an array of int8.
func Codes(name string, shape []int, fill func(dst []int8, i int)) Source {
	return Source{Name: name, Type: I8, Shape: shape, Data: func(w io.Writer) error {
		rows, cols := Count(shape[:len(shape)-1]), shape[len(shape)-1]
		v, b := make([]int8, cols), make([]byte, cols)
		for i := range rows {
			clear(v)
			fill(v, i)
			for j, x := range v {
				b[j] = byte(x)
			}
			if _, err := w.Write(b); err != nil {
				return err
			}
		}
		return nil
	}}
}

// String returns an array of type Text.
func String(name, text string) Source {
	return Array{Name: name, Type: Text, Data: []byte(text)}.Source()
}

// Source returns a as an array to be written.
func (a Array) Source() Source {
	return Source{a.Name, a.Type, a.Shape, func(w io.Writer) error {
		_, err := w.Write(a.Data)
		return err
	}}
}

// Bytes returns the size of s, whose type must have a fixed one.
func (s Source) Bytes() (int64, error) {
	if s.Type.Size() == 0 {
		return 0, fmt.Errorf("array %s: %w %s", Quote(s.Name), ErrType, s.Type)
	}
	n, err := Bytes(s.Shape, s.Type.Size())
	if err != nil {
		return 0, fmt.Errorf("array %s: %w", Quote(s.Name), err)
	}
	return n, nil
}

// Total returns the size of all arrays, at most MaxBytes.
func Total(sources []Source) (int64, error) {
	var total int64
	for _, s := range sources {
		n, err := s.Bytes()
		if err != nil {
			return 0, err
		}
		if total += n; total > MaxBytes {
			return 0, fmt.Errorf("%w: the arrays take more than %d bytes", ErrTooLarge, int64(MaxBytes))
		}
	}
	return total, nil
}
