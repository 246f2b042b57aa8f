package replay

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/simd"
)

// plain is a memory without any art: it holds samples in a map and goes through
// all of them for everything.
type plain struct {
	opt       Options
	bits      int
	undecided bool
	seen      uint64
	classes   []plainClass
	samples   map[uint64]plainSample
	evicted   int
}

type plainClass struct {
	seen   uint64
	lowest uint64 // priority of what had to go
}

type plainSample struct {
	x     []float32
	label int
	sizes map[int]int // by the bits of a code, once known
}

func (p *plain) priority(id uint64) uint64 { return simd.Mix(p.opt.Seed, forPriority, id) }

func (p *plain) count(label int) (n int) {
	for _, s := range p.samples {
		if s.label == label {
			n++
		}
	}
	return n
}

func (p *plain) bytes() int {
	n := 28 * len(p.classes)
	for _, s := range p.samples {
		n += p.size(s)
	}
	return n
}

func (p *plain) size(s plainSample) int {
	if s.sizes[p.bits] == 0 {
		given, c := make([]byte, len(s.x)), newCodes(p.bits)
		quantise(given, s.x)
		s.sizes[p.bits] = 9 + max(4, len(appendRecord(nil, nil, given, p.bits, &c.reduce)))
	}
	return s.sizes[p.bits]
}

// shrink evicts until there is room for more bytes; one in 64 goes at least.
func (p *plain) shrink(more, except int) {
	if p.bytes()+more > p.opt.Budget && p.undecided {
		p.decide()
	}
	if p.bytes()+more <= p.opt.Budget {
		return
	}
	for left := (len(p.samples) - except) / 64; p.bytes()+more > p.opt.Budget || left > 0; left-- {
		most := 0
		for label := range p.classes {
			if p.count(label) > p.count(most) {
				most = label
			}
		}
		worst, highest := uint64(0), uint64(0)
		for id, s := range p.samples {
			if s.label == most && p.priority(id) >= highest {
				worst, highest = id, p.priority(id)
			}
		}
		c := &p.classes[most]
		c.lowest = min(c.lowest, highest)
		delete(p.samples, worst)
		p.evicted++
		if except == 1 && worst == p.seen-1 {
			break
		}
	}
}

func (p *plain) decide() {
	p.undecided = false
	newest, there := p.samples[p.seen-1]
	if there {
		delete(p.samples, p.seen-1)
		defer func() { p.samples[p.seen-1] = newest }()
	}
	for _, bits := range []int{1, 2, 4} {
		var n, sum, squares, noise float64
		for _, s := range p.samples {
			for _, v := range s.x {
				code := math.Floor(float64(v)*255 + 0.5)
				step := 255 / float64(int(1)<<bits-1)
				d := code - math.Floor(code/step+0.5)*step
				n, sum, squares, noise = n+1, sum+code, squares+code*code, noise+d*d
			}
		}
		if 8*noise*n <= squares*n-sum*sum {
			p.bits = bits
			return
		}
	}
}

func (p *plain) reach(label int) {
	if more := label + 1 - len(p.classes); more > 0 {
		p.shrink(28*more, 0)
		for range more {
			p.classes = append(p.classes, plainClass{lowest: math.MaxUint64})
		}
	}
}

func (p *plain) add(x []float32, label int) {
	p.reach(label)
	id, c := p.seen, &p.classes[label]
	p.seen++
	c.seen++
	if p.priority(id) < c.lowest {
		p.samples[id] = plainSample{x, label, map[int]int{}}
		p.shrink(0, 1)
	}
}

func (p *plain) relabel(id uint64, label int) {
	p.reach(label)
	if s, ok := p.samples[id]; ok {
		p.classes[s.label].seen--
		p.classes[label].seen++
		p.samples[id] = plainSample{s.x, label, s.sizes}
	}
}

func (p *plain) removeClass(label int) {
	maps.DeleteFunc(p.samples, func(_ uint64, s plainSample) bool { return s.label == label })
	p.classes[label] = plainClass{lowest: math.MaxUint64}
}

func (p *plain) merge(from, into int) {
	if from == into {
		return
	}
	a, b := p.classes[from], p.classes[into]
	b = plainClass{a.seen + b.seen, min(a.lowest, b.lowest)}
	for id, s := range p.samples {
		if s.label != from && s.label != into {
			continue
		}
		if p.samples[id] = (plainSample{s.x, into, s.sizes}); p.priority(id) >= b.lowest {
			delete(p.samples, id)
		}
	}
	p.classes[from], p.classes[into] = plainClass{lowest: math.MaxUint64}, b
}

// requireSame compares m with p, sample by sample.
func requireSame(t *testing.T, p *plain, m *Memory) {
	require.Equal(t, p.bits, m.Bits())
	require.Equal(t, p.bytes(), m.Bytes())
	require.Equal(t, p.seen, m.Seen())
	require.Equal(t, len(p.classes), m.Classes())
	require.Equal(t, len(p.samples), m.Len())
	for label, c := range p.classes {
		kept, seen := m.Count(label)
		require.Equal(t, p.count(label), kept)
		require.Equal(t, c.seen, seen)
	}
	got, top := make([]float32, m.Inputs()), float64(int(1)<<p.bits-1)
	for i := range m.Len() {
		label := m.Sample(got, i)
		first, end := m.Range(label)
		require.True(t, first <= i && i < end)
		want, ok := p.samples[m.ID(i)]
		require.True(t, ok, "sample %d", m.ID(i))
		require.Equal(t, want.label, label)
		for j, v := range want.x {
			require.InDelta(t, v, got[j], 0.5/top+1e-7)
		}
	}
}

// step does the same random thing to both.
func step(t *testing.T, r *rand.Rand, p *plain, m *Memory, classes int) {
	some := func() int { return r.IntN(m.Len()) }
	switch what := r.IntN(100); {
	case what < 80 || m.Len() == 0:
		x, label := drawing(r, p.opt.Inputs), r.IntN(classes)
		if r.IntN(4) == 0 && p.opt.Bits != 0 {
			x = greys(r, p.opt.Inputs)
		}
		p.add(x, label)
		kept := add(t, m, x, label)
		_, there := p.samples[p.seen-1]
		require.Equal(t, there, kept)
	case what < 88:
		i := some()
		delete(p.samples, m.ID(i))
		require.NoError(t, m.Remove(i))
	case what < 97:
		i, label := some(), r.IntN(classes)
		p.relabel(m.ID(i), label)
		require.NoError(t, m.Relabel(i, label))
	case what < 99:
		from, into := r.IntN(m.Classes()), r.IntN(m.Classes())
		p.merge(from, into)
		require.NoError(t, m.Merge(from, into))
	default:
		label := r.IntN(m.Classes())
		p.removeClass(label)
		require.NoError(t, m.RemoveClass(label))
	}
}

// TestMemorySimulation does random things to a memory and to a plain one, and
// goes on now and then with what was encoded.
func TestMemorySimulation(t *testing.T) {
	steps := 1000
	if testing.Short() {
		steps = 700
	}
	for seed := range uint64(15) {
		opt := Options{Inputs: []int{1, 7, 40, 200}[seed%4], Budget: []int{500, 1200, 2500}[seed%3], Bits: []int{0, 1, 2, 4, 8}[seed%5], Seed: seed}
		t.Run(fmt.Sprintf("inputs=%d,budget=%d,bits=%d", opt.Inputs, opt.Budget, opt.Bits), func(t *testing.T) {
			r, m := random(seed), newTest(t, opt)
			p := &plain{opt: opt, bits: m.Bits(), undecided: opt.Bits == 0, samples: map[uint64]plainSample{}}
			for i := range steps {
				step(t, r, p, m, 2+i/100%10)
				require.LessOrEqual(t, m.Bytes(), opt.Budget)
				if i%50 == 0 {
					requireSound(t, m)
					requireSame(t, p, m)
				}
				if i%200 == 199 {
					b := encoded(t, m)
					m = decoded(t, b)
					require.Equal(t, b, encoded(t, m))
				}
			}
			require.Greater(t, p.evicted, 20)
			require.Equal(t, m.undecided, p.undecided)
			require.False(t, p.undecided)
		})
	}
}
