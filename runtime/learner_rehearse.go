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
	if err == nil {
		err = roomFor(len(l.Classes()), memory, held)
	}
	if err != nil {
		return err
	}
	var second *opinion
	if r.Opinion > 0 {
		if second, err = newOpinion(r.Opinion, l.Input(), len(l.Classes()), set.Seed); err != nil {
			return err
		}
	}
	c, err := l.t.Checkpoint()
	if err != nil {
		return err
	}
	if err := l.replace(c, set); err != nil {
		return err
	}
	l.DropTrial()
	l.rehearsal, l.memory, l.held, l.opinion = r, memory, held, second
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
	l.DropTrial()
	x := l.sample()
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

// sample returns room for the inputs of a sample.
func (l *Learner) sample() []float32 {
	if n := l.Input().Size(); len(l.x) < n {
		l.x = make([]float32, n)
	}
	return l.x
}

// store puts a sample into the memory that it belongs to, and shows it to the second
// opinion unless it is held back.
func (l *Learner) store(x []float32, label int, held bool) error {
	m := l.memory
	if l.opinion != nil && !held {
		if err := l.opinion.see(x, label); err != nil {
			return err
		}
	}
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
	if l.held == nil || l.held.Room(label+1) != nil {
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
	list = append(list, model.Blob{Name: keepMemory, Data: encodedMemory(l.memory)})
	if l.opinion != nil {
		b, _ := l.opinion.MarshalBinary() // which does not fail
		list = append(list, model.Blob{Name: keepOpinion, Data: b})
	}
	return list
}

func encodedMemory(m *replay.Memory) []byte {
	b, _ := m.MarshalBinary() // which does not fail
	return b
}

// recall takes the memories from a checkpoint.
func (l *Learner) recall(own *learnerState, list []model.Blob) error {
	r := own.Rehearsal
	if r == nil {
		return nil // what is kept is somebody else's, and its trainer keeps it
	}
	if err := r.Validate(l.Input()); err != nil {
		return err
	}
	l.rehearsal = *r
	for _, blob := range list {
		var err error
		switch blob.Name {
		case keepMemory:
			l.memory, err = l.recalled(blob, r.Budget-r.heldBytes())
		case keepHeld:
			l.held, err = l.recalled(blob, r.heldBytes())
		case keepOpinion:
			if l.opinion, err = decodeOpinion(blob.Data, own.Opinion, l.Input(), len(l.Classes())); err != nil {
				err = fmt.Errorf("%s: %w", blob.Name, err)
			}
		default: // which must not get lost
			err = fmt.Errorf("%w: a learner that keeps %q", model.ErrVersion, blob.Name)
		}
		if err != nil {
			return err
		}
	}
	switch wants := max(r.Batch+r.Replays, lessonRows); {
	case (l.memory == nil) != (r.Budget == 0) || (l.held == nil) != (r.heldBytes() == 0) || (l.opinion == nil) != (r.Opinion == 0):
		return fmt.Errorf("%w: memories kept: %t, held-back samples: %t, second opinion: %t; the rehearsal has %d bytes for the ones, %d for the others, %d features", ErrSettings,
			l.memory != nil, l.held != nil, l.opinion != nil, r.Budget-r.heldBytes(), r.heldBytes(), r.Opinion)
	case l.memory != nil && l.t.set.Batch < wants:
		return fmt.Errorf("%w: steps of %d samples, the rehearsal wants %d", ErrSettings, l.t.set.Batch, wants)
	}
	return nil
}

// recalled returns the memory, of so many bytes, that a checkpoint keeps.
func (l *Learner) recalled(blob model.Blob, budget int) (*replay.Memory, error) {
	m, err := replay.Decode(bytes.NewReader(blob.Data))
	if err == nil && blob.Name == keepMemory {
		err = m.Room(len(l.Classes()))
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", blob.Name, err)
	case m.Inputs() != l.Input().Size() || m.Classes() > len(l.Classes()) || m.Budget() != budget:
		return nil, fmt.Errorf("%w: %s of %d inputs, %d classes and %d bytes, want %d, at most %d, and %d", ErrSettings, blob.Name,
			m.Inputs(), m.Classes(), m.Budget(), l.Input().Size(), len(l.Classes()), budget)
	}
	return m, nil
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

// count returns how many samples of a class there are so far.
func (b *batch) count(label int) (n int) {
	for i := range b.rows {
		if b.rows[i].label == label {
			n++
		}
	}
	return n
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

// key is that of the random numbers of the step at hand.
func (l *Learner) key() uint64 { return simd.Mix(l.t.set.Seed, forRehearsal, uint64(l.steps)) }
