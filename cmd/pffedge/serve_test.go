package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/servicetest"
)

// served is a `pffedge serve` at work, as a process.
type served struct {
	cmd    *exec.Cmd
	url    string
	stderr *bytes.Buffer
}

func startServe(t *testing.T, dir string, args ...string) *served {
	t.Helper()
	s := &served{stderr: &bytes.Buffer{}}
	s.cmd = program(context.WithoutCancel(t.Context()), append([]string{"serve", "--json", "--store", dir, "--addr", "127.0.0.1:0"}, args...))
	s.cmd.Stderr = s.stderr
	out, err := s.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, s.cmd.Start())
	t.Cleanup(func() { s.cmd.Process.Kill(); s.cmd.Wait() })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	require.NoError(t, err, "%s", s.stderr)
	var ready serving
	require.NoError(t, json.Unmarshal(line, &ready))
	s.url = strings.TrimSuffix(ready.URL, "/")
	return s
}

func (s *served) post(path, kind string, body []byte) (int, object, error) {
	got, err := http.Post(s.url+path, kind, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	defer got.Body.Close()
	var o object
	return got.StatusCode, o, json.NewDecoder(got.Body).Decode(&o)
}

// TestServeKilled: what was acknowledged is there, whenever the process is killed.
func TestServeKilled(t *testing.T) {
	dir := servicetest.NewStore(t)
	x, _ := servicetest.Some(t, 1, 30, "1", "2")
	acknowledged := 0
	for round := range 3 {
		s := startServe(t, dir, "--sleep-after", "0")
		var last atomic.Int64
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i := 0; ; i++ {
				code, o, err := s.post("/v1/teach?class=1&force=true", "image/png", servicetest.PNG(t, x.Row(i%30)))
				if err != nil {
					return
				}
				if code == http.StatusOK {
					last.Store(int64(o["operation"].(float64)))
				}
			}
		}()
		require.Eventually(t, func() bool { return last.Load() >= int64(acknowledged+2+round) }, time.Minute, time.Millisecond)
		require.NoError(t, s.cmd.Process.Kill())
		<-done
		acknowledged = int(last.Load())
		operations := objects(t, done2(t, "undo", "--store", dir, "--list", "--json", "1"))
		is := int(operations[0].at(t, "last").(float64))
		require.True(t, is == acknowledged || is == acknowledged+1, "%d acknowledged, %d there", acknowledged, is)
		acknowledged = is
	}
}

// done2 is done for a store that a crash has left something in.
func done2(t *testing.T, args ...string) string {
	t.Helper()
	o := pffedge(t, args...)
	require.Equal(t, exitOK, o.code, o.stderr)
	return o.stdout
}

// TestServeStops: on a signal it ends what is under way, and the store is closed.
func TestServeStops(t *testing.T) {
	dir := servicetest.NewStore(t)
	s := startServe(t, dir)
	x, _ := servicetest.Some(t, 1, 1, "1")
	code, _, err := s.post("/v1/teach?class=1&force=true", "image/png", servicetest.PNG(t, x.Row(0)))
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, code)
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, s.cmd.Wait(), "%s", s.stderr)
	require.Contains(t, done(t, "store", "verify", "--json", dir), `"opens":true`)
	require.EqualValues(t, 1, objects(t, done(t, "store", "show", "--json", dir))[0].at(t, "sequence"))
}

func TestServeRefuses(t *testing.T) {
	dir := servicetest.NewStore(t)
	short := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(short, []byte("short\n"), 0o600))
	requireUsage(t, pffedge(t, "serve"), "--store is missing")
	requireUsage(t, pffedge(t, "serve", "--store", dir, "--addr", ":0"), "can be reached from elsewhere", "--token-file")
	requireUsage(t, pffedge(t, "serve", "--store", dir, "--addr", "0.0.0.0:0"), "can be reached from elsewhere")
	requireUsage(t, pffedge(t, "serve", "--store", dir, "--addr", "here"), "--addr")
	requireUsage(t, pffedge(t, "serve", "--store", dir, "--cert", "x"), "--cert and --key")
	requireUsage(t, pffedge(t, "serve", "--store", dir, "--self-signed", "--cert", "x", "--key", "y"), "exclude")
	requireUsage(t, pffedge(t, "serve", "--store", dir, "--client-ca", "x"), "--client-ca")
	requireUsage(t, pffedge(t, "serve", "--store", dir, "--queue", "0"), "--queue")
	requireUsage(t, pffedge(t, "serve", "--store", dir, "--limit", "200"), "--limit")
	requireUsage(t, pffedge(t, "serve", "--store", dir, "--sleep-after", "-1s"), "--sleep-after")
	requireUsage(t, pffedge(t, "serve", "--store", dir, "--mqtt", "http://x"), "--mqtt")
	requireUsage(t, pffedge(t, "serve", "--store", dir, "--mqtt-user", "x"), "--mqtt is missing")
	requireFailure(t, pffedge(t, "serve", "--store", dir, "--addr", ":0", "--token-file", short), "want a token of 16")
	requireFailure(t, pffedge(t, "serve", "--store", dir, "--addr", "127.0.0.1:99999"), "port")
	requireFailure(t, pffedge(t, "serve", "--store", dir, "--cert", short, "--key", short), "certificate")
	requireFailure(t, pffedge(t, "serve", "--store", t.TempDir()), "not a store")
	s := startServe(t, dir)
	requireFailure(t, pffedge(t, "serve", "--store", dir, "--addr", "127.0.0.1:0"), "in use by another process")
	requireFailure(t, pffedge(t, "teach", "--store", dir, "--class", "1", short), "in use by another process")
	_ = s
}

// TestServeSelfSigned: it makes a certificate once, and answers by TLS to who has the
// token.
func TestServeSelfSigned(t *testing.T) {
	dir := servicetest.NewStore(t)
	token := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(token, []byte(strings.Repeat("k", 20)+"\n"), 0o600))
	var before []byte
	for range 2 {
		s := startServe(t, dir, "--self-signed", "--token-file", token)
		require.True(t, strings.HasPrefix(s.url, "https://"))
		certificate, err := os.ReadFile(filepath.Join(dir, "serve-cert.pem"))
		require.NoError(t, err)
		if before != nil {
			require.Equal(t, before, certificate)
		}
		before = certificate
		info, err := os.Stat(filepath.Join(dir, "serve-key.pem"))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		client := trusting(t, certificate)
		for given, want := range map[string]int{"": 401, strings.Repeat("k", 20): 200} {
			r, err := http.NewRequest(http.MethodGet, s.url+"/v1/status", nil)
			require.NoError(t, err)
			r.Header.Set("Authorization", "Bearer "+given)
			got, err := client.Do(r)
			require.NoError(t, err)
			got.Body.Close()
			require.Equal(t, want, got.StatusCode)
		}
		require.NoError(t, s.cmd.Process.Signal(syscall.SIGTERM))
		require.NoError(t, s.cmd.Wait())
	}
}

// trusting returns a client that trusts a certificate.
func trusting(t *testing.T, certificate []byte) *http.Client {
	t.Helper()
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(certificate))
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
}

// TestServeClientCertificates: who has none of the right ones is not let in, token or not.
func TestServeClientCertificates(t *testing.T) {
	dir, others := servicetest.NewStore(t), t.TempDir()
	pair := clientCertificate(t, filepath.Join(others, "clients.pem"))
	s := startServe(t, dir, "--self-signed", "--client-ca", filepath.Join(others, "clients.pem"), "--host", "device.example")
	own, err := os.ReadFile(filepath.Join(dir, "serve-cert.pem"))
	require.NoError(t, err)
	client := trusting(t, own)
	_, err = client.Get(s.url + "/v1/status")
	require.ErrorContains(t, err, "certificate required")
	client.Transport.(*http.Transport).TLSClientConfig.Certificates = []tls.Certificate{pair}
	client.CloseIdleConnections()
	r, err := http.NewRequest(http.MethodGet, s.url+"/v1/status", nil)
	require.NoError(t, err)
	r.Host = "device.example"
	got, err := client.Do(r)
	require.NoError(t, err)
	got.Body.Close()
	require.Equal(t, http.StatusOK, got.StatusCode)
}

// clientCertificate makes a client's certificate, by itself, and leaves it in a file.
func clientCertificate(t *testing.T, file string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a client"}, NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
