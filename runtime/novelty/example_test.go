package novelty_test

import (
	"fmt"

	"github.com/pffedge/pffedge/runtime/novelty"
)

// A gauge learns from held-out samples, then a detector watches the scores of a
// stream whose reconstructions become worse and worse.
func Example() {
	gauge, err := novelty.NewGauge(novelty.Options{Classes: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	signal := func(i int, worse float32) novelty.Signal {
		return novelty.Signal{Class: i % 2, Lead: 5 + float32(i%7), Confidence: 0.9, Energy: 3 + float32(i%5), Error: worse + float32(i%11)/100}
	}
	for i := range 2000 {
		if err := gauge.Add(signal(i, 0.1)); err != nil {
			fmt.Println(err)
			return
		}
	}
	drift, _ := novelty.NewDrift(novelty.DriftOptions{Alarm: 1000})
	was := novelty.Steady
	for i := range 500 {
		score, err := gauge.Score(signal(i, 0.1+0.001*float32(max(i-200, 0))))
		if err != nil {
			fmt.Println(err)
			return
		}
		state, _ := drift.Update(score)
		if state != was {
			fmt.Println("sample", i, state)
		}
		if was = state; state == novelty.Drifting {
			break
		}
	}
	// Output:
	// sample 226 warning
	// sample 260 drift
}
