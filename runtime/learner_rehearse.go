package runtime

import (
	"bytes"
	"fmt"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime/replay"
	"github.com/pffedge/pffedge/simd"
)

// ErrNoRehearsal: an operation asks for what only a learner that rehearses can do. It
// is an ErrOperation.
var ErrNoRehearsal = fmt.Errorf("%w: the learner does not rehearse", ErrOperation)

// Rehearse makes the learner one that rehearses, with empty memories (Remember fills
// them), from its next operation on.
func (l *Learner) Rehearse(r Rehearsal) error {
	if err := r.Validate(l.Input()); err != nil {
		return err
	}
	set := l.t.set
	if err := r.adapt(&set); err != nil {
		return err
	}
	set.Generative = set.Generative && len(l.t.model.Overall) > 0
	memory, held, err := r.memories(l.Input().Size(), set.Seed)
	if err != nil {
		return err
	}
	if err := checkMemories(len(l.Classes()), memory, held); err != nil {
		return err
	}
	c, err := l.t.Checkpoint()
	if err != nil {
		return err
	}
	if err := l.replace(c, set); err != nil {
		return err
	}
	l.rehearsal, l.memory, l.held = r, memory, held
	return nil
}

// Rehearsal returns how the learner rehearses; ok tells whether it does.
func (l *Learner) Rehearsal() (r Rehearsal, ok bool) { return l.rehearsal, l.memory != nil }

// Memory returns the remembered samples, labelled by the learner's classes, or nil.
// They are the learner's: do not change them.
func (l *Learner) Memory() *replay.Memory { return l.memory }

// Held returns the samples held back, likewise; nil if there are none.
func (l *Learner) Held() *replay.Memory { return l.held }

// RememberedBytes returns what the memories take of the budget.
func (l *Learner) RememberedBytes() int {
	if l.memory == nil {
		return 0
	}
	n := l.memory.Bytes()
	if l.held != nil {
		n += l.held.Bytes()
	}
	return n
}

// Remember puts samples that the model has learned already, or some of each class,
// into the memories of a learner that rehearses. Nothing is learned. It is no
// operation: a store takes it before its first snapshot.
func (l *Learner) Remember(data Samples) error {
	if l.memory == nil {
		return ErrNoRehearsal
	}
	x := make([]float32, l.Input().Size())
	for i := range data.Len() {
		label := data.Sample(x, i)
		if label < 0 || label >= len(l.Classes()) {
			return fmt.Errorf("%w: sample %d has label %d, the model has classes 0…%d", ErrSample, i, label, len(l.Classes())-1)
		}
		if err := l.store(x, label, l.holds(label)); err != nil {
			return fmt.Errorf("sample %d: %w", i, err)
		}
	}
	return nil
}

// store puts a sample into the memory that it belongs to.
func (l *Learner) store(x []float32, label int, held bool) error {
	m := l.memory
	if held {
		m = l.held
	}
	_, err := m.Add(x, label)
	return err
}

// heldEnough is how many samples of a class have to be held back before it is done
// more rarely.
const heldEnough = 32

// holds tells whether the next sample of a class is held back: every n-th one, n the
// inverse of the share of them, and a tenth of those once there are enough.
func (l *Learner) holds(label int) bool { return l.holdsAfter(label, 0) }

// holdsAfter is holds after so many samples more that were not held back, and are
// not in the memory yet.
func (l *Learner) holdsAfter(label, more int) bool {
	if l.held == nil {
		return false
	}
	_, learned := l.memory.Count(label)
	learned += uint64(more)
	kept, held := l.held.Count(label)
	every := uint64(1/l.rehearsal.Held + 0.5)
	if kept >= heldEnough {
		every *= 10
	}
	return (learned+held)%every == every-1
}

// The names under which a checkpoint keeps the memories.
const (
	keepMemory = "memory"
	keepHeld   = "held"
)

// keep returns the memories as a checkpoint keeps them, in the order of their names.
func (l *Learner) keep() (list []model.Blob) {
	if l.held != nil {
		list = append(list, model.Blob{Name: keepHeld, Data: encodedMemory(l.held)})
	}
	return append(list, model.Blob{Name: keepMemory, Data: encodedMemory(l.memory)})
}

func encodedMemory(m *replay.Memory) []byte {
	b, _ := m.MarshalBinary() // which does not fail
	return b
}

// recall takes the memories from a checkpoint.
func (l *Learner) recall(r *Rehearsal, list []model.Blob) error {
	if r == nil {
		return nil
	}
	if err := r.Validate(l.Input()); err != nil {
		return err
	}
	l.rehearsal = *r
	for _, blob := range list {
		m, err := replay.Decode(bytes.NewReader(blob.Data))
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", blob.Name, err)
		case m.Inputs() != l.Input().Size() || m.Classes() > len(l.Classes()):
			return fmt.Errorf("%w: %s of %d inputs and %d classes, the model has %d and %d", ErrSettings, blob.Name,
				m.Inputs(), m.Classes(), l.Input().Size(), len(l.Classes()))
		case blob.Name == keepMemory:
			l.memory = m
		case blob.Name == keepHeld:
			l.held = m
		}
	}
	if l.memory == nil {
		return fmt.Errorf("%w: a learner that rehearses, without its memory", ErrSettings)
	}
	if l.t.set.Batch < max(r.Batch+r.Replays, lessonRows) {
		return fmt.Errorf("%w: steps of %d samples, the rehearsal wants %d", ErrSettings, l.t.set.Batch, r.Batch+r.Replays)
	}
	return nil
}

// batch is what a learner that rehearses learns in one step.
type batch struct {
	memory *replay.Memory
	input  model.Input
	rows   []row
	idx    []int // 0, 1, 2 … len(rows)−1
	drawn  []int
	still  []float32 // D: an image before it is warped
}

// row is a sample of a batch: sample i of a lesson or a stream, or of the memory.
type row struct {
	from   *values // nil for the memory
	i      int
	label  int
	warped bool
	key    uint64
}

func (b *batch) reset(m *replay.Memory, in model.Input) {
	b.memory, b.input, b.rows, b.idx = m, in, b.rows[:0], b.idx[:0]
	if len(b.still) < in.Size() {
		b.still = make([]float32, in.Size())
	}
}

func (b *batch) add(r row) {
	b.idx = append(b.idx, len(b.rows))
	b.rows = append(b.rows, r)
}

// replay adds n remembered samples, as many of every class.
func (b *batch) replay(n int, step uint64) {
	if cap(b.drawn) < n {
		b.drawn = make([]int, n)
	}
	for _, i := range b.memory.Draw(b.drawn[:n], replay.Balanced, step) {
		b.add(row{i: i, label: b.memory.Label(i)})
	}
}

// Len implements Samples.
func (b *batch) Len() int { return len(b.rows) }

// Sample implements Samples.
func (b *batch) Sample(dst []float32, i int) int {
	r := &b.rows[i]
	if r.from == nil {
		return b.memory.Sample(dst, r.i)
	}
	r.from.sample(dst, b.input, r.i)
	if r.warped {
		copy(b.still, dst)
		warp(dst, b.still, b.input.Width, r.key)
	}
	return r.label
}

// step learns the batch at hand at scale times the settings' rates.
func (l *Learner) step(scale float64) error {
	if len(l.batch.rows) == 0 {
		return nil
	}
	l.t.epoch, l.t.batch = l.steps, 0
	_, err := l.t.learn(&l.batch, l.batch.idx, scale)
	l.steps++
	return err
}

// random returns the random number of that name of the step at hand.
func (l *Learner) random(name ...uint64) uint64 {
	key := simd.Mix(l.t.set.Seed, forRehearsal, uint64(l.steps))
	return simd.Mix(append([]uint64{key}, name...)...)
}
