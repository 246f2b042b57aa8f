package mqtt

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/service"
)

func TestOptions(t *testing.T) {
	o := Options{URL: "mqtt://broker", Node: "küche/1"}
	address, secure, err := o.complete()
	require.NoError(t, err)
	require.Equal(t, "broker:1883", address)
	require.Nil(t, secure)
	require.Equal(t, "k_che_1", o.Node)
	require.Equal(t, "pffedge-k_che_1", o.ClientID)
	o = Options{URL: "mqtts://[::1]/"}
	address, secure, err = o.complete()
	require.NoError(t, err)
	require.Equal(t, "[::1]:8883", address)
	require.Equal(t, "::1", secure.ServerName)
	require.NotEmpty(t, o.Node)

	empty := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(empty, nil, 0o644))
	for name, o := range map[string]Options{
		"no address":     {},
		"other scheme":   {URL: "http://broker"},
		"no host":        {URL: "mqtt://:1883"},
		"password in it": {URL: "mqtt://user:secret@broker"},
		"nonsense":       {URL: "mqtt://user:secret@broker:port"},
		"path":           {URL: "mqtt://broker/secret"},
		"version":        {URL: "mqtt://broker", Version: "4"},
		"prefix":         {URL: "mqtt://broker", Prefix: "a/#"},
		"discovery":      {URL: "mqtt://broker", Discovery: "+"},
		"only password":  {URL: "mqtt://broker", Password: "secret"},
		"client":         {URL: "mqtt://broker", ClientID: "a\nb"},
		"CA without TLS": {URL: "mqtt://broker", CA: empty},
		"empty CA":       {URL: "mqtts://broker", CA: empty},
		"missing CA":     {URL: "mqtts://broker", CA: empty + "x"},
	} {
		_, err := Start(o, nil)
		require.ErrorIs(t, err, ErrOptions, name)
		require.NotContains(t, err.Error(), "secret", name)
	}
}

func TestOutboxDropsTheOldest(t *testing.T) {
	q := newOutbox()
	first := &outgoing{topic: "first"}
	q.put(first)
	for range OutboxMost {
		q.put(&outgoing{})
	}
	waiting, dropped := q.pending()
	require.Equal(t, OutboxMost, waiting)
	require.EqualValues(t, 1, dropped)
	require.NotSame(t, first, q.first())
	q.remove(first, true)
	waiting, dropped = q.pending()
	require.Equal(t, OutboxMost, waiting)
	require.EqualValues(t, 1, dropped)
	q.remove(q.first(), false)
	waiting, _ = q.pending()
	require.Equal(t, OutboxMost-1, waiting)
}

func TestInboxHasAnEnd(t *testing.T) {
	q := newInbox()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	require.True(t, q.put(ctx, &incoming{payload: make([]byte, MaxPayload)}))
	require.True(t, q.put(ctx, &incoming{payload: make([]byte, inboxBytes-MaxPayload)}))
	require.False(t, q.put(ctx, &incoming{payload: make([]byte, 1)}))
	require.False(t, q.put(ctx, &incoming{payload: make([]byte, 1), qos: 1}))

	q = newInbox()
	for range inboxMost {
		require.True(t, q.put(t.Context(), &incoming{qos: 1, payload: []byte{1}}))
	}
	require.False(t, q.put(t.Context(), &incoming{}))
	require.False(t, q.put(ctx, &incoming{qos: 1}))
	all, done := 0, context.CancelFunc(nil)
	ctx, done = context.WithCancel(t.Context())
	q.each(ctx, func(*incoming) {
		if all++; all == inboxMost {
			done()
		}
	})
	require.Equal(t, inboxMost, all)
	require.True(t, q.room.TryAcquire(inboxBytes), "all room is there again")
}

func TestBackoff(t *testing.T) {
	var b backoff
	for _, most := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 60} {
		got := b.wait()
		require.GreaterOrEqual(t, got, most*time.Second/2)
		require.Less(t, got, most*time.Second)
	}
}

// TestDeliveries: keys, with a service that remembers what it has done.
func TestDeliveries(t *testing.T) {
	done := map[string]bool{}
	var d deliveries
	learned := func(d *deliveries, m incoming) bool {
		out, err := d.once(&m, func(key string) (*service.Done, error) {
			before := done[key]
			done[key] = true
			return &service.Done{Replayed: before}, nil
		})
		require.NoError(t, err)
		return !out.Replayed
	}
	a := incoming{topic: "teach", id: 7, payload: []byte("a"), qos: 1}
	again := a
	again.duplicate = true
	require.True(t, learned(&d, a))
	require.False(t, learned(&d, again))
	require.True(t, learned(&d, a), "meant again, with the same packet identifier")
	require.False(t, learned(&d, again))
	other := a
	other.topic = "correct"
	require.True(t, learned(&d, other))
	other = again
	other.id = 8
	require.True(t, learned(&d, other), "marked, but never seen")

	var next deliveries // of the next process
	require.False(t, learned(&next, again))
	require.True(t, learned(&next, a))

	failing := incoming{topic: "teach", id: 9, qos: 1}
	var keys []string
	for range 2 {
		_, err := d.once(&failing, func(key string) (*service.Done, error) {
			keys = append(keys, key)
			return nil, errors.New("busy")
		})
		require.Error(t, err)
	}
	require.Equal(t, keys[0], keys[1])

	for i := range 2 * deliveriesKept {
		learned(&d, incoming{topic: "teach", id: uint16(i + 100)})
	}
	require.Len(t, d.counts, deliveriesKept)
	require.Len(t, d.order, deliveriesKept)
}
