package simd

import "sync"

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
	work    []chan Task // one a worker, part i+1
	done    sync.WaitGroup

	scratch [][]float32 // a buffer for each thread, see reserve

	// Reused task arguments, so that a call does not allocate.
	gemm     gemmTask
	gemmI8   gemmI8Task
	gradient gradientTask
	dots     dotsTask
	lateral  lateralTask
	blocks   blocksTask
	sums     sumsTask
	gather   gatherTask

	sparse sparseRow // see nonzero
}

// NewPool starts a pool of threads ≥ 1 (less counts as 1), of which one is the
// caller's own goroutine. Close ends the others.
func NewPool(threads int) *Pool {
	p := &Pool{threads: max(threads, 1)}
	p.scratch = make([][]float32, p.threads)
	for i := 1; i < p.threads; i++ {
		work := make(chan Task)
		p.work = append(p.work, work)
		go p.serve(work, i, p.threads)
	}
	return p
}

func (p *Pool) serve(work <-chan Task, part, threads int) {
	for task := range work {
		task.Part(part, threads)
		p.done.Done()
	}
}

// Threads returns the number of threads.
func (p *Pool) Threads() int { return p.threads }

// Close ends the pool's workers. What still runs on it runs on the caller's
// goroutine alone.
func (p *Pool) Close() {
	for _, work := range p.work {
		close(work)
	}
	p.work, p.threads = nil, 1
}

// reserve makes each thread's scratch buffer hold at least n values. It
// allocates only when a size is met for the first time.
func (p *Pool) reserve(n int) {
	if len(p.scratch[0]) >= n {
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
	p.done.Add(p.threads - 1)
	for _, work := range p.work {
		work <- task
	}
	task.Part(0, p.threads)
	p.done.Wait()
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
