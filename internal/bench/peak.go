package bench

import (
	"math"
	"time"

	"github.com/pffedge/pffedge/simd"
	"github.com/pffedge/pffedge/simd/peak"
)

// Bound is what limits an operation: a loop that does nothing else gives its
// peak.
type Bound string

// The bounds.
const (
	FMA  Bound = "fma"  // float32 multiply-adds on registers
	Dot  Bound = "dot"  // int8 products on registers
	Read Bound = "read" // reading the operands from front to back, from wherever their size lets them stay
)

// loop is a peak's loop on one implementation.
type loop struct {
	isa   simd.ISA
	bound Bound
}

// peaks measures the machine's peaks.
type peaks struct {
	pool   *simd.Pool
	rounds map[loop]int // that fill the time of a sample
	task   peakTask
}

func newPeaks(pool *simd.Pool) *peaks {
	return &peaks{pool: pool, rounds: map[loop]int{}, task: peakTask{done: make([]float64, pool.Threads())}}
}

// sampleTime is how long a sample takes, at least one of a peak. One of several
// threads takes longer: a worker that slept may wake up a tenth of a
// millisecond after the others began, which would lower the peak.
const (
	sampleTime = time.Millisecond
	wokenTime  = 5 * time.Millisecond
)

// time returns how long a sample of a peak takes.
func (p *peaks) time() time.Duration {
	if p.pool.Threads() > 1 {
		return wokenTime
	}
	return sampleTime
}

// sample returns the operations or bytes a second of the loop that bounds w,
// on all threads at once.
func (p *peaks) sample(isa simd.ISA, w *workload) float64 {
	p.task.loop, p.task.memory = loop{isa, w.bound}, w.memory
	if w.bound == Read {
		p.run(1) // what a thread will read comes into its caches
		return p.enough(1)
	}
	if p.rounds[p.task.loop] == 0 {
		p.enough(1024)
		p.rounds[p.task.loop] = p.task.rounds
	}
	done, seconds := p.run(p.rounds[p.task.loop])
	return done / seconds
}

// enough runs the task with more and more rounds until it has taken the time
// of a sample, and returns the rate over all of them.
func (p *peaks) enough(rounds int) (rate float64) {
	done, seconds := p.run(rounds)
	for seconds < p.time().Seconds() {
		rounds *= 2
		d, s := p.run(rounds)
		done, seconds = done+d, seconds+s
	}
	return done / seconds
}

// run runs the task on all threads and returns what was done in how many
// seconds.
func (p *peaks) run(rounds int) (done, seconds float64) {
	p.task.rounds = rounds
	start := time.Now()
	p.pool.Run(&p.task, math.MaxInt)
	seconds = max(time.Since(start), 1).Seconds()
	for _, d := range p.task.done {
		done += d
	}
	return done, seconds
}

// peakTask runs rounds of a loop on each thread. Reading, each reads its share
// of the memory.
type peakTask struct {
	loop
	memory [][]byte
	rounds int
	done   []float64 // operations or bytes of each thread
}

// Part runs the rounds of thread i.
func (t *peakTask) Part(i, n int) {
	switch t.bound {
	case FMA:
		t.done[i] = float64(peak.FMA(t.isa, t.rounds))
	case Dot:
		t.done[i] = float64(peak.DotI8(t.isa, t.rounds))
	case Read:
		t.done[i] = t.read(i, n)
	}
}

// read passes over a share of the memory. What stays in the first-level cache
// anyway is passed over many times in one go, or the calls would take longer
// than the reading.
func (t *peakTask) read(i, n int) (bytes float64) {
	passes, size := 1, 0
	for _, x := range t.memory {
		size += len(x)
	}
	if size <= firstLevel {
		passes = 16
	}
	for range t.rounds {
		for _, x := range t.memory {
			lo, hi := simd.Share(len(x), i, n)
			bytes += float64(peak.Read(t.isa, x[lo:hi], passes))
		}
	}
	return bytes
}

// firstLevel is half the first-level data cache of most cores.
const firstLevel = 16 << 10
