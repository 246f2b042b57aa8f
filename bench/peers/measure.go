package main

import (
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// clock tells a time that only rises.
type clock func() time.Duration

// wallTime is the time that passes, cpuTime the time that the threads of this
// process run, together.
func wallTime() time.Duration { return read(unix.CLOCK_MONOTONIC) }
func cpuTime() time.Duration  { return read(unix.CLOCK_PROCESS_CPUTIME_ID) }

// read reads one of the kernel's clocks, which cannot fail for those above.
func read(id int32) time.Duration {
	var t unix.Timespec
	must(unix.ClockGettime(id, &t))
	return time.Duration(t.Nano())
}

// plan is how contenders are timed.
type plan struct {
	rounds int
	burst  time.Duration // at least, for each contender in each round
	pause  time.Duration // before each burst, for the last one's workers to fall asleep
	clock  clock
}

// measure returns the seconds of one call, by contender and round. In each
// round every contender has a turn, a different one first.
func (p plan) measure(list []contender) [][]float64 {
	times, seconds := make([]int, len(list)), make([][]float64, len(list))
	for i, c := range list {
		times[i] = p.calibrate(c)
		seconds[i] = make([]float64, p.rounds)
	}
	for round := range p.rounds {
		for i := range list {
			i = (i + round) % len(list)
			time.Sleep(p.pause)
			seconds[i][round] = p.timed(list[i], times[i])
		}
	}
	return seconds
}

// calibrate returns how many calls fill a burst.
func (p plan) calibrate(c contender) int {
	for times := 1; ; times *= 2 {
		if each := p.timed(c, times); each*float64(times) > p.burst.Seconds()/4 {
			return max(1, int(p.burst.Seconds()/each+1))
		}
	}
}

// longCall is what a call takes that fills the caches itself in no time.
const longCall = 100 * time.Millisecond

// timed returns the seconds of one of so many calls, after one that is not
// counted. That one counts if it is long and the only one.
func (p plan) timed(c contender, times int) float64 {
	start := p.clock()
	c.run(1)
	if first := p.clock() - start; times == 1 && first >= longCall {
		return first.Seconds()
	}
	start = p.clock()
	c.run(times)
	return (p.clock() - start).Seconds() / float64(times)
}

// quartiles are the first, the second (the median) and the third.
type quartiles [3]float64

func (q quartiles) median() float64 { return q[1] }

// quartilesOf interpolates between the values on either side.
func quartilesOf(values []float64) (q quartiles) {
	sorted := slices.Sorted(slices.Values(values))
	for i := range q {
		at := float64(len(sorted)-1) * float64(i+1) / 4
		low := int(at)
		high := min(low+1, len(sorted)-1)
		q[i] = sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
	}
	return q
}

// ratios returns the quartiles of a[i]/b[i].
func ratios(a, b []float64) quartiles {
	values := make([]float64, len(a))
	for i := range a {
		values[i] = a[i] / b[i]
	}
	return quartilesOf(values)
}
