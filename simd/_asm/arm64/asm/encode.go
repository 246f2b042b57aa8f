package asm

import (
	"fmt"
	"slices"
	"strings"
)

// form is one way to write a mnemonic's operands: the letters of
// parseOperand, and what makes a word of them.
type form struct {
	pattern string
	encode  func(o []operand) (uint32, error)
}

// forms holds every instruction known, by mnemonic.
var forms = map[string][]form{}

func define(mnemonic, pattern string, encode func(o []operand) (uint32, error)) {
	forms[mnemonic] = append(forms[mnemonic], form{pattern, encode})
}

// Encode returns the word of an Advanced SIMD instruction in GNU syntax. It
// knows the instructions that Go's assembler lacks and a few more; what it
// does not know, or knows only with other operands, is an error.
func Encode(text string) (uint32, error) {
	word, err := encode(text)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", text, err)
	}
	return word, nil
}

func encode(text string) (uint32, error) {
	mnemonic, operands, err := parse(text)
	if err != nil {
		return 0, err
	}
	var pattern strings.Builder
	for _, o := range operands {
		pattern.WriteByte(o.kind)
	}
	known, ok := forms[mnemonic]
	if !ok {
		return 0, fmt.Errorf("mnemonic is not known")
	}
	for _, f := range known {
		if f.pattern == pattern.String() {
			return f.encode(operands)
		}
	}
	return 0, fmt.Errorf("no form takes these kinds of operands")
}

// one reports whether arr is one of the arrangements in list.
func one(arr, list string) bool { return slices.Contains(strings.Fields(list), arr) }

// same checks that all operands have the first one's arrangement, which must
// be one of list.
func same(o []operand, list string) error {
	for _, p := range o {
		if p.arr != o[0].arr {
			return fmt.Errorf("arrangements %s and %s differ", o[0].arr, p.arr)
		}
	}
	if !one(o[0].arr, list) {
		return fmt.Errorf("arrangement %s is not one of %s", o[0].arr, list)
	}
	return nil
}

// pair checks that the arrangements of two operands are one of pairs, each
// "wide narrow".
func pair(a, b operand, pairs ...string) error {
	if !slices.Contains(pairs, a.arr+" "+b.arr) {
		return fmt.Errorf("arrangements %s and %s: want one of %s", a.arr, b.arr, strings.Join(pairs, ", "))
	}
	return nil
}

// within checks a number against its bounds.
func within(what string, n, lo, hi int64) error {
	if n < lo || n > hi {
		return fmt.Errorf("%s %d is not %d…%d", what, n, lo, hi)
	}
	return nil
}

const (
	bytesOnly = "8b 16b"
	integers  = "8b 16b 4h 8h 2s 4s"
	all       = "8b 16b 4h 8h 2s 4s 2d"
	floats    = "2s 4s 2d"
)
