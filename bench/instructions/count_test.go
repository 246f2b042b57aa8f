package instructions

import (
	"bufio"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// function is a function of package simd in the program that was counted.
type function struct {
	name  string
	entry uint64
	words []uint32
}

// program is what the harness knows of the emulated program.
type program struct {
	path      string
	functions []function // of package simd, by rising address
	growStack []uint64   // entries of runtime.morestack and its like
	mark      uint64     // entry of main.mark
}

const counted = "github.com/pffedge/pffedge/simd."

func readProgram(path string) (*program, error) {
	f, err := elf.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text := f.Section(".text")
	if text == nil {
		return nil, fmt.Errorf("%s has no text", path)
	}
	code, err := text.Data()
	if err != nil {
		return nil, err
	}
	symbols, err := f.Symbols()
	if err != nil {
		return nil, err
	}
	p := &program{path: path}
	for _, s := range symbols {
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC {
			p.add(s, text.Addr, code)
		}
	}
	slices.SortFunc(p.functions, func(a, b function) int { return cmp.Compare(a.entry, b.entry) })
	if len(p.functions) == 0 || p.mark == 0 || len(p.growStack) == 0 {
		return nil, fmt.Errorf("%s lacks functions that the harness looks for", path)
	}
	return p, nil
}

// add takes in a function of the code at address text, if it is of interest.
func (p *program) add(s elf.Symbol, text uint64, code []byte) {
	switch {
	case strings.HasPrefix(s.Name, counted):
		words := make([]uint32, s.Size/4)
		for i := range words {
			words[i] = binary.LittleEndian.Uint32(code[s.Value-text+uint64(4*i):])
		}
		p.functions = append(p.functions, function{strings.TrimPrefix(s.Name, counted), s.Value, words})
	case strings.HasPrefix(s.Name, "runtime.morestack"):
		p.growStack = append(p.growStack, s.Value)
	case s.Name == "main.mark":
		p.mark = s.Value
	}
}

// bounds is the address range from the first counted function to the end of
// the last.
func (p *program) bounds() (lo, hi uint64) {
	last := p.functions[len(p.functions)-1]
	return p.functions[0].entry, last.entry + 4*uint64(len(last.words))
}

// record holds how often each instruction of a range was executed between two
// marks, by its number in the range.
type record map[int]uint64

// readRecords reads what the plugin wrote.
func readRecords(r io.Reader) (records []record, err error) {
	current := record{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if lines.Text() == "mark" {
			records, current = append(records, current), record{}
			continue
		}
		var at int
		var count uint64
		if _, err := fmt.Sscan(lines.Text(), &at, &count); err != nil {
			return nil, fmt.Errorf("plugin wrote %q: %w", lines.Text(), err)
		}
		current[at] += count
	}
	return records, lines.Err()
}

// tally is a sum of executed instructions, and how many of them were products.
type tally struct {
	Instructions uint64
	FMLA         uint64
	SDOT         uint64
	SMLAL        uint64
}

// tallies returns the sum of a record and what each function has of it.
func (p *program) tallies(r record) (sum tally, functions []tally, err error) {
	lo, _ := p.bounds()
	functions = make([]tally, len(p.functions))
	for i, f := range p.functions {
		counts := make([]uint64, len(f.words))
		for j := range counts {
			counts[j] = r[int(f.entry-lo)/4+j]
		}
		if err := f.withoutDetours(counts, p.growStack); err != nil {
			return tally{}, nil, err
		}
		for j, n := range counts {
			sum.add(f.words[j], n)
			functions[i].add(f.words[j], n)
		}
	}
	return sum, functions, nil
}

func (t *tally) add(word uint32, n uint64) {
	t.Instructions += n
	switch {
	case anyMatches(fmla, word):
		t.FMLA += n
	case anyMatches(sdot, word):
		t.SDOT += n
	case anyMatches(smlal, word):
		t.SMLAL += n
	}
}

// withoutDetours takes out of a function's counts what its calls of
// runtime.morestack added: the one part that does not repeat, since the
// scheduler makes a function believe that its stack is full in order to
// preempt it. A function begins by comparing the stack pointer and branching
// to its very end on lower or same; there it calls morestack and jumps back
// to its entry, so that each call runs the beginning once more.
func (f function) withoutDetours(counts []uint64, growStack []uint64) error {
	var detours uint64
	for i, word := range f.words {
		if call.matches(word) && slices.Contains(growStack, target(f.address(i), word)) {
			detours += counts[i]
		}
	}
	if detours == 0 {
		return nil
	}
	branch := slices.IndexFunc(f.words, conditionally.matches)
	end := int(target(f.address(branch), f.words[branch])-f.entry) / 4
	back := end + slices.IndexFunc(f.words[end:], jump.matches)
	if branch > 5 || back < end || target(f.address(back), f.words[back]) != f.entry {
		return fmt.Errorf("%s: this compiler makes room on the stack in a way that the harness does not know", f.name)
	}
	for i := range branch + 1 {
		counts[i] -= detours
	}
	clear(counts[end : back+1])
	return nil
}

func (f function) address(i int) uint64 { return f.entry + 4*uint64(i) }

// TestWithoutDetours follows a function through two calls and one detour.
func TestWithoutDetours(t *testing.T) {
	const entry, morestack = 0x1000, 0x800
	f := function{name: "f", entry: entry, words: []uint32{
		0xf9400b90, // ldr x16, [x28, #16]
		0xeb3063ff, // cmp sp, x16
		0x54000069, // b.ls +3
		0xd503201f, // nop, for all that the function does
		0xd65f03c0, // ret
		0xaa1e03e3, // mov x3, x30
		0x97fffdfa, // bl morestack
		0x17fffff9, // b entry
	}}
	require.Equal(t, uint64(morestack), target(f.address(6), f.words[6]))
	require.Equal(t, uint64(entry), target(f.address(7), f.words[7]))
	require.Equal(t, f.address(5), target(f.address(2), f.words[2]))

	counts := []uint64{3, 3, 3, 2, 2, 1, 1, 1}
	require.NoError(t, f.withoutDetours(counts, []uint64{morestack}))
	require.Equal(t, []uint64{2, 2, 2, 2, 2, 0, 0, 0}, counts)

	counts = []uint64{3, 3, 3, 2, 2, 1, 1, 1}
	f.words[7] = 0x17fffffa // jumps elsewhere
	require.ErrorContains(t, f.withoutDetours(counts, []uint64{morestack}), "f: ")
}

func TestReadRecords(t *testing.T) {
	records, err := readRecords(strings.NewReader("0 1\n7 20\nmark\nmark\n3 4\nmark\n9 9\n"))
	require.NoError(t, err)
	require.Equal(t, []record{{0: 1, 7: 20}, {}, {3: 4}}, records)
	_, err = readRecords(strings.NewReader("0 x\n"))
	require.Error(t, err)
}

func TestTallies(t *testing.T) {
	p := &program{functions: []function{
		{name: "a", entry: 0x1000, words: []uint32{0xd503201f, 0x4f8010c8}}, // nop, fmla
		{name: "b", entry: 0x1010, words: []uint32{0x4e839441, 0x4e23c041}}, // sdot, smull2
	}}
	sum, functions, err := p.tallies(record{0: 1, 1: 10, 2: 100, 4: 1000, 5: 10000}) // 2 lies between the functions
	require.NoError(t, err)
	require.Equal(t, tally{Instructions: 11011, FMLA: 10, SDOT: 1000, SMLAL: 10000}, sum)
	require.Equal(t, []tally{{Instructions: 11, FMLA: 10}, {Instructions: 11000, SDOT: 1000, SMLAL: 10000}}, functions)
}
