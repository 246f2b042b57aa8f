package simd

import (
	"runtime"
	"sync/atomic"
)

// Task is work that splits into independent parts.
type Task interface {
	// Part does part i of n.
	Part(i, n int)
}

// Pool runs kernels on a fixed number of threads. Its workers live until
// Close; running a task starts no goroutine and allocates nothing. A Pool
// belongs to one goroutine.
type Pool struct {
	threads int
	workers []worker // worker i does part i+1
	task    Task     // the one at hand; nil ends the workers
	turn    atomic.Uint32
	pending atomic.Int32 // workers that have not finished their part
	caller  sleeper
	look    bool // before going to sleep

	scratch [][]float32 // a buffer for each thread, see reserve

	// Reused task arguments, so that a call does not allocate.
	gemm      gemmTask
	gemmI8    gemmI8Task
	productI8 productI8Task
	gradient  gradientTask
	fine      fineTask
	dots      dotsTask
	lateral   lateralTask
	blocks    blocksTask
	sums      sumsTask
	gather    gatherTask

	sparse sparseRow // see nonzero
	groups groupList // see groupsOfRow
	spans  []span    // see spansOfRow
}

// NewPool starts a pool of threads ≥ 1 (less counts as 1), of which one is the
// caller's own goroutine. Close ends the others.
func NewPool(threads int) *Pool {
	p := &Pool{threads: max(threads, 1), caller: newSleeper()}
	// Where threads share processors, who looks keeps others from working.
	p.look = runtime.GOMAXPROCS(0) >= p.threads
	p.scratch = make([][]float32, p.threads)
	p.workers = make([]worker, p.threads-1)
	for i := range p.workers {
		p.workers[i].sleeper = newSleeper()
		go p.serve(&p.workers[i], i+1, p.threads)
	}
	return p
}

// serve does part of every task until the pool closes.
func (p *Pool) serve(w *worker, part, threads int) {
	for turn := uint32(0); ; {
		turn++
		w.wait(p.look, func() bool { return p.turn.Load() == turn })
		if p.task == nil {
			return
		}
		p.task.Part(part, threads)
		if p.pending.Add(-1) == 0 {
			p.caller.wake()
		}
	}
}

// Threads returns the number of threads.
func (p *Pool) Threads() int { return p.threads }

// Close ends the pool's workers. What still runs on it runs on the caller's
// goroutine alone.
func (p *Pool) Close() {
	if p.threads > 1 {
		p.announce(nil)
	}
	p.workers, p.threads = nil, 1
}

// announce hands task to all workers.
func (p *Pool) announce(task Task) {
	p.task = task
	p.pending.Store(int32(len(p.workers)))
	p.turn.Add(1)
	for i := range p.workers {
		p.workers[i].wake()
	}
}

// Reserve prepares for operations that take up to n values of scratch memory a
// thread, see GemmScratch and GradientScratch, which would else be made when
// they are first met.
func (p *Pool) Reserve(n int) { p.reserve(n) }

// reserve makes each thread's scratch buffer hold at least n values. It
// allocates only when a size is met for the first time.
func (p *Pool) reserve(n int) {
	if n == 0 || len(p.scratch[0]) >= n {
		return
	}
	for i := range p.scratch {
		p.scratch[i] = alignedFloats(n)
	}
}

// serialBelow is the number of multiply-adds a thread must have to be worth
// waking.
const serialBelow = 1 << 18

// Run does all parts of task and returns when the last is done. cost is the
// task's number of multiply-adds or comparable operations; a small task runs
// on the calling goroutine alone.
func (p *Pool) Run(task Task, cost int) {
	if p.threads == 1 || cost < serialBelow {
		task.Part(0, 1)
		return
	}
	p.announce(task)
	task.Part(0, p.threads)
	p.caller.wait(p.look, func() bool { return p.pending.Load() == 0 })
}

// work returns m·k·n, or a large number where that would overflow an int.
func work(m, k, n int) int {
	const most = 1 << 30
	if product := float64(m) * float64(k) * float64(n); product < most {
		return int(product)
	}
	return most
}

// Share returns the bounds of part i of n of size items.
func Share(size, i, n int) (lo, hi int) { return size * i / n, size * (i + 1) / n }
