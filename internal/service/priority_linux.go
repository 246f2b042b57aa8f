package service

import (
	goruntime "runtime"

	"golang.org/x/sys/unix"
)

// learnNice is how far learning stands back behind predictions where both want a
// processor.
const learnNice = 5

// standBack lets the goroutine's thread stand back behind others of this process. It is
// the thread's alone from then on, and ends with it.
func standBack() {
	goruntime.LockOSThread()
	// Without the right to, it is as before.
	unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), learnNice)
}
