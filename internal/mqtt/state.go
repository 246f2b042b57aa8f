package mqtt

import (
	"time"

	"github.com/pffedge/pffedge/internal/service"
	"github.com/pffedge/pffedge/runtime/novelty"
)

// State is how the device is, for topic state.
type State struct {
	Time     time.Time           `json:"time"`
	Sequence uint64              `json:"sequence"` // of the last operation learned
	Classes  []string            `json:"classes"`
	Accuracy *float64            `json:"accuracy"`     // lately, of samples before they were learned, 0…1; null before the first
	Recall   map[string]*float64 `json:"recall"`       // of each class, 0…1; null if nothing is held back
	Memory   int                 `json:"memory_bytes"` // of remembered samples
	Budget   int                 `json:"memory_budget_bytes"`
	Sleeping bool                `json:"sleeping"`
	Queue    int                 `json:"queue"` // operations that wait
	Alarms   int64               `json:"drift_alarms"`
	Drifting bool                `json:"drifting"` // an alarm within the last ten minutes
	Broken   string              `json:"broken,omitempty"`
	Last     *Last               `json:"last"` // null before the first
}

// Last is the last prediction that was asked for by MQTT.
type Last struct {
	Class      string    `json:"class"`
	Confidence float32   `json:"confidence"` // 0…1
	Sequence   uint64    `json:"sequence"`
	Time       time.Time `json:"time"`
}

// How often the state is told: at most, at least, and for how long an alarm shows.
const (
	stateAtMost  = time.Second
	stateAtLeast = time.Minute
	driftShows   = 10 * time.Minute
)

func (b *Bridge) state() *State {
	status, p, known := b.service.Status(), b.service.Current(), b.service.Known()
	s := &State{
		Time: time.Now().UTC(), Sequence: p.Sequence, Classes: p.Classes, Recall: map[string]*float64{},
		Memory: status.Memory.Bytes, Budget: status.Memory.Budget, Sleeping: status.Sleep != nil, Queue: status.Queue,
		Alarms: status.DriftAlarms, Broken: status.Broken,
	}
	if status.Accuracy.Window > 0 {
		s.Accuracy = &status.Accuracy.Lately
	}
	for _, c := range known.Classes {
		s.Recall[c.Class] = c.Recall
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	s.Last = b.last
	s.Drifting = !b.drifted.IsZero() && time.Since(b.drifted) < driftShows
	return s
}

// noteLast takes note of a prediction.
func (b *Bridge) noteLast(r *Result) {
	b.mu.Lock()
	b.last = &Last{r.Class, r.Confidence, r.Sequence, time.Now().UTC()}
	b.mu.Unlock()
	b.refresh()
}

// refresh has the state told soon.
func (b *Bridge) refresh() {
	select {
	case b.fresh <- struct{}{}:
	default:
	}
}

// tell publishes the state when it changes.
func (b *Bridge) tell() {
	b.others.Go(b.follow)
	often := time.NewTicker(stateAtLeast)
	defer often.Stop()
	for b.running.Err() == nil {
		select {
		case <-b.fresh:
		case <-often.C:
		case <-b.running.Done():
			return
		}
		c, _ := b.connection()
		if c == nil {
			continue // it is told with the next connection
		}
		err := c.publish(b.running, &outgoing{topic: b.base + "state", payload: encode(b.state()), qos: 1, retain: true})
		if err == nil {
			b.published.Add(1)
		} else if b.running.Err() == nil {
			b.refresh()
		}
		pause(b.running, stateAtMost)
	}
}

// follow follows the service's events.
func (b *Bridge) follow() {
	last := b.service.LastEvent()
	for b.running.Err() == nil {
		past, events, _, cancel := b.service.Listen(last)
		for _, e := range past {
			last = b.heard(e)
		}
		last = b.listen(events, last)
		cancel()
		// The service has ended, or this fell behind.
		pause(b.running, stateAtMost)
	}
}

func (b *Bridge) listen(events <-chan service.Event, last uint64) uint64 {
	for {
		select {
		case e, more := <-events:
			if !more {
				return last
			}
			last = b.heard(e)
		case <-b.running.Done():
			return last
		}
	}
}

func (b *Bridge) heard(e service.Event) uint64 {
	if d, drift := e.Data.(service.Drift); drift && d.State == novelty.Drifting.String() {
		b.mu.Lock()
		b.drifted = e.Time
		b.mu.Unlock()
	}
	b.refresh()
	return e.ID
}
