package replay

// evictShare: when the budget is spent, one in so many samples goes at once, so
// that gaps are seldom closed.
const evictShare = 64

// nobody is the label of no newcomer.
const nobody = -1

// evict makes room for need bytes, those of sample id at hand with that label,
// which competes like those of its class, or for anything if label is nobody. It
// returns false when the sample at hand had to go: then it is not in the way.
func (m *Memory) evict(need, label int, id uint64) bool {
	for left := m.Len() / evictShare; m.Bytes()+need > m.opt.Budget || left > 0; left-- {
		c := m.largest(label)
		at, worst := m.worst(c)
		if c == label && (at < 0 || m.priority(id) > worst) {
			m.classes[c].lower(m.priority(id))
			return false
		}
		m.classes[c].lower(worst)
		m.take(at, c)
	}
	return true
}

// largest returns the class with most samples, the first of them, counting one
// more for label.
func (m *Memory) largest(label int) int {
	best, most := 0, uint32(0)
	for i := range m.classes {
		n := m.classes[i].count
		if i == label {
			n++
		}
		if n > most {
			best, most = i, n
		}
	}
	return best
}

// worst returns the number and priority of the sample of class c that goes
// first, or −1.
func (m *Memory) worst(c int) (at int, priority uint64) {
	at = -1
	for i, end := m.Range(c); i < end; i++ {
		if p := m.priority(m.buffer.id(i)); at < 0 || p > priority {
			at, priority = i, p
		}
	}
	return at, priority
}

// decide chooses the bits of codes once and for all.
func (m *Memory) decide() {
	m.undecided = false
	if bits := m.fewest(); bits < m.codes.bits {
		m.recode(bits)
	}
}

// noiseShare: rounding may add noise of a noiseShare-th of the variance.
const noiseShare = 8

// fewest returns the fewest bits that are fine enough for the samples, whose
// codes have 8.
func (m *Memory) fewest() int {
	histogram := m.histogram()
	for bits := 1; bits < 8; bits *= 2 {
		if noise, variance := spread(&histogram, bits); noise*noiseShare <= variance {
			return bits
		}
	}
	return 8
}

// histogram counts the codes of all samples.
func (m *Memory) histogram() (counts [256]int64) {
	sample := make([]byte, m.opt.Inputs)
	for i := range m.Len() {
		body, runs, _ := splitRecord(m.buffer.record(i))
		expand(sample, body, runs, m.codes.bits, &same)
		for _, c := range sample {
			counts[c]++
		}
	}
	return counts
}

// spread returns the mean square of what rounding codes of 8 bits to fewer
// changes, and their variance, both in units of 1/255² and times the square of
// their number.
func spread(histogram *[256]int64, bits int) (noise, variance float64) {
	c := newCodes(bits)
	var n, sum, squares, rounding float64
	for i, count := range histogram {
		k, v := float64(count), float64(i)
		change := v - float64(int(c.reduce[i])*(255/(1<<bits-1)))
		n, sum, squares, rounding = n+k, sum+k*v, squares+k*v*v, rounding+k*change*change
	}
	return float64(n * rounding), float64(n*squares) - float64(sum*sum)
}

// recode stores all samples, whose codes have 8 bits, with fewer. No record
// becomes longer: a code that turns to zero saves 8 bits, and parting a run costs
// no more than 7.
func (m *Memory) recode(bits int) {
	fewer, sample := newCodes(bits), make([]byte, m.opt.Inputs)
	m.buffer.compact(func(record []byte) []byte {
		body, runs, _ := splitRecord(record)
		expand(sample, body, runs, m.codes.bits, &same)
		m.record = appendRecord(m.record[:0], m.work, sample, bits, &fewer.reduce)
		return m.record
	})
	m.opt.Bits, m.codes = bits, fewer
}
