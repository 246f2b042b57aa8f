package mqtt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eclipse/paho.golang/packets"
	"github.com/eclipse/paho.golang/paho"
)

// connection5 is a connection by version 5.
type connection5 struct {
	ending
	client  *paho.Client
	present bool // the session
}

// What the broker is asked to keep to: messages that it may send before the first of
// them is acknowledged, all of which are held in memory, and the bytes of one, such that
// there is an answer to somewhat more than is allowed.
const (
	mostUnacknowledged = 16
	mostPacket         = MaxPayload + 1<<20
)

func connect5(ctx context.Context, d *dialling) (connection, error) {
	conn, err := d.dial(ctx)
	if err != nil {
		return nil, err
	}
	c := &connection5{ending: newEnding()}
	c.client = paho.NewClient(paho.ClientConfig{
		Conn: packets.NewThreadSafeConn(conn), EnableManualAcknowledgment: true, SendAcksInterval: 20 * time.Millisecond, PacketTimeout: writeTimeout,
		OnClientError: func(err error) { c.end(errors.Join(errLost, err)) },
		OnServerDisconnect: func(m *paho.Disconnect) {
			c.end(fmt.Errorf("%w: the broker disconnects with reason %#x", errLost, m.ReasonCode))
		},
		OnPublishReceived: []func(paho.PublishReceived) (bool, error){func(r paho.PublishReceived) (bool, error) {
			d.received(c, incoming5(r))
			return true, nil
		}},
	})
	expiry, unacknowledged, packet := uint32(sessionExpiry/time.Second), uint16(mostUnacknowledged), uint32(mostPacket)
	ack, err := c.client.Connect(ctx, &paho.Connect{
		ClientID: d.ClientID, KeepAlive: uint16(keepAlive / time.Second),
		Username: d.Username, UsernameFlag: d.Username != "", Password: []byte(d.Password), PasswordFlag: d.Password != "",
		Properties:  &paho.ConnectProperties{SessionExpiryInterval: &expiry, ReceiveMaximum: &unacknowledged, MaximumPacketSize: &packet, RequestProblemInfo: true},
		WillMessage: &paho.WillMessage{Topic: d.will.topic, Payload: d.will.payload, QoS: d.will.qos, Retain: d.will.retain}, WillProperties: &paho.WillProperties{},
	})
	if err != nil {
		c.end(err)
		conn.Close()
		return nil, err
	}
	c.present = ack.SessionPresent
	return c, nil
}

func (c *connection5) resumed() bool { return c.present }

func incoming5(r paho.PublishReceived) *incoming {
	p := r.Packet
	m := &incoming{topic: p.Topic, payload: p.Payload, qos: p.QoS, duplicate: p.Duplicate(), retained: p.Retain, id: p.PacketID}
	// An error of Ack means that the connection has gone: the message comes again.
	m.ack = func() { _ = r.Client.Ack(p) }
	if p.Properties != nil {
		m.replyTo, m.correlation = p.Properties.ResponseTopic, p.Properties.CorrelationData
	}
	return m
}

func (c *connection5) subscribe(ctx context.Context, topics []string) error {
	s := &paho.Subscribe{}
	for _, t := range topics {
		s.Subscriptions = append(s.Subscriptions, paho.SubscribeOptions{Topic: t, QoS: 1, RetainHandling: 2})
	}
	ack, err := c.client.Subscribe(ctx, s)
	if err != nil && ack != nil {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	return err
}

func (c *connection5) publish(ctx context.Context, m *outgoing) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c, cancel)()
	_, err := c.client.Publish(ctx, &paho.Publish{
		Topic: m.topic, Payload: m.payload, QoS: m.qos, Retain: m.retain,
		Properties: &paho.PublishProperties{CorrelationData: m.correlation},
	})
	return err
}

func (c *connection5) close() {
	c.end(errClosed)
	_ = c.client.Disconnect(&paho.Disconnect{ReasonCode: 0}) // fails if it is lost already
}
