package training

import (
	goruntime "runtime"
	"runtime/debug"
)

// How much garbage may lie around before it is collected, in percent of the
// memory in use. Go's default of 100 doubles a process. Learning leaves next to
// none, and what it works on are few large blocks without pointers, so that
// collecting often costs nothing one could measure.
const (
	garbageLoading  = 10
	garbageLearning = 1
)

// KeepSmall lets little garbage pile up while data are loaded, and Settled even
// less. The function that it returns ends that.
func KeepSmall() (restore func()) {
	before := debug.SetGCPercent(garbageLoading)
	return func() { debug.SetGCPercent(before) }
}

// tidy collects what one phase of a job leaves behind before the next begins:
// the most memory in use is that of the largest, not the sum of them all.
func tidy() { goruntime.GC() }

// vacate gives back what has been free since the trainer was made, above all the
// float32 weights that codes were made of: it would still count while scratch memory
// is touched for the first time.
func vacate() { debug.FreeOSMemory() }

// Settled is to be called once data and initial weights are there, before the
// trainer is made, after KeepSmall: what they left behind makes room for it.
func Settled() {
	debug.SetGCPercent(garbageLearning)
	debug.FreeOSMemory()
}
