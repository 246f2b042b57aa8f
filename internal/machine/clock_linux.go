package machine

import (
	"time"

	"golang.org/x/sys/unix"
)

// Clocks are the times that can be counted: "wall", and where the system tells
// it, "cpu", that which the threads of this process compute, together.
var Clocks = map[string]Clock{"wall": wallTime, "cpu": cpuTime}

// The kernel always has this clock.
func cpuTime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
