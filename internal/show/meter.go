package show

import (
	"fmt"
	"math"
	"time"
)

// meter estimates the rate of a job from how far it was when. What was done
// before the first report, perhaps in an earlier run, does not count.
type meter struct {
	started bool
	at      time.Time
	done    int64
	sum     float64 // exponentially weighted mean of the rates, biased to 0
	weight  float64 // of the rates in sum; at most 1
}

// meterSeconds is how long a rate stays in the mean: after it, its weight has
// fallen to 1/e.
const meterSeconds = 10

func (m *meter) report(now time.Time, done int64) {
	if !m.started || done < m.done {
		*m = meter{started: true, at: now, done: done}
		return
	}
	seconds := now.Sub(m.at).Seconds()
	if seconds <= 0 {
		return
	}
	k := 1 - math.Exp(-seconds/meterSeconds)
	m.sum += k * (float64(done-m.done)/seconds - m.sum)
	m.weight += k * (1 - m.weight)
	m.at, m.done = now, done
}

// rate returns units per second, 0 before it is known.
func (m *meter) rate() float64 {
	if m.weight == 0 {
		return 0
	}
	return m.sum / m.weight
}

// countdown prints seconds as on a clock: 0:09, 3:07, 2:05:00; days as
// [Duration] does.
func countdown(seconds float64) string {
	if seconds >= 86400 {
		return Duration(seconds)
	}
	s := int(math.Ceil(seconds))
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}
