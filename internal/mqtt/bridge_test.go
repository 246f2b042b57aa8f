package mqtt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"
	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/service"
)

// each runs a test with both versions.
func each(t *testing.T, test func(t *testing.T, version string)) {
	for _, version := range versions {
		t.Run(version, func(t *testing.T) { test(t, version) })
	}
}

func TestPredict(t *testing.T) {
	each(t, func(t *testing.T, version string) {
		address := startBroker(t)
		s := openService(t, newStore(t))
		start(t, s, version, address)
		p := newPeer(t, address, "pffedge/n/result", "pffedge/n/state")
		ask := func(payload []byte) (r Result) {
			p.say("pffedge/n/predict", payload)
			require.NoError(t, json.Unmarshal(p.hear("pffedge/n/result"), &r))
			require.Empty(t, r.Problem)
			require.Contains(t, s.Current().Classes, r.Class)
			require.Len(t, r.Probabilities, 4)
			require.Equal(t, r.Confidence, r.Probabilities[r.Class])
			return r
		}
		plain := ask(drawing(t, 1))
		named := ask([]byte(`{"id": "a", ` + strings.TrimPrefix(string(onlyImage(t, 1)), "{")))
		require.Equal(t, "a", named.ID)
		require.Equal(t, plain.Probabilities, named.Probabilities)
		ask([]byte(`{"input": [` + strings.Repeat("7,", 14*14-1) + `255]}`))

		var state State
		require.Eventually(t, func() bool {
			require.NoError(t, json.Unmarshal(p.hear("pffedge/n/state"), &state))
			return state.Last != nil
		}, patience, time.Millisecond)
		require.Equal(t, []string{"0", "1", "2", "3"}, state.Classes)
		require.Len(t, state.Recall, 4)
		require.Nil(t, state.Accuracy)
	})
}

func onlyImage(t *testing.T, seed uint64) []byte {
	var m map[string]any
	require.NoError(t, json.Unmarshal(lesson(t, seed, "", nil), &m))
	b, err := json.Marshal(map[string]any{"image": m["image"]})
	require.NoError(t, err)
	return b
}

// TestLearn: what an outcome says was done is done, and in the store.
func TestLearn(t *testing.T) {
	each(t, func(t *testing.T, version string) {
		address, dir := startBroker(t), newStore(t)
		s := openService(t, dir)
		b := start(t, s, version, address)
		p := newPeer(t, address, "pffedge/n/outcome")
		p.say("pffedge/n/teach", lesson(t, 1, "heart", map[string]any{"new": true, "id": "first"}))
		o := p.outcome()
		require.Empty(t, o.Problem)
		require.Equal(t, Outcome{ID: "first", Operation: 1, Kind: "teach", Class: "heart", Samples: 1, Recall: o.Recall, Harm: o.Harm}, o)
		require.NotNil(t, o.Recall)
		require.NotNil(t, o.Harm)
		require.Contains(t, s.Current().Classes, "heart")

		p.say("pffedge/n/correct", lesson(t, 2, "heart", map[string]any{"was": "1"}))
		o = p.outcome()
		require.Empty(t, o.Problem)
		require.EqualValues(t, 2, o.Operation)
		require.Equal(t, "1", o.Was)

		p.say("pffedge/n/teach", lesson(t, 1, "heart", map[string]any{"new": true, "id": "first"}))
		o = p.outcome()
		require.True(t, o.Replayed)
		require.EqualValues(t, 1, o.Operation)

		p.say("pffedge/n/teach", lesson(t, 3, "heart", map[string]any{"id": "first"}))
		require.Equal(t, titleKey, p.outcome().Title)

		p.say("pffedge/n/sleep", []byte(pressed))
		o = p.outcome()
		require.Empty(t, o.Problem)
		require.Equal(t, "sleep", o.Kind)

		status := b.Status()
		require.True(t, status.Connected)
		require.Empty(t, status.LastError)
		require.EqualValues(t, 5, status.Received)
		require.Zero(t, status.Dropped)
		b.Close(t.Context())
		require.NoError(t, s.Close(context.Background()))
		again := openService(t, dir)
		past, err := again.History(10)
		require.NoError(t, err)
		require.Equal(t, "teach", past[len(past)-1].Kind)
		require.Contains(t, again.Current().Classes, "heart")
	})
}

// TestAway: what is sent while the device is away is learned when it is back, each
// once, equal ones too.
func TestAway(t *testing.T) {
	each(t, func(t *testing.T, version string) {
		address := startBroker(t)
		w := newWire(t, address)
		s := openService(t, newStore(t))
		b := start(t, s, version, w.address())
		p := newPeer(t, address, "pffedge/n/outcome", "pffedge/n/available")
		require.Equal(t, "online", string(p.hear("pffedge/n/available")))
		w.cut()
		require.Equal(t, "offline", string(p.hear("pffedge/n/available")), "the last will")
		require.Eventually(t, func() bool { return !b.Status().Connected }, patience, time.Millisecond)
		require.NotEmpty(t, b.Status().LastError)
		for i := range 5 {
			p.say("pffedge/n/teach", lesson(t, uint64(i), fmt.Sprint(i%4), nil))
		}
		p.say("pffedge/n/teach", lesson(t, 4, "0", nil))
		w.mend()
		connected(t, b)
		require.Equal(t, "online", string(p.hear("pffedge/n/available")))
		classes := map[string]int{}
		for i := range 6 {
			o := p.outcome()
			require.Empty(t, o.Problem)
			require.False(t, o.Replayed)
			require.EqualValues(t, i+1, o.Operation)
			classes[o.Class]++ // this broker keeps no order
		}
		require.Equal(t, map[string]int{"0": 3, "1": 1, "2": 1, "3": 1}, classes)
		require.EqualValues(t, 6, s.Current().Sequence)
	})
}

// TestBrokerRestarts: one that has forgotten the session is subscribed to anew.
func TestBrokerRestarts(t *testing.T) {
	each(t, func(t *testing.T, version string) {
		first := startBroker(t)
		w := newWire(t, first)
		s := openService(t, newStore(t))
		start(t, s, version, w.address())
		w.cut()
		second := startBroker(t)
		w.mu.Lock()
		w.to = second
		w.mu.Unlock()
		p := newPeer(t, second, "pffedge/n/#")
		w.mend()
		require.Equal(t, "online", string(p.hear("pffedge/n/available")))
		require.NotEmpty(t, p.hear("pffedge/n/state"))
		p.say("pffedge/n/teach", lesson(t, 1, "1", nil))
		require.EqualValues(t, 1, p.outcome().Operation)
	})
}

// interrupted is a service whose Teach calls something after it has learned.
type interrupted struct {
	*service.Service
	after func() error
}

func (s *interrupted) Teach(ctx context.Context, l *service.Lesson) (*service.Done, error) {
	done, err := s.Service.Teach(ctx, l)
	if err != nil {
		return nil, err
	}
	if err := s.after(); err != nil {
		return nil, err
	}
	return done, nil
}

// TestAcknowledgementLost: a message that comes again, for the broker did not hear that it
// was done, is not learned again.
func TestAcknowledgementLost(t *testing.T) {
	each(t, func(t *testing.T, version string) {
		address := startBroker(t)
		w := newWire(t, address)
		s := openService(t, newStore(t))
		var once atomic.Bool
		b := start(t, &interrupted{s, func() error {
			if once.CompareAndSwap(false, true) {
				w.cut()
			}
			return nil
		}}, version, w.address())
		p := newPeer(t, address, "pffedge/n/outcome")
		p.say("pffedge/n/teach", lesson(t, 1, "1", nil))
		require.Eventually(t, func() bool { return !b.Status().Connected }, patience, time.Millisecond)
		w.mend()
		require.False(t, p.outcome().Replayed)
		o := p.outcome()
		require.True(t, o.Replayed)
		require.EqualValues(t, 1, o.Operation)
		// The same content, but another message.
		p.say("pffedge/n/teach", lesson(t, 1, "1", nil))
		o = p.outcome()
		require.False(t, o.Replayed)
		require.EqualValues(t, 2, o.Operation)
		require.EqualValues(t, 2, s.Current().Sequence)
	})
}

// TestCrash: the process ends after it has learned and before it has said so.
func TestCrash(t *testing.T) {
	each(t, func(t *testing.T, version string) {
		address, dir := startBroker(t), newStore(t)
		w := newWire(t, address)
		s := openService(t, dir)
		learned := make(chan struct{}, 100)
		b := start(t, &interrupted{s, func() error { learned <- struct{}{}; return service.ErrClosing }}, version, w.address())
		p := newPeer(t, address, "pffedge/n/outcome")
		p.say("pffedge/n/teach", lesson(t, 1, "1", nil))
		<-learned
		w.cut()
		b.Close(t.Context())
		require.NoError(t, s.Close(context.Background()))

		w.mend()
		s = openService(t, dir)
		require.EqualValues(t, 1, s.Current().Sequence)
		start(t, s, version, w.address())
		o := p.outcome()
		require.True(t, o.Replayed)
		require.EqualValues(t, 1, o.Operation)
		require.EqualValues(t, 1, s.Current().Sequence)
	})
}

// busy is a service that is busy for some calls.
type busy struct {
	*service.Service
	calls atomic.Int32
	until int32
	err   error
}

func (s *busy) Teach(ctx context.Context, l *service.Lesson) (*service.Done, error) {
	if s.calls.Add(1) <= s.until {
		return nil, s.err
	}
	return s.Service.Teach(ctx, l)
}

// TestBusy: messages wait for a busy service, in order.
func TestBusy(t *testing.T) {
	each(t, func(t *testing.T, version string) {
		address := startBroker(t)
		s := &busy{Service: openService(t, newStore(t)), until: 2, err: service.ErrBusy}
		start(t, s, version, address)
		p := newPeer(t, address, "pffedge/n/outcome")
		for i := range 3 {
			p.say("pffedge/n/teach", lesson(t, uint64(i), fmt.Sprint(i), nil))
		}
		for i := range 3 {
			o := p.outcome()
			require.Empty(t, o.Problem)
			require.Equal(t, fmt.Sprint(i), o.Class)
			require.EqualValues(t, i+1, o.Operation)
		}
	})
}

// TestUnforeseen: what fails for no known reason is tried again, and given up in the end.
func TestUnforeseen(t *testing.T) {
	require.True(t, passing(errors.New("disk"), 1))
	require.False(t, passing(errors.New("disk"), attempts))
	require.True(t, passing(service.ErrBusy, 1000))
	require.False(t, passing(bad("x"), 1))
	require.False(t, passing(&service.Refused{}, 1))
}

// TestNoBroker: it is no error, and told.
func TestNoBroker(t *testing.T) {
	each(t, func(t *testing.T, version string) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		address := l.Addr().String()
		require.NoError(t, l.Close())
		b, err := Start(Options{URL: "mqtt://" + address, Version: version, Node: "n"}, openService(t, newStore(t)))
		require.NoError(t, err)
		require.Eventually(t, func() bool { return b.Status().LastError != "" }, patience, time.Millisecond)
		require.False(t, b.Status().Connected)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		b.Close(ctx)
		b.Close(ctx)
		require.NoError(t, ctx.Err())
	})
}

// TestCloseSaysOffline without a last will.
func TestCloseSaysOffline(t *testing.T) {
	each(t, func(t *testing.T, version string) {
		address := startBroker(t)
		b := start(t, openService(t, newStore(t)), version, address)
		b.Close(t.Context())
		p := newPeer(t, address, "pffedge/n/available")
		require.Equal(t, "offline", string(p.hear("pffedge/n/available")))
	})
}

// TestResponseTopic of version 5.
func TestResponseTopic(t *testing.T) {
	address := startBroker(t)
	start(t, openService(t, newStore(t)), Version5, address)
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	heard := make(chan *paho.Publish, 10)
	c := paho.NewClient(paho.ClientConfig{Conn: conn, OnPublishReceived: []func(paho.PublishReceived) (bool, error){
		func(r paho.PublishReceived) (bool, error) { heard <- r.Packet; return true, nil },
	}})
	_, err = c.Connect(t.Context(), &paho.Connect{ClientID: "asker", CleanStart: true, KeepAlive: 30})
	require.NoError(t, err)
	defer c.Disconnect(&paho.Disconnect{})
	_, err = c.Subscribe(t.Context(), &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: "mine", QoS: 1}}})
	require.NoError(t, err)
	for topic, payload := range map[string][]byte{"predict": drawing(t, 1), "teach": lesson(t, 1, "2", nil)} {
		_, err = c.Publish(t.Context(), &paho.Publish{
			Topic: "pffedge/n/" + topic, QoS: 1, Payload: payload, Properties: &paho.PublishProperties{ResponseTopic: "mine", CorrelationData: []byte(topic)},
		})
		require.NoError(t, err)
		select {
		case m := <-heard:
			require.Equal(t, "mine", m.Topic)
			require.Equal(t, topic, string(m.Properties.CorrelationData))
			require.NotContains(t, string(m.Payload), "error")
		case <-time.After(patience):
			require.FailNow(t, "no answer")
		}
	}
}

// TestDiscovery: what Home Assistant is told.
func TestDiscovery(t *testing.T) {
	each(t, func(t *testing.T, version string) {
		address := startBroker(t)
		start(t, openService(t, newStore(t)), version, address)
		p := newPeer(t, address, "homeassistant/#")
		ids := map[string]bool{}
		for _, topic := range []string{"sensor/n/class", "sensor/n/confidence", "sensor/n/accuracy", "sensor/n/memory", "binary_sensor/n/drift", "button/n/sleep"} {
			var m entity
			select {
			case got := <-p.heard:
				require.True(t, got.Retained())
				require.NoError(t, json.Unmarshal(got.Payload(), &m), got.Topic())
			case <-time.After(patience):
				require.FailNow(t, topic)
			}
			ids[m.UniqueID] = true
			require.Equal(t, "pffedge/n/available", m.Available)
			require.Equal(t, []string{"pffedge_n"}, m.Device.Identifiers)
			require.True(t, m.State == "pffedge/n/state" && m.Template != "" || m.Command == "pffedge/n/sleep", "%+v", m)
		}
		require.Len(t, ids, 6)
	})
}
