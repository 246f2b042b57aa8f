package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// Defaults and limits of Options.
const (
	DefaultKeep    = 3
	MaxKeep        = 1 << 10
	DefaultEvery   = 500
	MaxEvery       = 1 << 30
	DefaultStretch = 16 << 20
	MinStretch     = 1 << 12
	maxLimit       = 1 << 40
)

// ErrOptions is wrapped by errors about options that make no sense.
var ErrOptions = errors.New("invalid options of a store")

// Options of a new store. The zero value means the defaults.
type Options struct {
	// Keep is how many snapshots are kept, at least 2: if the newest cannot be
	// read, the one before and the log behind it give the same state.
	Keep int
	// Every is how many operations behind the newest snapshot make another one
	// due: it bounds how long opening takes, since a learner has to learn them
	// again.
	Every int
	// Stretch is how many bytes of log do so: it bounds the log. 16 MiB are
	// 20,000 samples of 28×28 pixels.
	Stretch int64
	// Limit is how many bytes the log may have; more is ErrFull. The default,
	// Keep + 1 stretches, is what snapshots taken when due never reach: 64 MiB.
	Limit int64
}

func (o Options) rules() (*rules, error) {
	r := &rules{keep: o.Keep, every: o.Every, stretch: o.Stretch, limit: o.Limit}
	if r.keep == 0 {
		r.keep = DefaultKeep
	}
	if r.every == 0 {
		r.every = DefaultEvery
	}
	if r.stretch == 0 {
		r.stretch = DefaultStretch
	}
	if r.limit == 0 && r.keep > 0 && r.keep <= MaxKeep && r.stretch > 0 && r.stretch <= maxLimit/(MaxKeep+1) {
		r.limit = int64(r.keep+1) * r.stretch
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOptions, err)
	}
	for i := range 2 {
		le.PutUint64(r.identity[8*i:], rand.Uint64())
	}
	return r, nil
}

func (r *rules) check() error {
	switch {
	case r.keep < 2 || r.keep > MaxKeep:
		return fmt.Errorf("%d snapshots kept, want 2…%d", r.keep, MaxKeep)
	case r.every < 1 || r.every > MaxEvery:
		return fmt.Errorf("a snapshot every %d operations, want 1…%d", r.every, MaxEvery)
	case r.stretch < MinStretch || r.stretch > maxLimit:
		return fmt.Errorf("a snapshot every %d bytes of log, want %d…%d", r.stretch, MinStretch, int64(maxLimit))
	case r.limit < r.stretch || r.limit > maxLimit:
		return fmt.Errorf("a log of at most %d bytes, want %d…%d", r.limit, r.stretch, int64(maxLimit))
	}
	return nil
}

// now is the time that operations get.
func now() int64 { return time.Now().UnixMilli() }
