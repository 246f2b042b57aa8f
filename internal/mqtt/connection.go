package mqtt

import (
	"context"
	"crypto/tls"
	"net"
	"time"
)

// Times, and what the two versions have in common.
const (
	keepAlive    = 30 * time.Second
	dialTimeout  = 10 * time.Second
	writeTimeout = 20 * time.Second // for the broker to acknowledge
	// sessionExpiry is how long the broker keeps what is sent while the device is away,
	// where the protocol lets one say.
	sessionExpiry = 30 * 24 * time.Hour
)

// incoming is a message from the broker.
type incoming struct {
	topic       string // without what all topics begin with
	payload     []byte // nil if there are more bytes than allowed
	size        int    // bytes
	qos         byte
	duplicate   bool // it may have been delivered before
	retained    bool
	id          uint16 // of the packet: the same when it is delivered again
	replyTo     string // "" for the usual topic
	correlation []byte
	ack         func() // tells the broker that the message is done with
}

// outgoing is a message to the broker.
type outgoing struct {
	topic       string
	payload     []byte
	qos         byte
	retain      bool
	correlation []byte
}

// connection is one connection to a broker, by either version. It ends once, and is not
// used again.
type connection interface {
	resumed() bool                                        // the broker has kept the session
	subscribe(ctx context.Context, topics []string) error // with QoS 1; errRefused
	publish(ctx context.Context, m *outgoing) error       // waits for the broker to have it
	ended() <-chan struct{}                               // closed when it is lost
	why() error                                           // once it is
	close()                                               // in good order: no last will
}

// dialling is how to connect.
type dialling struct {
	*Options
	address  string
	secure   *tls.Config
	will     outgoing
	received func(context.Context, *incoming) // may block until the context ends
}

func (d *dialling) dial(ctx context.Context) (net.Conn, error) {
	plain := &net.Dialer{Timeout: dialTimeout}
	if d.secure == nil {
		return plain.DialContext(ctx, "tcp", d.address)
	}
	return (&tls.Dialer{NetDialer: plain, Config: d.secure}).DialContext(ctx, "tcp", d.address)
}

func (d *dialling) connect(ctx context.Context) (connection, error) {
	if d.Version == Version5 {
		return connect5(ctx, d)
	}
	return connect3(ctx, d)
}

// ending is the end of a connection.
type ending struct {
	context.Context
	end context.CancelCauseFunc
}

func newEnding() ending {
	ctx, end := context.WithCancelCause(context.Background())
	return ending{ctx, end}
}

func (e ending) ended() <-chan struct{} { return e.Done() }
func (e ending) why() error             { return context.Cause(e.Context) }
