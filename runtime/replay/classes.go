package replay

import (
	"fmt"
	"slices"
	"sort"

	"github.com/pffedge/pffedge/model"
)

// class says which samples have a label: those from number first on.
type class struct {
	seen      uint64
	threshold uint64 // samples of this priority and higher are not kept
	first     uint32
	count     uint32
}

// classBytes is what a class takes, with its place in Memory.order.
const classBytes = 24 + 4

// lower lowers the threshold to priority.
func (c *class) lower(priority uint64) { c.threshold = min(c.threshold, priority) }

// Classes returns the number of classes: the highest label so far plus one.
func (m *Memory) Classes() int { return len(m.classes) }

// Count returns how many samples of a class are kept, and how many were seen.
func (m *Memory) Count(label int) (kept int, seen uint64) {
	if label < 0 || label >= len(m.classes) {
		return 0, 0
	}
	c := &m.classes[label]
	return int(c.count), c.seen
}

// Range returns the numbers of a class's samples: from first up to, but not
// including, end.
func (m *Memory) Range(label int) (first, end int) {
	if label < 0 || label >= len(m.classes) {
		return 0, 0
	}
	c := &m.classes[label]
	return int(c.first), int(c.first + c.count)
}

// Label returns the label of sample i, which must be in 0…Len()−1.
func (m *Memory) Label(i int) int {
	return sort.Search(len(m.classes), func(c int) bool { return int(m.classes[c].first+m.classes[c].count) > i })
}

// reach makes the table of classes reach as far as label. Classes come before
// samples: those that are in the way go.
func (m *Memory) reach(label int) error {
	more := label + 1 - len(m.classes)
	if more <= 0 {
		return nil
	}
	if err := m.Room(label + 1); err != nil {
		return err
	}
	if m.Bytes()+more*classBytes > m.opt.Budget && m.undecided {
		m.decide()
	}
	if m.Bytes()+more*classBytes > m.opt.Budget {
		m.evict(more*classBytes, nobody, 0)
	}
	for range more {
		m.classes = append(m.classes, class{threshold: noThreshold, first: uint32(m.Len())})
		m.order = append(m.order, 0)
	}
	return nil
}

// Room reports, with ErrBudget, that the budget does not suffice for that many
// classes. Where it does, it still will after any samples.
func (m *Memory) Room(classes int) error {
	if least := m.opt.least(classes); least > m.opt.Budget {
		return fmt.Errorf("%w: %d classes need %d bytes, the budget is %d", ErrBudget, classes, least, m.opt.Budget)
	}
	return nil
}

// openPlace adds an entry to the end of a class and returns its number. Each
// class behind hands its first sample on to its end.
func (m *Memory) openPlace(label int) int {
	place := m.Len()
	m.buffer.n++
	for d := len(m.classes) - 1; d > label; d-- {
		c := &m.classes[d]
		if c.count > 0 {
			m.buffer.move(place, int(c.first))
			place = int(c.first)
		}
		c.first++
	}
	m.classes[label].count++
	return place
}

// take drops sample i of a class.
func (m *Memory) take(i, label int) {
	m.buffer.drop(i)
	m.closePlace(i, label)
}

// closePlace removes entry i from a class. The last sample of the class takes its
// place, and each class behind hands its last to its front.
func (m *Memory) closePlace(i, label int) {
	c := &m.classes[label]
	c.count--
	hole := int(c.first + c.count)
	m.buffer.move(i, hole)
	for d := label + 1; d < len(m.classes); d++ {
		c := &m.classes[d]
		c.first--
		if c.count > 0 {
			last := int(c.first + c.count)
			m.buffer.move(hole, last)
			hole = last
		}
	}
	m.buffer.n--
}

// Remove forgets sample i. ErrSample: there is none.
func (m *Memory) Remove(i int) error {
	if err := m.checkNumber(i); err != nil {
		return err
	}
	m.take(i, m.Label(i))
	return nil
}

// RemoveClass forgets all samples of a class and that there were any, as if it
// had never been seen; other labels stay as they are.
func (m *Memory) RemoveClass(label int) error {
	if err := m.checkLabel(label); err != nil {
		return err
	}
	for first, end := m.Range(label); end > first; end-- {
		m.take(end-1, label)
	}
	m.classes[label].seen, m.classes[label].threshold = 0, noThreshold
	return nil
}

// DropClass is RemoveClass, and takes the class out of the table: later labels move
// down by one.
func (m *Memory) DropClass(label int) error {
	if err := m.RemoveClass(label); err != nil {
		return err
	}
	m.classes = slices.Delete(m.classes, label, label+1)
	m.order = m.order[:len(m.classes)]
	return nil
}

// Relabel gives sample i another label, which may be a new one. It is kept
// however the other class has shrunk, but may be the next to go. ErrSample or
// ErrBudget: nothing has changed.
func (m *Memory) Relabel(i, label int) error {
	if err := m.checkNumber(i); err != nil {
		return err
	}
	if label < 0 || label >= model.MaxClasses {
		return fmt.Errorf("%w: label %d, want 0…%d", ErrSample, label, model.MaxClasses-1)
	}
	id := m.buffer.id(i)
	if err := m.reach(label); err != nil {
		return err
	}
	if i, ok := m.Find(id); ok { // or a new class has taken its room
		from := m.Label(i)
		m.assign(i, label)
		m.classes[from].seen--
		m.classes[label].seen++
	}
	return nil
}

// assign moves sample i to another class.
func (m *Memory) assign(i, label int) {
	start, id := m.buffer.start(i), m.buffer.id(i)
	m.closePlace(i, m.Label(i))
	m.buffer.set(m.openPlace(label), start, id)
}

// Merge gives all samples of class from the label into and leaves from as if it
// had never been seen. If one class has had to give up a larger share than the
// other, the other follows, so that every sample of both has had the same chance.
func (m *Memory) Merge(from, into int) error {
	if err := m.checkLabel(from); err != nil {
		return err
	}
	if err := m.checkLabel(into); err != nil || from == into {
		return err
	}
	a, b := &m.classes[from], &m.classes[into]
	threshold := min(a.threshold, b.threshold)
	b.threshold, b.seen = threshold, a.seen+b.seen
	for _, label := range []int{from, into} {
		for first, end := m.Range(label); end > first; end-- {
			if m.priority(m.buffer.id(end-1)) >= threshold {
				m.take(end-1, label)
			}
		}
	}
	for a.count > 0 {
		m.assign(int(a.first+a.count-1), into)
	}
	a.seen, a.threshold = 0, noThreshold
	return nil
}

func (m *Memory) checkNumber(i int) error {
	if i < 0 || i >= m.Len() {
		return fmt.Errorf("%w: there is no sample %d among %d", ErrSample, i, m.Len())
	}
	return nil
}

func (m *Memory) checkLabel(label int) error {
	if label < 0 || label >= len(m.classes) {
		return fmt.Errorf("%w: there is no class %d among %d", ErrSample, label, len(m.classes))
	}
	return nil
}
