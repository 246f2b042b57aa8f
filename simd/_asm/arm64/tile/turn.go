package tile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pffedge/pffedge/simd/_asm/arm64/asm"
)

// Turn is one pass of a loop in an order for CPUs that execute in order: its
// work, instructions none of which waits for the one before it, and, one
// beside each as far as may be, what loads the operands of later work.
type Turn struct {
	K    *asm.Func
	Len  int      // number of instructions of work
	Work []func() // each writes one; empty in front of the first turn
	What string   // a comment for the assembly
	list []beside
}

// beside is an instruction, or a line each that issue together, that goes
// between those of the work: before number slot at the earliest and before
// number by at the latest.
type beside struct {
	slot, by int
	text     string
}

// At adds an instruction beside the work. Those of one slot keep their order,
// and none overtakes one of an earlier slot. Slots past the turn's end belong
// to the next turn.
func (u *Turn) At(slot, by int, format string, args ...any) {
	u.list = append(u.list, beside{slot, by, fmt.Sprintf(format, args...)})
}

// Load is how a vector is loaded.
type Load struct {
	Slot, Need int    // from where on it may be, and the slot of its first use
	Low        string // loads the lower half and clears the upper one
	High       string // loads the upper half into a general register; may be empty
	Insert     string // moves it into the vector
	After      string // moves a pointer; may be empty
}

// Chain adds loads by rising slots. Each lower half is loaded beside the
// insertion of the upper half before: on a Cortex-A53 these two issue
// together, but neither beside a multiplication. before is the load in front
// of the list; the last one, still without its upper half, is returned.
func (u *Turn) Chain(before Load, list ...Load) Load {
	for i, l := range list {
		text, by := l.Low, l.Need
		if before.Insert != "" {
			text, by = text+"\n"+before.Insert, min(by, before.Need)
		}
		u.At(l.Slot, by, "%s", text)
		next := l.Slot + 1
		if i+1 < len(list) {
			next = min(next, list[i+1].Slot)
		}
		for _, text := range []string{l.High, l.After} {
			if text != "" {
				u.At(next, l.Need, "%s", text)
			}
		}
		before = l
	}
	return before
}

// Close adds the last load's insertion, by itself.
func (u *Turn) Close(last Load) {
	if last.Insert != "" {
		u.At(last.Slot+2, last.Need, "%s", last.Insert)
	}
}

// write writes the turn, after what the one before has left, and returns what
// it leaves.
func (u *Turn) write(left []beside) []beside {
	list := append(slices.Clone(left), u.list...)
	slices.SortStableFunc(list, func(a, b beside) int { return a.slot - b.slot })
	for slot, work := range u.Work {
		list = u.upTo(slot, list)
		work()
	}
	return u.end(list)
}

// upTo writes the next instruction of a list if its slot has come, or as many
// as must be written now, and returns the others.
func (u *Turn) upTo(slot int, list []beside) []beside {
	n := 0
	for i, x := range list {
		if x.by <= slot || i == 0 && x.slot <= slot {
			n = i + 1
		}
	}
	return u.first(n, list)
}

// first writes n instructions of a list and returns the others.
func (u *Turn) first(n int, list []beside) []beside {
	for _, x := range list[:n] {
		for line := range strings.SplitSeq(x.text, "\n") {
			u.K.Go("%s", line)
		}
	}
	return list[n:]
}

// end writes what has not found its place in the turn but may not wait for the
// next one, and counts the others' slots from there on.
func (u *Turn) end(list []beside) []beside {
	n := 0
	for n < len(list) && list[n].slot < u.Len {
		n++
	}
	list = u.first(n, list)
	for i := range list {
		list[i].slot -= u.Len
		list[i].by -= u.Len
	}
	return list
}

// Loop writes turns of size steps each until counter, less size, holds fewer.
// before loads for the first turn, each is a turn that loads for the next one,
// and last one that does not; so no load leaves the operands. counter is left
// at the steps that remain, less size.
func Loop(k *asm.Func, label, counter string, size int, before, each, last *Turn) {
	k.Go("SUBS $%d, %s, %s", size, counter, counter)
	k.Go("BLT %s_rest", label)
	left := before.write(nil)
	k.Go("SUBS $%d, %s, %s", size, counter, counter)
	k.Go("BLT %s_last", label)
	k.Go("PCALIGN $16")
	k.Label(label)
	k.Comment("%s", each.What)
	each.write(left)
	k.Go("SUBS $%d, %s, %s", size, counter, counter)
	k.Go("BGE %s", label)
	k.Label(label + "_last")
	k.Comment("the same, without loads for a next time")
	last.write(left)
	k.Label(label + "_rest")
}
