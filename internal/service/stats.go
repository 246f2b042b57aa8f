package service

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pffedge/pffedge/internal/lessons"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/store"
)

// stats counts what the service does.
type stats struct {
	busy, refused, failures, replayed atomic.Uint64

	mu          sync.Mutex
	operations  map[string]uint64 // by kind
	predictions map[string]uint64 // samples, by method
	samples     uint64            // learned
	accuracy    Accuracy
	sleep       *SleepState
	snapshot    time.Time
	memory      Memory
}

// predicted counts samples that were predicted.
func (c *stats) predicted(method runtime.Method, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.predictions == nil {
		c.predictions = map[string]uint64{}
	}
	c.predictions[string(method)] += uint64(n)
}

// operated counts an operation.
func (c *stats) operated(line *lessons.Line) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.operations == nil {
		c.operations = map[string]uint64{}
	}
	c.operations[line.Kind]++
	if line.Kind != lessons.Names[runtime.KindForget] {
		c.samples += uint64(line.Samples)
	}
}

// Memory is how much is remembered.
type Memory struct {
	Samples  int  `json:"samples"`   // remembered
	Held     int  `json:"held_back"` // samples
	Bytes    int  `json:"bytes"`
	Budget   int  `json:"budget"`
	Bits     int  `json:"bits"` // a value
	Rehearse bool `json:"rehearses"`
}

// Status is how the service is.
type Status struct {
	Started     time.Time         `json:"started"`
	Sequence    uint64            `json:"sequence"`   // of the last operation that was published
	Published   time.Time         `json:"published"`  // when
	Queue       int               `json:"queue"`      // operations that wait
	QueueMost   int               `json:"queue_most"` // that may
	Working     time.Duration     `json:"-"`          // how long the operation at hand has taken so far
	Sleep       *SleepState       `json:"sleep,omitempty"`
	Accuracy    Accuracy          `json:"accuracy"`
	Memory      Memory            `json:"memory"`
	Snapshot    time.Time         `json:"snapshot"` // the last one of this run, or its start
	Operations  map[string]uint64 `json:"operations"`
	Samples     uint64            `json:"samples"`     // learned in this run
	Predictions map[string]uint64 `json:"predictions"` // samples
	Refused     uint64            `json:"refused"`
	Busy        uint64            `json:"busy"` // requests turned away
	Failures    uint64            `json:"failures"`
	Replayed    uint64            `json:"replayed"` // requests that had been done before
	DriftAlarms int64             `json:"drift_alarms"`
	Watched     int64             `json:"watched"` // samples looked at for drift
	Broken      string            `json:"broken,omitempty"`
}

// Status returns how the service is. It waits for nothing.
func (s *Service) Status() *Status {
	p := s.Current()
	out := &Status{
		Started: s.started, Sequence: p.Sequence, Published: p.Time, Queue: len(s.jobs), QueueMost: cap(s.jobs),
		Refused: s.stats.refused.Load(), Busy: s.stats.busy.Load(), Failures: s.stats.failures.Load(), Replayed: s.stats.replayed.Load(),
		DriftAlarms: s.watch.drift.Load(), Watched: s.watch.seen.Load(),
	}
	if since := s.working.Load(); since > 0 {
		out.Working = time.Since(time.Unix(0, since))
	}
	if err := s.Err(); err != nil {
		out.Broken = err.Error()
	}
	c := &s.stats
	c.mu.Lock()
	defer c.mu.Unlock()
	out.Operations, out.Predictions = maps.Clone(c.operations), maps.Clone(c.predictions)
	out.Samples, out.Accuracy, out.Memory, out.Snapshot = c.samples, c.accuracy, c.memory, c.snapshot
	if c.sleep != nil {
		state := *c.sleep
		out.Sleep = &state
	}
	if out.Snapshot.IsZero() {
		out.Snapshot = s.started
	}
	return out
}

// Known is how well the classes are known, as of an operation.
type Known struct {
	Sequence uint64
	Classes  []Class
}

// Class is how well a class is known.
type Class struct {
	Class   string   `json:"class"`
	Taught  uint64   `json:"taught"`    // samples, held-back ones included
	Kept    int      `json:"kept"`      // remembered
	Held    int      `json:"held_back"` // of which none was learned
	Right   int      `json:"right"`     // of those held back, recognised
	Recall  *float64 `json:"recall"`    // share; null without any held back
	AtLeast float64  `json:"at_least"`  // what that shows, at 95 %
	Enough  bool     `json:"enough"`    // taught
	More    *int     `json:"more"`      // samples that would be enough; null if nobody can tell
}

// Known returns how well the classes are known. It waits for nothing.
func (s *Service) Known() *Known { return s.known.Load() }

// learnKnown finds out how well the classes are known.
func (s *Service) learnKnown(ctx context.Context) error {
	l := s.learner()
	out := &Known{Sequence: s.store.Sequence}
	var list []runtime.Recall
	rehearsal, rehearses := l.Rehearsal()
	if rehearses {
		var err error
		if list, err = l.Recalls(ctx); err != nil {
			return err
		}
	}
	for i, name := range l.Classes() {
		c := Class{Class: name}
		if rehearses {
			r := &list[i]
			c = Class{Class: name, Taught: r.Taught, Kept: r.Kept, Held: r.Held, Right: r.Right, AtLeast: r.AtLeast, Enough: r.Enough(lessons.EnoughRecall)}
			if r.Held > 0 {
				share := r.Share()
				c.Recall = &share
			}
			if n, ok := l.More(r, lessons.EnoughRecall); ok {
				c.More = &n
			}
		}
		out.Classes = append(out.Classes, c)
	}
	s.known.Store(out)
	m := Memory{Rehearse: rehearses}
	if rehearses {
		m.Samples, m.Bytes, m.Budget, m.Bits = l.Memory().Len(), l.RememberedBytes(), rehearsal.Budget, l.Memory().Bits()
		if l.Held() != nil {
			m.Held = l.Held().Len()
		}
	}
	s.stats.mu.Lock()
	s.stats.memory = m
	s.stats.mu.Unlock()
	return nil
}

// Store describes the store's files. It waits for nothing.
func (s *Service) Store() (*store.Info, error) { return store.Stat(s.opt.Disk, s.opt.Dir) }
