package main

import (
	"slices"
	"strings"
	"testing"
)

// line returns an instruction that sets and reads registers.
func line(format string, set *register, reads ...*register) instruction {
	in := instruction{format: format, reads: reads}
	if set != nil {
		in.sets = []*register{set}
	}
	return in
}

func TestAssignReusesRegisters(t *testing.T) {
	a, b, c, held := &register{}, &register{}, &register{}, &register{number: 9, held: true}
	p := program{
		line("load a", a),
		line("load b", b),
		line("c = a+b", c, a, b), // the last time that a and b are read
		line("held += c", held, held, c),
	}
	if err := p.assign([]int{2, 1}); err != nil {
		t.Fatal(err)
	}
	if a.number == b.number || held.number != 9 {
		t.Errorf("a, b, held in v%v, v%v, v%v", a, b, held)
	}
	if c.number != a.number && c.number != b.number {
		t.Errorf("c in v%v, though only v%v and v%v are free", c, a, b)
	}
}

// TestAssignKeepsWhatIsStillRead follows a value across others.
func TestAssignKeepsWhatIsStillRead(t *testing.T) {
	long, x, y := &register{}, &register{}, &register{}
	p := program{line("long", long), line("x", x, long), line("y", y, x), line("store", nil, y, long)}
	if err := p.assign([]int{3, 2, 1}); err != nil {
		t.Fatal(err)
	}
	if x.number == long.number || y.number == long.number {
		t.Errorf("long in v%v, x in v%v, y in v%v", long, x, y)
	}
}

func TestAssignRefuses(t *testing.T) {
	a, b := &register{}, &register{}
	err := program{line("a", a), line("b", b), line("store", nil, a, b)}.assign([]int{1})
	if err == nil || !strings.Contains(err.Error(), "no register is free") {
		t.Errorf("two values in one register: %v", err)
	}
	err = program{line("a", a)}.assign([]int{1})
	if err == nil || !strings.Contains(err.Error(), "never read") {
		t.Errorf("a result that nobody reads: %v", err)
	}
}

func TestHoisted(t *testing.T) {
	var p program
	for _, name := range strings.Fields("0 1 2 3 4 5 6 7") {
		p = append(p, line(name, nil))
	}
	constant := line("constant", nil)
	constant.hoistable = true
	p = slices.Insert(p, 7, constant)
	p = slices.Insert(p, 2, constant)
	var got []string
	for _, in := range p.hoisted() {
		got = append(got, in.format)
	}
	if s := strings.Join(got, " "); s != "constant 0 constant 1 2 3 4 5 6 7" {
		t.Error(s)
	}
}
