package asm

import (
	"fmt"
	"strings"
)

// Func writes one function.
type Func struct {
	file *File
	name string
	args map[string]argument
}

// argument is where a parameter lies in the frame.
type argument struct {
	offset, size int
	load         string // the instruction that loads it
}

// typesOf maps Go's parameter types to their size and load.
func typeOf(goType string) (argument, error) {
	switch {
	case strings.HasPrefix(goType, "*"), goType == "int", goType == "uintptr", goType == "int64", goType == "uint64":
		return argument{size: 8, load: "MOVD"}, nil
	case goType == "uint32":
		return argument{size: 4, load: "MOVWU"}, nil
	case goType == "int32":
		return argument{size: 4, load: "MOVW"}, nil
	case goType == "float32":
		return argument{size: 4, load: "FMOVS"}, nil
	}
	return argument{}, fmt.Errorf("parameter type %q is not known", goType)
}

// Func starts a function without results. doc becomes its comment, in Go and
// in the assembly; each parameter is "name type".
func (f *File) Func(name, doc string, params ...string) *Func {
	k := &Func{file: f, name: name, args: map[string]argument{}}
	frame := 0
	for _, param := range params {
		parameter, goType, _ := strings.Cut(param, " ")
		arg, err := typeOf(goType)
		if err != nil {
			f.fail(fmt.Errorf("%s: %w", name, err))
			return k
		}
		frame = (frame + arg.size - 1) / arg.size * arg.size
		arg.offset = frame
		frame += arg.size
		k.args[parameter] = arg
	}
	comment := "\n// " + strings.ReplaceAll(doc, "\n", "\n// ") + "\n"
	signature := fmt.Sprintf("func %s(%s)", name, strings.Join(params, ", "))
	fmt.Fprintf(&f.stubs, "%s//\n//go:noescape\n%s\n", comment, signature)
	fmt.Fprintf(&f.text, "%s//\n// %s\nTEXT ·%s(SB), NOSPLIT, $0-%d\n", comment, signature, name, frame)
	return k
}

func (k *Func) line(format string, args ...any) { fmt.Fprintf(&k.file.text, format+"\n", args...) }

// Arg loads a parameter into a register, R0… or, a float32, F0….
func (k *Func) Arg(name, register string) {
	arg, ok := k.args[name]
	if !ok {
		k.file.fail(fmt.Errorf("%s: no parameter %q", k.name, name))
	}
	k.Go("%s %s+%d(FP), %s", arg.load, name, arg.offset, register)
}

// Go writes an instruction in the syntax of Go's assembler.
func (k *Func) Go(format string, args ...any) {
	opcode, operands, _ := strings.Cut(fmt.Sprintf(format, args...), " ")
	k.line("%s", strings.TrimRight(fmt.Sprintf("\t%-7s %s", opcode, operands), " "))
}

// Gnu writes an instruction in GNU syntax as a WORD.
func (k *Func) Gnu(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	word, err := Encode(text)
	if err != nil {
		k.file.fail(fmt.Errorf("%s: %w", k.name, err))
	}
	k.line("\tWORD    $0x%08x // %s", word, text)
}

// Address loads the address of a table of the file.
func (k *Func) Address(table, register string) { k.Go("MOVD $%s<>(SB), %s", table, register) }

// Label marks a place that branches name. Labels belong to one function.
func (k *Func) Label(name string) { k.line("\n%s:", name) }

// Comment writes a line of explanation.
func (k *Func) Comment(format string, args ...any) {
	k.line("\t// %s", strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "\n\t// "))
}

// Ret returns.
func (k *Func) Ret() { k.Go("RET") }
