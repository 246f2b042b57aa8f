package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// mirror is a server that answers every request in the same way, and what it
// was asked for.
func mirror(t *testing.T, answer http.HandlerFunc) (url string, asked *atomic.Pointer[string]) {
	t.Helper()
	asked = &atomic.Pointer[string]{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		asked.Store(&path)
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

// firstFile is the first one of MNIST, of so many bytes.
const (
	firstFile  = "train-images-idx3-ubyte.gz"
	firstBytes = 9912422
)

func TestFetchRefusesBadContent(t *testing.T) {
	zeros := func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, firstBytes)) }
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		reason string
	}{
		"wrong bytes": {zeros, "SHA-256"},
		"too short":   {func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("hello")) }, "file of 5 bytes, want 9912422"},
		"not there":   {http.NotFound, "404"},
		"in trouble":  {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, "503"},
	} {
		t.Run(name, func(t *testing.T) {
			url, asked := mirror(t, c.answer)
			out := filepath.Join(t.TempDir(), "set")
			o := pffedge(t, "data", "fetch", "mnist", "--out", out, "--mirror", url+"/there/")
			requireFailure(t, o, "fetch "+firstFile+": ", url, c.reason)
			require.Equal(t, "/there/"+firstFile, *asked.Load())
			for _, name := range names(t, out) {
				require.True(t, strings.HasSuffix(name, ".part"), name)
			}
			require.NotContains(t, o.stderr, "hint")
		})
	}
}

func TestFetchTriesEveryMirror(t *testing.T) {
	first, asked := mirror(t, http.NotFound)
	second, askedToo := mirror(t, http.NotFound)
	o := pffedge(t, "data", "fetch", "kmnist", "--out", t.TempDir(), "--mirror", first, "--mirror", second)
	requireFailure(t, o, first, second)
	require.NotNil(t, asked.Load())
	require.NotNil(t, askedToo.Load())
}

func TestFetchStops(t *testing.T) {
	f := newFuse(t, 0)
	url, _ := mirror(t, func(w http.ResponseWriter, r *http.Request) {
		f.cancel()
		<-r.Context().Done()
	})
	out := t.TempDir()
	o := exec1(f, strings.NewReader(""), "data", "fetch", "mnist", "--out", out, "--mirror", url)
	require.Equal(t, exitInterrupted, o.code)
	requireError(t, o, 1, "interrupted")
	require.Empty(t, o.stdout)
	require.NotContains(t, names(t, out), firstFile)
}

func TestFetchUsage(t *testing.T) {
	requireUsage(t, pffedge(t, "data", "fetch", "cifar"), "fashion-mnist, kmnist, mnist")
	requireUsage(t, pffedge(t, "data", "fetch"))
	requireUsage(t, pffedge(t, "data", "fetch", "mnist", "kmnist"))
	requireUsage(t, pffedge(t, "data", "get"), "get")
	requireUsage(t, pffedge(t, "data", "fetch", "mnist", "--mirrors", "x"), "--mirrors")
}

func TestFetchUnwritable(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "file"), "")
	requireFailure(t, pffedge(t, "data", "fetch", "mnist", "--out", filepath.Join(file, "set"), "--mirror", "http://127.0.0.1:1"), file)
}
