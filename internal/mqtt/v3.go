package mqtt

import (
	"context"
	"errors"
	"net"
	"net/url"

	paho "github.com/eclipse/paho.mqtt.golang"
)

// connection3 is a connection by version 3.1.1. Each has a client of its own, so that
// nothing of a lost one comes back later.
type connection3 struct {
	ending
	client  paho.Client
	present bool // the session
}

var (
	errLost    = errors.New("the connection to the broker was lost")
	errClosed  = errors.New("the connection was closed")
	errRefused = errors.New("the broker refuses the subscription")
	errSlow    = errors.New("the broker does not answer")
)

func connect3(ctx context.Context, d *dialling) (connection, error) {
	c := &connection3{ending: newEnding()}
	o := paho.NewClientOptions().AddBroker("tcp://" + d.address).SetClientID(d.ClientID).SetUsername(d.Username).SetPassword(d.Password)
	o.SetProtocolVersion(4).SetCleanSession(false).SetAutoReconnect(false).SetConnectRetry(false).SetOrderMatters(true).SetAutoAckDisabled(true)
	o.SetKeepAlive(keepAlive).SetPingTimeout(dialTimeout).SetConnectTimeout(dialTimeout).SetWriteTimeout(writeTimeout)
	o.SetBinaryWill(d.will.topic, d.will.payload, d.will.qos, d.will.retain)
	o.SetCustomOpenConnectionFn(func(*url.URL, paho.ClientOptions) (net.Conn, error) { return d.dial(ctx) })
	o.SetConnectionLostHandler(func(_ paho.Client, err error) { c.end(errors.Join(errLost, err)) })
	o.SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) {
		d.received(c, &incoming{
			topic: m.Topic(), payload: m.Payload(), qos: m.Qos(), duplicate: m.Duplicate(), retained: m.Retained(), id: m.MessageID(), ack: m.Ack,
		})
	})
	c.client = paho.NewClient(o)
	token := c.client.Connect()
	if err := c.wait(ctx, token); err != nil {
		c.close()
		return nil, err
	}
	c.present = token.(*paho.ConnectToken).SessionPresent()
	return c, nil
}

func (c *connection3) resumed() bool { return c.present }

// wait waits for what was begun, the end of ctx or that of the connection.
func (c *connection3) wait(ctx context.Context, t paho.Token) error {
	ctx, cancel := context.WithTimeoutCause(ctx, writeTimeout, errSlow)
	defer cancel()
	select {
	case <-t.Done():
		return t.Error()
	case <-c.Done():
		return c.why()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (c *connection3) subscribe(ctx context.Context, topics []string) error {
	filters := map[string]byte{}
	for _, t := range topics {
		filters[t] = 1
	}
	token := c.client.SubscribeMultiple(filters, nil)
	if err := c.wait(ctx, token); err != nil {
		return err
	}
	for _, code := range token.(*paho.SubscribeToken).Result() {
		if code >= 0x80 {
			return errRefused
		}
	}
	return nil
}

func (c *connection3) publish(ctx context.Context, m *outgoing) error {
	return c.wait(ctx, c.client.Publish(m.topic, m.qos, m.retain, m.payload))
}

func (c *connection3) close() {
	c.end(errClosed)
	c.client.Disconnect(250) // milliseconds for what is being sent
}
