package main

import "runtime/debug"

// garbagePercent is how much garbage may lie around before it is collected, in
// percent of the memory in use. Go's default of 100 doubles a process. Learning
// leaves none, and what it works on are few large blocks without pointers, so
// that collecting more often costs nothing one could measure.
const garbagePercent = 10

// keepSmall lets little garbage pile up until the function that it returns is
// called.
func keepSmall() (restore func()) {
	before := debug.SetGCPercent(garbagePercent)
	return func() { debug.SetGCPercent(before) }
}
