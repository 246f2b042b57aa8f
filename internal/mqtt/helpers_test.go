package mqtt

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	broker "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/service"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/model/durable"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/store"
)

const patience = 20 * time.Second

var versions = []string{Version3, Version5}

// newStore makes a store of a model that knows the digits 0…3, by name.
func newStore(t testing.TB) string {
	t.Helper()
	in := model.Image(14, 14)
	m, _, err := runtime.Untrained("fast", in, []string{"0", "1", "2", "3"}, []int{24, 16}, 1)
	require.NoError(t, err)
	l, err := runtime.NewLearner(m, 1)
	require.NoError(t, err)
	defer l.Close()
	require.NoError(t, l.Rehearse(runtime.NewRehearsal(20_000, in)))
	dir := t.TempDir() + "/store"
	require.NoError(t, store.CreateLearner(durable.OS{}, dir, l, store.Options{}))
	return dir
}

func openService(t testing.TB, dir string) *service.Service {
	t.Helper()
	s, err := service.Open(service.Options{Dir: dir, Threads: 1})
	require.NoError(t, err)
	t.Cleanup(func() { s.Close(context.Background()) })
	return s
}

// drawing returns a digit as PNG, another one for each seed.
func drawing(t testing.TB, seed uint64) []byte {
	t.Helper()
	set, err := data.Open(t.Context(), "synthetic", data.Options{Split: data.Train, Width: 14, Height: 14, Samples: 10, Seed: seed})
	require.NoError(t, err)
	x, img := make([]float32, 14*14), image.NewGray(image.Rect(0, 0, 14, 14))
	set.Sample(x, 0)
	for i, v := range x {
		img.Pix[i] = byte(255 * v)
	}
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

// lesson returns a message that teaches a drawing.
func lesson(t testing.TB, seed uint64, class string, more map[string]any) []byte {
	t.Helper()
	m := map[string]any{"class": class, "image": base64.StdEncoding.EncodeToString(drawing(t, seed)), "force": true}
	for k, v := range more {
		m[k] = v
	}
	b, err := json.Marshal(m)
	require.NoError(t, err)
	return b
}

// startBroker runs a broker in this process and returns its address.
func startBroker(t testing.TB) string {
	t.Helper()
	b := broker.New(&broker.Options{Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, b.AddHook(new(auth.AllowHook), nil))
	l := listeners.NewTCP(listeners.Config{ID: "tcp", Address: "127.0.0.1:0"})
	require.NoError(t, b.AddListener(l))
	require.NoError(t, b.Serve())
	t.Cleanup(func() { b.Close() })
	return l.Address()
}

// wire is a way to a broker that can be cut.
type wire struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	down  bool
	conns []net.Conn
}

func newWire(t testing.TB, to string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w := &wire{listener: l, to: to}
	t.Cleanup(func() { l.Close(); w.cut() })
	go w.serve()
	return w
}

func (w *wire) address() string { return w.listener.Addr().String() }

func (w *wire) serve() {
	for {
		from, err := w.listener.Accept()
		if err != nil {
			return
		}
		w.mu.Lock()
		to, err := net.Dial("tcp", w.to)
		if err != nil || w.down {
			from.Close()
			if err == nil {
				to.Close()
			}
			w.mu.Unlock()
			continue
		}
		w.conns = append(w.conns, from, to)
		w.mu.Unlock()
		go func() { io.Copy(to, from); to.Close() }()
		go func() { io.Copy(from, to); from.Close() }()
	}
}

func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = true
	for _, c := range w.conns {
		c.Close()
	}
	w.conns = nil
}

func (w *wire) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = false
}

// start starts a bridge of node "n" and waits until it is connected.
func start(t testing.TB, s Service, version, address string) *Bridge {
	t.Helper()
	b, err := Start(Options{URL: "mqtt://" + address, Version: version, Node: "n", Discovery: DefaultDiscovery, Software: "test"}, s)
	require.NoError(t, err)
	t.Cleanup(func() { b.Close(context.Background()) })
	connected(t, b)
	return b
}

func connected(t testing.TB, b *Bridge) {
	t.Helper()
	for late := time.Now().Add(patience); !b.Status().Connected; time.Sleep(5 * time.Millisecond) {
		require.True(t, time.Now().Before(late), "%+v", b.Status())
	}
}

// peer is somebody else at the broker.
type peer struct {
	t      testing.TB
	client paho.Client
	heard  chan paho.Message
}

func newPeer(t testing.TB, address string, topics ...string) *peer {
	t.Helper()
	p := &peer{t: t, heard: make(chan paho.Message, 1000)}
	o := paho.NewClientOptions().AddBroker("tcp://" + address).SetClientID("peer-" + t.Name()).SetAutoReconnect(false)
	o.SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) { p.heard <- m })
	p.client = paho.NewClient(o)
	p.wait(p.client.Connect())
	t.Cleanup(func() { p.client.Disconnect(0) })
	for _, topic := range topics {
		p.wait(p.client.Subscribe(topic, 1, nil))
	}
	return p
}

func (p *peer) wait(token paho.Token) {
	p.t.Helper()
	require.True(p.t, token.WaitTimeout(patience))
	require.NoError(p.t, token.Error())
}

func (p *peer) say(topic string, payload []byte) {
	p.t.Helper()
	p.wait(p.client.Publish(topic, 1, false, payload))
}

// hear returns the payload of the next message on a topic, and skips others.
func (p *peer) hear(topic string) []byte {
	p.t.Helper()
	late := time.After(patience)
	for {
		select {
		case m := <-p.heard:
			if m.Topic() == topic {
				return m.Payload()
			}
		case <-late:
			require.FailNow(p.t, "nothing heard on "+topic)
		}
	}
}

func (p *peer) outcome() (o Outcome) {
	p.t.Helper()
	require.NoError(p.t, json.Unmarshal(p.hear("pffedge/n/outcome"), &o))
	return o
}
