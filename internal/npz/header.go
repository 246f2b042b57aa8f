package npz

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pffedge/pffedge/internal/array"
)

// header is what precedes the data of a .npy file.
type header struct {
	descr   string
	fortran bool
	shape   []int
}

// parseHeader reads the Python literal of a header, a dict of exactly the keys
// descr, fortran_order and shape.
func parseHeader(text string) (*header, error) {
	h, p := &header{}, &literal{rest: text}
	seen := map[string]bool{}
	p.expect("{")
	for p.err == nil && !p.accept("}") {
		key := p.text()
		p.expect(":")
		if seen[key] {
			p.fail("key %s comes twice", array.Quote(key))
		}
		seen[key] = true
		switch key {
		case "descr":
			h.descr = p.descr()
		case "fortran_order":
			h.fortran = p.boolean()
		case "shape":
			h.shape = p.tuple()
		default:
			p.fail("unknown key %s", array.Quote(key))
		}
		if !p.accept(",") {
			p.expect("}")
			break
		}
	}
	if p.skip(); p.err == nil && p.rest != "" {
		p.fail("more after the dict")
	}
	if p.err == nil && len(seen) != 3 {
		p.fail("want the keys descr, fortran_order and shape")
	}
	return h, p.err
}

// literal is what remains to be read of a Python literal, and the first error
// met.
type literal struct {
	rest string
	err  error
}

func (p *literal) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("%w: header: %s", array.ErrFormat, fmt.Sprintf(format, args...))
	}
}

func (p *literal) skip() { p.rest = strings.TrimLeft(p.rest, " \t\r\n\f") }

// accept takes a word if it is next.
func (p *literal) accept(word string) bool {
	p.skip()
	rest, found := strings.CutPrefix(p.rest, word)
	if found && p.err == nil {
		p.rest = rest
		return true
	}
	return false
}

func (p *literal) expect(word string) {
	if !p.accept(word) {
		p.fail("%s where %s belongs", array.Quote(p.rest[:min(len(p.rest), 20)]), word)
	}
}

// text reads a string in quotes of either kind, without escapes.
func (p *literal) text() string {
	quote := `'`
	if !p.accept(quote) {
		quote = `"`
		p.expect(quote)
	}
	s, rest, found := strings.Cut(p.rest, quote)
	if !found || strings.ContainsAny(s, "\\\n") {
		p.fail("a string does not end")
		return ""
	}
	p.rest = rest
	return s
}

func (p *literal) descr() string {
	if p.accept("[") && p.err == nil {
		p.err = fmt.Errorf("%w: an array of records, want one of numbers", array.ErrType)
	}
	return p.text()
}

func (p *literal) boolean() bool {
	if p.accept("True") {
		return true
	}
	p.expect("False")
	return false
}

// tuple reads a tuple of numbers, which may have the L of Python 2.
func (p *literal) tuple() []int {
	shape := []int{}
	p.expect("(")
	for p.err == nil && !p.accept(")") {
		p.skip()
		digits := len(p.rest) - len(strings.TrimLeft(p.rest, "0123456789"))
		n, err := strconv.ParseUint(p.rest[:digits], 10, 31)
		if err != nil {
			p.fail("%s in the shape, want a number of 0…2147483647", array.Quote(p.rest[:min(len(p.rest), max(digits, 1))]))
			break
		}
		p.rest = p.rest[digits:]
		shape = append(shape, int(n))
		p.accept("L")
		if len(shape) > array.MaxRank {
			p.fail("more than %d dimensions", array.MaxRank)
		}
		if !p.accept(",") {
			p.expect(")")
			break
		}
	}
	return shape
}
