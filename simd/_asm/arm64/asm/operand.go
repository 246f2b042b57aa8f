package asm

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// operand is one operand of an instruction, in GNU syntax.
type operand struct {
	kind byte // a letter of a form's pattern, see parseOperand
	reg  uint32
	arr  string // 4s of v0.4s, s of v0.s[1], s of s0; w or x
	elem uint32 // lane number
	imm  int64
	f    float64
	text string
}

var (
	vectorSyntax  = regexp.MustCompile(`^v(\d+)\.(8b|16b|4h|8h|2s|4s|1d|2d)$`)
	elementSyntax = regexp.MustCompile(`^v(\d+)\.(b|h|s|d|4b)\[(\d+)\]$`)
	scalarSyntax  = regexp.MustCompile(`^([bhsdq])(\d+)$`)
	generalSyntax = regexp.MustCompile(`^([wx])(\d+)$`)
	integerSyntax = regexp.MustCompile(`^#(-?(?:0x[0-9a-f]+|\d+))$`)
	floatSyntax   = regexp.MustCompile(`^#(-?\d+\.\d+)$`)
	shiftSyntax   = regexp.MustCompile(`^lsl #(\d+)$`)
	tableSyntax   = regexp.MustCompile(`^\{v(\d+)\.16b\}$`)
)

// parseOperand recognises
//
//	v  v3.4s          e  v3.s[1]     s  s3
//	r  w3, x3         i  #3, #0x3    f  #0.5
//	l  lsl #8         t  {v3.16b}
func parseOperand(text string) (operand, error) {
	o := operand{text: text}
	var number string
	switch {
	case bind(vectorSyntax, text, &number, &o.arr):
		o.kind = 'v'
	case bind(elementSyntax, text, &number, &o.arr, &o.elem):
		o.kind = 'e'
	case bind(scalarSyntax, text, &o.arr, &number):
		o.kind = 's'
	case bind(generalSyntax, text, &o.arr, &number):
		o.kind = 'r'
	case bind(tableSyntax, text, &number):
		o.kind, o.arr = 't', "16b"
	case bind(integerSyntax, text, &o.imm):
		o.kind = 'i'
		return o, nil
	case bind(floatSyntax, text, &o.f):
		o.kind = 'f'
		return o, nil
	case bind(shiftSyntax, text, &o.imm):
		o.kind = 'l'
		return o, nil
	default:
		return o, fmt.Errorf("operand %q is not understood", text)
	}
	return o.withRegister(number)
}

// withRegister sets the register and refuses those that Go reserves: R18 is
// the platform's, R27 the assembler's, R28 the goroutine, R29 and R30 frame
// and link, R31 the stack pointer.
func (o operand) withRegister(number string) (operand, error) {
	n, err := strconv.ParseUint(number, 10, 8)
	if err != nil || n > 31 {
		return o, fmt.Errorf("operand %q: no such register", o.text)
	}
	if o.kind == 'r' && (n == 18 || n >= 27) {
		return o, fmt.Errorf("operand %q: register reserved by Go", o.text)
	}
	o.reg = uint32(n)
	return o, nil
}

// bind stores the groups of a match in to.
func bind(syntax *regexp.Regexp, text string, to ...any) bool {
	m := syntax.FindStringSubmatch(text)
	if m == nil {
		return false
	}
	for i, p := range to {
		var err error
		switch p := p.(type) {
		case *string:
			*p = m[i+1]
		case *uint32:
			var n uint64
			n, err = strconv.ParseUint(m[i+1], 10, 8)
			*p = uint32(n)
		case *int64:
			*p, err = strconv.ParseInt(m[i+1], 0, 64)
		case *float64:
			*p, err = strconv.ParseFloat(m[i+1], 64)
		}
		if err != nil {
			return false
		}
	}
	return true
}

// parse splits an instruction into its mnemonic and operands.
func parse(text string) (mnemonic string, operands []operand, err error) {
	mnemonic, rest, _ := strings.Cut(text, " ")
	for part := range strings.SplitSeq(rest, ",") {
		o, err := parseOperand(strings.TrimSpace(part))
		if err != nil {
			return "", nil, err
		}
		operands = append(operands, o)
	}
	return mnemonic, operands, nil
}

// arrangement is the shape of a vector: total width and width of a lane.
type arrangement struct {
	q    uint32 // 1: all 128 bits
	size uint32 // log2 of a lane's bytes
}

var arrangements = map[string]arrangement{
	"8b": {0, 0}, "16b": {1, 0}, "4h": {0, 1}, "8h": {1, 1}, "2s": {0, 2}, "4s": {1, 2}, "1d": {0, 3}, "2d": {1, 3},
}

var laneSizes = map[string]uint32{"b": 0, "h": 1, "s": 2, "d": 3}

func (o operand) q() uint32    { return arrangements[o.arr].q }
func (o operand) size() uint32 { return arrangements[o.arr].size }
