package tile

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/pffedge/pffedge/simd/_asm/arm64/asm"
)

// plan is what a random turn was asked for.
type plan struct {
	turn     *Turn
	slot, by []int
}

// newPlan returns a turn of size instructions of work, W, beside which go
// others, named by their number.
func newPlan(k *asm.Func, r *rand.Rand, size int) plan {
	p := plan{turn: &Turn{K: k, Len: size}}
	for range size {
		p.turn.Work = append(p.turn.Work, func() { k.Go("W") })
	}
	for i := range r.IntN(size) {
		slot := r.IntN(size)
		by := slot + r.IntN(size)
		p.slot, p.by = append(p.slot, slot), append(p.by, by)
		p.turn.At(slot, by, "X %d", i)
	}
	return p
}

// written returns the instructions that follow a function's header.
func written(f *asm.File) (list []string) {
	_, body, _ := strings.Cut(string(f.Assembly()), "TEXT")
	for _, line := range strings.Split(body, "\n")[1:] {
		if line != "" {
			list = append(list, strings.Join(strings.Fields(line), " "))
		}
	}
	return list
}

// TestTurnKeepsItsBounds: every instruction is written once, not before its
// slot, not after its last chance nor behind the turn, and none overtakes one
// of an earlier slot.
func TestTurnKeepsItsBounds(t *testing.T) {
	for seed := range uint64(300) {
		f, r := asm.NewFile("test"), rand.New(rand.NewPCG(seed, 1))
		p := newPlan(f.Func("kernel", "kernel is a test."), r, 2+r.IntN(20))
		if left := p.turn.write(nil); len(left) > 0 {
			t.Fatalf("seed %d: slots within the turn are left: %v", seed, left)
		}
		work, last, seen := 0, 0, map[int]bool{}
		for _, line := range written(f) {
			if line == "W" {
				work++
				continue
			}
			var i int
			if _, err := fmt.Sscanf(line, "X %d", &i); err != nil || seen[i] {
				t.Fatalf("seed %d: %q: %v", seed, line, err)
			}
			seen[i] = true
			if work < p.slot[i] || work > p.by[i] || p.slot[i] < last {
				t.Fatalf("seed %d: before work %d, wanted in %d…%d, behind slot %d", seed, work, p.slot[i], p.by[i], last)
			}
			last = p.slot[i]
		}
		if work != p.turn.Len || len(seen) != len(p.slot) {
			t.Fatalf("seed %d: %d of %d, and %d of %d beside", seed, work, p.turn.Len, len(seen), len(p.slot))
		}
	}
}

// TestTurnSpreads: one beside each as long as there is time.
func TestTurnSpreads(t *testing.T) {
	f := asm.NewFile("test")
	k := f.Func("kernel", "kernel is a test.")
	u := &Turn{K: k, Len: 4}
	for range 4 {
		u.Work = append(u.Work, func() { k.Go("W") })
	}
	u.At(0, 3, "A")
	u.At(0, 3, "B")
	u.At(1, 3, "C")
	u.At(3, 5, "D")
	u.At(4, 6, "E")
	left := u.write([]beside{{0, 1, "Z"}})
	if got, want := strings.Join(written(f), " "), "Z W A W B W C W D"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if len(left) != 1 || left[0] != (beside{0, 2, "E"}) {
		t.Errorf("left %v", left)
	}
}
