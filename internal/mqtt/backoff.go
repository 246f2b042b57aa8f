package mqtt

import (
	"context"
	"math/rand/v2"
	"time"
)

// Waits before something is tried again.
const (
	firstWait = time.Second
	lastWait  = time.Minute
)

// backoff returns ever longer waits, so that a fleet of devices does not come back at
// once: each is between a half and all of a time that doubles.
type backoff struct{ next time.Duration }

func (b *backoff) wait() time.Duration {
	b.next = min(max(2*b.next, firstWait), lastWait)
	return b.next/2 + rand.N(b.next/2)
}

// pause waits for a time, or until ctx ends, which it tells by false.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
