package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pffedge/pffedge/simd/_asm/arm64/asm"
)

// register is a vector register. It gets its number when its kernel is
// written out.
type register struct {
	number int
	held   bool // throughout the kernel, so that the loop may change it
}

// String lets registers stand among the arguments of a format.
func (r *register) String() string { return strconv.Itoa(r.number) }

// instruction is one line of a kernel.
type instruction struct {
	write     func(format string, args ...any) // Func.Gnu, Func.Go or Func.Comment
	format    string
	args      []any
	sets      []*register
	reads     []*register
	hoistable bool // reads only constant memory
}

// program is the body of a kernel's loop: it is recorded, then registers are
// chosen, then it is written.
type program []instruction

// hoistDistance is how many lines before its use a constant is loaded: an
// in-order core waits three or four cycles for a load.
const hoistDistance = 6

// hoisted moves loads of constants forward.
func (p program) hoisted() program {
	var out program
	for _, in := range p {
		at := len(out)
		if in.hoistable {
			at = max(0, at-hoistDistance)
		}
		out = slices.Insert(out, at, in)
	}
	return out
}

// assign numbers the registers that p sets, out of the free ones; a register
// is free again after the last instruction that reads it.
func (p program) assign(free []int) error {
	last := map[*register]int{}
	for i, in := range p {
		for _, r := range in.reads {
			last[r] = i
		}
	}
	numbered := map[*register]bool{}
	for i, in := range p {
		for _, r := range in.reads {
			if numbered[r] && last[r] == i {
				free = append(free, r.number)
				numbered[r] = false
			}
		}
		for _, r := range in.sets {
			switch _, used := last[r]; {
			case r.held || numbered[r]:
			case !used:
				return fmt.Errorf("%s: the result is never read", in.format)
			case len(free) == 0:
				return fmt.Errorf("%s: no register is free", in.format)
			default:
				r.number, free = free[len(free)-1], free[:len(free)-1]
				numbered[r] = true
			}
		}
	}
	return nil
}

func (p program) emit() {
	for _, in := range p {
		in.write(in.format, in.args...)
	}
}

// kernel is the function being written.
type kernel struct {
	*asm.Func
	body program
	step int      // elements that one pass of the loop takes
	held []string // what each held register is, by its number
	next int      // the first free general register
	tab  string   // the register with the address of the constants, or ""
}

// newKernel starts a function whose parameter n counts elements; they are
// taken step at a time. name is the Go kernel's without the word Generic.
func newKernel(f *asm.File, name, doc string, step int, params ...string) *kernel {
	k := &kernel{step: step}
	k.Func = f.Func(name+"NEON", fmt.Sprintf("%sNEON is %sGeneric for n a positive multiple of %d%s.", name, name, step, doc), params...)
	return k
}

func (k *kernel) add(in instruction) { k.body = append(k.body, in) }

// note records a comment.
func (k *kernel) note(format string, args ...any) {
	k.add(instruction{write: k.Comment, format: format, args: args})
}

// gnu records an instruction; registers among args[1:] are read, args[0] is
// set.
func (k *kernel) gnu(format string, args ...any) {
	in := instruction{write: k.Gnu, format: format, args: args, sets: []*register{args[0].(*register)}}
	for _, a := range args[1:] {
		if r, ok := a.(*register); ok {
			in.reads = append(in.reads, r)
		}
	}
	k.add(in)
}

// general returns a fresh general register.
func (k *kernel) general() string {
	k.next++
	return fmt.Sprintf("R%d", k.next-1)
}

// hold returns a register that belongs to the kernel throughout.
func (k *kernel) hold(what string) *register {
	k.held = append(k.held, what)
	return &register{number: len(k.held) - 1, held: true}
}

// table returns the general register with the address of the constants.
func (k *kernel) table() string {
	if k.tab == "" {
		k.tab = k.general()
		k.Address(constants.name, k.tab)
	}
	return k.tab
}

// loop writes the recorded body as a loop over n.
func (k *kernel) loop() {
	n := k.general()
	k.Arg("n", n)
	var free []int
	var held []string
	for v := 31; v >= len(k.held); v-- {
		free = append(free, v)
	}
	body := k.body.hoisted()
	if err := body.assign(free); err != nil {
		panic(fmt.Sprintf("%v: %v", k.held, err))
	}
	for v, what := range k.held {
		held = append(held, fmt.Sprintf("v%d %s", v, what))
	}
	if held != nil {
		k.Comment("%s", strings.Join(held, ", "))
	}
	k.Label("next")
	body.emit()
	k.Go("SUBS $%d, %s, %s", k.step, n, n)
	k.Go("BNE next")
}
