package bench

import (
	goruntime "runtime"
	"time"
)

// lesson takes samples of a number of batches each while a trainer learns.
// Between samples something else runs, which takes the caches from the trainer:
// a batch that counts nowhere brings them back, unless batches are so long that
// they do it themselves in no time.
type lesson struct {
	each, want int
	pause      func()    // between samples
	long       bool      // see above
	left       int       // batches until the sample at hand ends
	start      time.Time // of the sample at hand; zero where the next one begins at its end
	seconds    []float64 // of a batch
}

// learned hears that a batch has been learnt and tells whether the lesson is
// over.
func (l *lesson) learned() (enough bool) {
	if l.left--; l.left > 0 {
		return false
	}
	if l.start.IsZero() {
		l.begin()
		return false
	}
	l.seconds = append(l.seconds, max(time.Since(l.start), 1).Seconds()/float64(l.each))
	if len(l.seconds) == l.want {
		return true
	}
	l.pause()
	if l.restart(); l.long {
		l.begin()
	}
	return false
}

// begin begins a sample.
func (l *lesson) begin() { l.left, l.start = l.each, time.Now() }

// restart drops the sample at hand and the batch that comes next: between
// epochs a trainer shuffles and checks, which is no part of a batch.
func (l *lesson) restart() { l.left, l.start = 1, time.Time{} }

// allocationCount counts what batches allocate.
type allocationCount struct {
	seen          int
	before, after goruntime.MemStats
}

// counted is how many batches or calls are looked at.
const counted = 8

// learned hears that a batch has been learnt and tells whether these were
// enough. The first one only starts the count.
func (a *allocationCount) learned() (enough bool) {
	if a.seen++; a.seen == 1 {
		goruntime.ReadMemStats(&a.before)
	}
	if a.seen <= counted {
		return false
	}
	goruntime.ReadMemStats(&a.after)
	return true
}

// restart begins anew after what happens between epochs.
func (a *allocationCount) restart() { a.seen = 0 }

// each returns the allocations and bytes of one, as whole numbers, as
// testing.AllocsPerRun does: what little the rest of the process does must not
// count.
func (a *allocationCount) each() (allocs, bytes float64) {
	return float64((a.after.Mallocs - a.before.Mallocs) / counted), float64((a.after.TotalAlloc - a.before.TotalAlloc) / counted)
}

// allocations returns how many a call makes.
func allocations(run func()) float64 {
	var a allocationCount
	for !a.learned() {
		run()
	}
	allocs, _ := a.each()
	return allocs
}
