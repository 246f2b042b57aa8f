package crashfs

import (
	"errors"
	"fmt"
	"math/rand/v2"
)

// Workload is something that keeps data on a disk.
type Workload struct {
	// Run prepares an empty disk and does operations 1, 2, …, each of which it
	// acknowledges when it may no longer be lost. It returns the first error.
	Run func(d *Disk, acknowledge func(operation int)) error
	// Check opens what it finds after a restart and returns an error unless all
	// acknowledged operations are there, whole.
	Check func(d *Disk, acknowledged int) error
}

// Torture lets the power fail at random steps of a workload, and has what is
// found then checked, until a check fails or states have been tried. It returns
// how many were, and the failure.
func Torture(w Workload, states int, seed uint64) (tried int, err error) {
	calm := New()
	if err := w.Run(calm, func(int) {}); err != nil {
		return 0, fmt.Errorf("without a crash: %w", err)
	}
	r := rand.New(rand.NewPCG(seed, 1))
	for tried < states {
		d, acknowledged := New(), 0
		d.CrashAt(r.IntN(len(calm.steps) + 1))
		err := w.Run(d, func(operation int) { acknowledged = operation })
		if err != nil && !errors.Is(err, ErrCrashed) {
			return tried, fmt.Errorf("before a crash at step %d: %w", d.crashAt, err)
		}
		for range 4 { // states of one crash
			tried++
			state := r.Uint64()
			if err := w.Check(d.Restart(state), acknowledged); err != nil {
				return tried, fmt.Errorf("power cut at step %d of %d, %d acknowledged, seed %#x: %w", d.crashAt, len(calm.steps), acknowledged, state, err)
			}
		}
	}
	return tried, nil
}
