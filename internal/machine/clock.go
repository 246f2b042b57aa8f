package machine

import "time"

// Clock tells a time that only rises.
type Clock func() time.Duration

var began = time.Now()

// wallTime is the time that passes.
func wallTime() time.Duration { return time.Since(began) }
