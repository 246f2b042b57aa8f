package simd

import "sync/atomic"

// A learning step is some eighty tasks of 20…500 µs with little between them.
// To wake a sleeping goroutine on another thread takes Go and the system
// 10…70 µs, so who waits looks first, for about 0.3 ms, before it goes to sleep.
const spins = 1 << 18

// sleeper is a goroutine that waits for others. One goroutine waits, any may
// wake it.
type sleeper struct {
	asleep atomic.Bool
	rung   chan struct{}
}

func newSleeper() sleeper { return sleeper{rung: make(chan struct{}, 1)} }

type worker struct {
	sleeper
	_ [64]byte // keeps two workers' flags out of one cache line
}

// wait returns when ready does, which whoever calls wake has seen to before.
func (s *sleeper) wait(spins int, ready func() bool) {
	for range spins {
		if ready() {
			return
		}
	}
	for !ready() {
		s.asleep.Store(true)
		if ready() && s.asleep.CompareAndSwap(true, false) {
			return // nobody has rung
		}
		<-s.rung
	}
}

// wake wakes the sleeper if it sleeps.
func (s *sleeper) wake() {
	if s.asleep.CompareAndSwap(true, false) {
		s.rung <- struct{}{}
	}
}
