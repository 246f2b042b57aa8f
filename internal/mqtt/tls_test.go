package mqtt

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/pem"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	broker "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/stretchr/testify/require"
)

// startSecure runs a broker with TLS that knows one user, and returns its address and the
// file of its certificate.
func startSecure(t *testing.T) (address, ca string) {
	t.Helper()
	s := httptest.NewTLSServer(nil) // for its certificate of 127.0.0.1
	defer s.Close()
	ca = filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o644))
	b := broker.New(&broker.Options{Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, b.AddHook(new(auth.Hook), &auth.Options{Ledger: &auth.Ledger{Auth: auth.AuthRules{{Username: "device", Password: "secret", Allow: true}}}}))
	l := listeners.NewTCP(listeners.Config{ID: "tls", Address: "127.0.0.1:0", TLSConfig: &tls.Config{Certificates: s.TLS.Certificates}})
	require.NoError(t, b.AddListener(l))
	require.NoError(t, b.Serve())
	t.Cleanup(func() { b.Close() })
	return l.Address(), ca
}

// TestSecure: a certificate and a password are asked for, and neither log nor status
// tells the password.
func TestSecure(t *testing.T) {
	each(t, func(t *testing.T, version string) {
		address, ca := startSecure(t)
		s := openService(t, newStore(t))
		for _, c := range []struct {
			name, password, ca string
			connects           bool
		}{
			{"good", "secret", ca, true},
			{"wrong password", "secret-but-wrong", ca, false},
			{"unknown certificate", "secret", "", false},
		} {
			var log bytes.Buffer
			b, err := Start(Options{
				URL: "mqtts://" + address, Version: version, Node: "n", Username: "device", Password: c.password, CA: c.ca,
				Log: slog.New(slog.NewTextHandler(&log, nil)),
			}, s)
			require.NoError(t, err)
			var status Status
			require.Eventually(t, func() bool {
				status = b.Status()
				return status.Connected || status.LastError != ""
			}, patience, time.Millisecond, c.name)
			b.Close(context.Background())
			require.Equal(t, c.connects, status.Connected, "%s: %s", c.name, status.LastError)
			require.NotEmpty(t, log.String())
			require.NotContains(t, log.String()+status.LastError, "secret", c.name)
		}
	})
}
