package simd

import (
	"sync/atomic"
	"time"
)

// lookFor is how long who waits looks before it goes to sleep. A learning step
// is some eighty tasks of 20…500 µs with little between them, and to wake a
// sleeping goroutine on another thread takes Go and the system 10…70 µs.
const lookFor = 300 * time.Microsecond

// looks is how often to look between two glances at the clock.
const looks = 64

// sleeper is a goroutine that waits for others. One goroutine waits, any may
// wake it.
type sleeper struct {
	asleep atomic.Bool
	rung   chan struct{}
	// patient: the last wait was longer than looking lasts. So may the next one
	// be, where pauses are long or other work has the processors, and looking
	// would be in vain.
	patient bool
}

func newSleeper() sleeper { return sleeper{rung: make(chan struct{}, 1)} }

type worker struct {
	sleeper
	_ [64]byte // keeps two workers' flags out of one cache line
}

// wait returns when ready does, which whoever calls wake has seen to before. It
// sleeps at once unless it may look.
func (s *sleeper) wait(mayLook bool, ready func() bool) {
	if ready() {
		return
	}
	begin := time.Now()
	if mayLook && !s.patient && look(begin, ready) {
		return
	}
	for !ready() {
		s.asleep.Store(true)
		if ready() && s.asleep.CompareAndSwap(true, false) {
			break // nobody has rung
		}
		<-s.rung
	}
	s.patient = time.Since(begin) > lookFor
}

// look tells whether ready did return while it was looked at.
func look(begin time.Time, ready func() bool) bool {
	for {
		for range looks {
			if ready() {
				return true
			}
		}
		if time.Since(begin) > lookFor {
			return false
		}
	}
}

// wake wakes the sleeper if it sleeps.
func (s *sleeper) wake() {
	if s.asleep.CompareAndSwap(true, false) {
		s.rung <- struct{}{}
	}
}
