package mqtt

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pffedge/pffedge/internal/service"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// Service is what the bridge needs of a service.Service.
type Service interface {
	Predict(ctx context.Context, x simd.Matrix, method runtime.Method, explain bool) (*service.Predictions, error)
	Teach(ctx context.Context, l *service.Lesson) (*service.Done, error)
	Correct(ctx context.Context, l *service.Lesson, was string) (*service.Done, error)
	Sleep(ctx context.Context, steps int, seconds float64) (*service.SleepState, error)
	Status() *service.Status
	Current() *service.Published
	Known() *service.Known
	Listen(after uint64) (past []service.Event, events <-chan service.Event, missed bool, cancel func())
	LastEvent() uint64
}

// Bridge is a service's connection to a broker. Its methods may be called from any
// goroutine; Close it before the service.
type Bridge struct {
	opt     Options
	service Service
	dial    dialling
	base    string // what all topics begin with

	taking      context.Context // while messages are taken up
	stopTaking  context.CancelFunc
	working     context.Context // while what was taken up is done
	stopWorking context.CancelFunc
	running     context.Context // while there is to be a connection
	stop        context.CancelFunc
	workers     sync.WaitGroup // of messages
	others      sync.WaitGroup
	closing     sync.Once

	predict, learn *inbox
	out            *outbox
	fresh          chan struct{} // something comes when the state is to be told
	deliveries     deliveries    // the learning worker's

	published, received, turnedAway atomic.Uint64

	mu      sync.Mutex
	now     connection    // nil while there is none
	changed chan struct{} // closed when that changes
	since   time.Time
	failure error // the last; nil once connected
	logged  bool  // that the broker is away
	last    *Last
	drifted time.Time // the last alarm
}

// Start begins to connect a service to a broker and returns at once. An error is one of
// the options.
func Start(o Options, s Service) (*Bridge, error) {
	address, secure, err := o.complete()
	if err != nil {
		return nil, err
	}
	b := &Bridge{
		opt: o, service: s, base: o.Prefix + "/" + o.Node + "/", predict: newInbox(), learn: newInbox(), out: newOutbox(),
		fresh: make(chan struct{}, 1), changed: make(chan struct{}), since: time.Now(),
	}
	b.taking, b.stopTaking = context.WithCancel(context.Background())
	b.working, b.stopWorking = context.WithCancel(context.Background())
	b.running, b.stop = context.WithCancel(context.Background())
	b.dial = dialling{&b.opt, address, secure, *b.availability("offline"), b.receive}
	b.workers.Go(func() { b.predict.each(b.taking, b.answer) })
	b.workers.Go(func() { b.learn.each(b.taking, b.obey) })
	b.others.Go(b.connect)
	b.others.Go(b.send)
	b.others.Go(b.tell)
	return b, nil
}

// Status is how the bridge is.
type Status struct {
	Connected bool      `json:"connected"`
	Since     time.Time `json:"since"` // when that has become so
	LastError string    `json:"last_error,omitempty"`
	Published uint64    `json:"published"` // messages that the broker has
	Received  uint64    `json:"received"`
	Dropped   uint64    `json:"dropped"` // answers that waited too long or that the broker refused, and messages with QoS 0 that there was no room for
	Pending   int       `json:"pending"` // answers that wait for the broker
}

// Status returns how the bridge is. It waits for nothing.
func (b *Bridge) Status() Status {
	waiting, dropped := b.out.pending()
	b.mu.Lock()
	defer b.mu.Unlock()
	s := Status{b.now != nil, b.since, "", b.published.Load(), b.received.Load(), dropped + b.turnedAway.Load(), waiting}
	if b.failure != nil {
		s.LastError = b.failure.Error()
	}
	return s
}

// closeTimeout is how long Close takes at most if its context has no deadline.
const closeTimeout = 5 * time.Second

// Close takes up no more messages, waits for those that it is at and for the broker to
// have the answers, says that the device is offline and disconnects, until ctx ends. What
// was not done by then the broker delivers at the next start.
func (b *Bridge) Close(ctx context.Context) {
	if _, limited := ctx.Deadline(); !limited {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, closeTimeout)
		defer cancel()
	}
	b.closing.Do(func() { b.end(ctx) })
}

func (b *Bridge) end(ctx context.Context) {
	b.stopTaking()
	defer context.AfterFunc(ctx, b.stopWorking)()
	b.workers.Wait()
	b.stopWorking()
	for ctx.Err() == nil {
		if waiting, _ := b.out.pending(); waiting == 0 {
			break
		}
		if c, _ := b.connection(); c == nil || !pause(ctx, 10*time.Millisecond) {
			break
		}
	}
	if c, _ := b.connection(); c != nil {
		if err := c.publish(ctx, b.availability("offline")); err != nil {
			b.opt.Log.Warn("MQTT: saying that the device is offline: " + err.Error())
		}
		// What was acknowledged last is on its way: version 5 does that in the background.
		pause(ctx, 50*time.Millisecond)
	}
	b.stop()
	b.others.Wait()
}

// receive sorts a message in.
func (b *Bridge) receive(connected context.Context, m *incoming) {
	b.received.Add(1)
	m.topic = strings.TrimPrefix(m.topic, b.base)
	if m.size = len(m.payload); m.size > MaxPayload {
		m.payload = nil
	}
	queue := b.learn
	if m.topic == "predict" {
		queue = b.predict
	}
	if !queue.put(connected, m) && m.qos == 0 {
		b.turnedAway.Add(1)
	}
}

// subscriptions are the topics that are listened to.
func (b *Bridge) subscriptions() []string {
	return []string{b.base + "predict", b.base + "teach", b.base + "correct", b.base + "sleep"}
}

func (b *Bridge) availability(state string) *outgoing {
	return &outgoing{topic: b.base + "available", payload: []byte(state), qos: 1, retain: true}
}
