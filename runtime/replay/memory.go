package replay

import (
	"fmt"
	"math"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// MaxBudget is the largest budget, in bytes.
const MaxBudget = 1 << 30

// Options of a memory.
type Options struct {
	Inputs int    // D of a sample, 1…model.MaxFeatures
	Budget int    // bytes, for one class and one sample at least, …MaxBudget
	Bits   int    // of a code: 1, 2, 4 or 8, or 0 to choose from the data
	Seed   uint64 // of what is kept and what is drawn
}

// Memory holds labelled samples. It is also what a trainer learns from: it has
// the methods of runtime.Samples.
type Memory struct {
	opt       Options
	codes     codes
	undecided bool // the bits of codes are to be chosen when the budget is spent

	seen    uint64 // samples so far; the identity of the next
	classes []class
	order   []uint32 // of classes, for draws
	buffer  buffer

	given  []byte // the codes of 8 bits of the sample at hand
	work   []byte
	record []byte
}

// The purposes that random numbers are drawn for.
const (
	forPriority uint64 = iota + 1
	forClasses
	forDraw
)

// New returns an empty memory.
func New(opt Options) (*Memory, error) {
	if err := opt.validate(); err != nil {
		return nil, err
	}
	return newMemory(opt), nil
}

// newMemory returns an empty memory without the scratch memory for samples.
func newMemory(opt Options) *Memory {
	m := &Memory{opt: opt, undecided: opt.Bits == 0}
	if m.undecided {
		m.opt.Bits = 8
	}
	m.codes = newCodes(m.opt.Bits)
	return m
}

func (o *Options) validate() error {
	switch {
	case o.Inputs < 1 || o.Inputs > model.MaxFeatures:
		return fmt.Errorf("%w: %d inputs, want 1…%d", ErrOptions, o.Inputs, model.MaxFeatures)
	case !validBits(o.Bits) && o.Bits != 0:
		return fmt.Errorf("%w: %d bits a value, want 1, 2, 4, 8 or 0", ErrOptions, o.Bits)
	case o.Budget > MaxBudget || o.Budget < o.least(1):
		return fmt.Errorf("%w: a budget of %d bytes, want %d…%d", ErrOptions, o.Budget, o.least(1), MaxBudget)
	}
	return nil
}

func validBits(bits int) bool { return bits == 1 || bits == 2 || bits == 4 || bits == 8 }

// least returns the bytes for that many classes and one sample.
func (o *Options) least(classes int) int {
	bits := o.Bits
	if bits == 0 {
		bits = 8
	}
	return classes*classBytes + entryBytes + maxRecordBytes(o.Inputs, bits)
}

// Len returns the number of samples.
func (m *Memory) Len() int { return m.buffer.n }

// Inputs returns D.
func (m *Memory) Inputs() int { return m.opt.Inputs }

// Budget returns the bytes that Bytes never exceeds.
func (m *Memory) Budget() int { return m.opt.Budget }

// Bits returns the bits of a code as they are now.
func (m *Memory) Bits() int { return m.codes.bits }

// Bytes returns what the samples, their index and the table of classes take.
func (m *Memory) Bytes() int { return len(m.classes)*classBytes + m.buffer.used() }

// Seen returns how many samples were added, kept or not.
func (m *Memory) Seen() uint64 { return m.seen }

// Add offers a sample: D inputs in 0…1 and its label, below model.MaxClasses. It
// tells whether the sample was kept. After an error nothing has changed.
func (m *Memory) Add(x []float32, label int) (kept bool, err error) {
	if err := m.check(x, label); err != nil {
		return false, err
	}
	if err := m.reach(label); err != nil {
		return false, err
	}
	id, c := m.seen, &m.classes[label]
	m.seen++
	c.seen++
	if m.priority(id) >= c.threshold {
		return false, nil
	}
	m.prepare()
	quantise(m.given, x)
	return m.insert(id, label), nil
}

func (m *Memory) check(x []float32, label int) error {
	if len(x) != m.opt.Inputs {
		return fmt.Errorf("%w: %d inputs, the replay memory has samples of %d", ErrSample, len(x), m.opt.Inputs)
	}
	if label < 0 || label >= model.MaxClasses {
		return fmt.Errorf("%w: label %d, want 0…%d", ErrSample, label, model.MaxClasses-1)
	}
	for i, v := range x {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("%w: input %d is %v, want 0…1", ErrSample, i, v)
		}
	}
	if m.seen > maxID {
		return fmt.Errorf("%w, its limit", ErrFull)
	}
	return nil
}

// prepare makes scratch memory for a sample.
func (m *Memory) prepare() {
	if m.given == nil {
		m.given = make([]byte, m.opt.Inputs)
		m.work = make([]byte, 0, plainBytes(m.opt.Inputs, 8)+2*minRecord)
		m.record = make([]byte, 0, maxRecordBytes(m.opt.Inputs, 8))
	}
}

// priority decides about a sample: the higher, the sooner it must go.
func (m *Memory) priority(id uint64) uint64 { return simd.Mix(m.opt.Seed, forPriority, id) }

// insert adds the sample at hand to class label and evicts what the budget does
// not hold any more, which may be that sample.
func (m *Memory) insert(id uint64, label int) (kept bool) {
	for {
		m.record = appendRecord(m.record[:0], m.work, m.given, m.codes.bits, &m.codes.reduce)
		need := max(len(m.record), minRecord) + entryBytes
		if m.Bytes()+need > m.opt.Budget {
			if m.undecided {
				m.decide()
				continue
			}
			if !m.evict(need, label, id) {
				return false
			}
		}
		m.store(m.record, id, label)
		return true
	}
}

// store puts a record, for which the budget has room, at the end of a class.
func (m *Memory) store(record []byte, id uint64, label int) {
	m.buffer.reserve(max(len(record), minRecord), m.opt.Budget-len(m.classes)*classBytes)
	m.buffer.set(m.openPlace(label), m.buffer.add(record), id)
}

// Sample writes the inputs of sample i, 0…1, to dst[:D] and returns its label. i
// must be in 0…Len()−1.
func (m *Memory) Sample(dst []float32, i int) int {
	body, runs, _ := splitRecord(m.buffer.record(i))
	expand(dst[:m.opt.Inputs], body, runs, m.codes.bits, &m.codes.values)
	return m.Label(i)
}

// ID returns the identity of sample i: how many were added before it.
func (m *Memory) ID(i int) uint64 { return m.buffer.id(i) }

// Find returns the number of the sample with an identity, if it is still there.
// It looks at all samples.
func (m *Memory) Find(id uint64) (i int, ok bool) {
	for i := range m.Len() {
		if m.buffer.id(i) == id {
			return i, true
		}
	}
	return 0, false
}

// noThreshold lets every sample in.
const noThreshold = math.MaxUint64
