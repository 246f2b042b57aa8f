package mqtt

import (
	"context"
	"errors"
	"time"
)

// steady is how long a connection must stand for the next wait to be short again: two
// devices with one client identifier throw each other out for ever.
const steady = 10 * time.Second

// connect keeps a connection until the bridge ends.
func (b *Bridge) connect() {
	var waits backoff
	for b.running.Err() == nil {
		began := time.Now()
		if err := b.once(); err != nil {
			b.failed(err)
		}
		if time.Since(began) > steady {
			waits = backoff{}
		}
		pause(b.running, waits.wait())
	}
}

// once connects and returns when that connection has ended, and why.
func (b *Bridge) once() error {
	c, err := b.dial.connect(b.running)
	if err != nil {
		return err
	}
	defer c.close()
	if err := b.greet(c); err != nil {
		return err
	}
	b.use(c)
	defer b.use(nil)
	select {
	case <-c.ended():
		return c.why()
	case <-b.running.Done():
		return nil
	}
}

// greet subscribes and says who is there.
func (b *Bridge) greet(c connection) error {
	err := c.subscribe(b.running, b.subscriptions())
	if errors.Is(err, errRefused) && c.resumed() {
		// Some brokers refuse it while a message that they have sent has the same packet
		// identifier. What a session is subscribed to stands.
		b.opt.Log.Warn("MQTT: subscribed as before: " + err.Error())
		err = nil
	}
	if err != nil {
		return err
	}
	for _, m := range append([]*outgoing{b.availability("online")}, b.discovery()...) {
		if err := c.publish(b.running, m); err != nil {
			return err
		}
		b.published.Add(1)
	}
	return nil
}

// use makes c what is sent by, nil for nothing.
func (b *Bridge) use(c connection) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now, b.since = c, time.Now()
	close(b.changed)
	b.changed = make(chan struct{})
	if c == nil {
		return
	}
	b.failure, b.logged = nil, false
	b.opt.Log.Info("MQTT: connected to " + b.dial.address)
	b.refresh()
}

// failed notes why there is no connection, and logs it once.
func (b *Bridge) failed(err error) {
	if b.running.Err() != nil || errors.Is(err, context.Canceled) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failure = err
	if !b.logged {
		b.logged = true
		b.opt.Log.Warn("MQTT: no connection to " + b.dial.address + ", trying again: " + err.Error())
	}
}

// connection returns what there is, or nil, and a channel that is closed when that
// changes.
func (b *Bridge) connection() (connection, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now, b.changed
}

// refusals is how often a message may fail on a standing connection.
const refusals = 3

// send sends what is in the outbox, in order.
func (b *Bridge) send() {
	tries := 0
	for b.running.Err() == nil {
		m := b.out.first()
		c, changed := b.connection()
		var more <-chan struct{}
		switch {
		case m == nil:
			more, changed = b.out.more, nil
		case c != nil:
			if tries++; b.sent(c, m, tries) {
				tries = 0
			}
			continue
		}
		select {
		case <-more:
		case <-changed:
		case <-b.running.Done():
		}
	}
}

// sent sends a message and tells whether to count tries anew: the broker has it or refuses
// it, or the connection was lost.
func (b *Bridge) sent(c connection, m *outgoing, tries int) bool {
	err := c.publish(b.running, m)
	if err == nil {
		b.published.Add(1)
		b.out.remove(m, false)
		return true
	}
	select {
	case <-c.ended():
		// The next connection tries it. This one is still in place for a moment.
		if now, changed := b.connection(); now == c {
			select {
			case <-changed:
			case <-b.running.Done():
			}
		}
		return true
	default:
	}
	if tries < refusals {
		pause(b.running, firstWait)
		return false
	}
	b.opt.Log.Warn("MQTT: the broker does not take what is for " + m.topic + ": " + err.Error())
	b.out.remove(m, true)
	return true
}
