package data

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// blob is the content of the file the test servers serve.
var blob = func() []byte {
	b := make([]byte, 300_000)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}()

func blobFile() remoteFile {
	sum := sha256.Sum256(blob)
	return remoteFile{"blob.gz", int64(len(blob)), hex.EncodeToString(sum[:])}
}

// mirror is a test server that remembers the requests it got.
type mirror struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
}

// serve starts a mirror; handle gets the number of each request, from 0.
func serve(t *testing.T, handle func(w http.ResponseWriter, r *http.Request, n int)) *mirror {
	t.Helper()
	m := &mirror{}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		n := len(m.requests)
		m.requests = append(m.requests, r)
		m.mu.Unlock()
		handle(w, r, n)
	}))
	t.Cleanup(m.Close)
	return m
}

// ranges returns the Range headers of the requests.
func (m *mirror) ranges() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var got []string
	for _, r := range m.requests {
		got = append(got, r.Header.Get("Range"))
	}
	return got
}

// sound serves the blob as a good server does.
func sound(w http.ResponseWriter, r *http.Request, _ int) {
	w.Header().Set("ETag", `"blob"`)
	http.ServeContent(w, r, "blob.gz", time.Time{}, bytes.NewReader(blob))
}

// cutAfter serves the blob from where it is asked to, and breaks the
// connection after n bytes.
func cutAfter(w http.ResponseWriter, r *http.Request, n int) {
	from := 0
	if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); err == nil {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(blob)-1, len(blob)))
	}
	w.Header().Set("ETag", `"blob"`)
	w.Header().Set("Content-Length", strconv.Itoa(len(blob)-from))
	if from > 0 {
		w.WriteHeader(http.StatusPartialContent)
	}
	w.Write(blob[from : from+n])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

// get fetches the blob to dir.
func get(dir string, opt FetchOptions, mirrors ...string) error {
	return remoteSet{mirrors, []remoteFile{blobFile()}}.fetch(context.Background(), dir, opt)
}

// requireBlob asserts that dir holds the right file and nothing else.
func requireBlob(t *testing.T, dir string) {
	t.Helper()
	got, err := os.ReadFile(dir + "/blob.gz")
	require.NoError(t, err)
	require.True(t, bytes.Equal(blob, got))
	requireFiles(t, dir, "blob.gz")
}

func requireFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	require.Equal(t, want, names)
}

func TestFetch(t *testing.T) {
	m := serve(t, sound)
	dir := t.TempDir() + "/new/folder"
	var seen []FetchProgress
	opt := FetchOptions{Progress: func(p FetchProgress) { seen = append(seen, p) }}
	require.NoError(t, get(dir, opt, m.URL+"/set/"))
	requireBlob(t, dir)
	require.Equal(t, "/set/blob.gz", m.requests[0].URL.Path)
	require.Equal(t, "identity", m.requests[0].Header.Get("Accept-Encoding"))
	require.Equal(t, FetchProgress{"blob.gz", int64(len(blob)), int64(len(blob))}, seen[len(seen)-1])
	require.True(t, slices.IsSortedFunc(seen, func(a, b FetchProgress) int { return int(a.Done - b.Done) }))

	require.NoError(t, get(dir, opt, m.URL))
	require.Len(t, m.ranges(), 1, "a file that is right is not fetched again")
}

func TestFetchReplacesAWrongFile(t *testing.T) {
	m, dir := serve(t, sound), t.TempDir()
	write(t, dir+"/blob.gz", []byte("half a fi"))
	require.NoError(t, get(dir, FetchOptions{}, m.URL))
	requireBlob(t, dir)
}

func TestFetchResumesAPartialFile(t *testing.T) {
	m, dir := serve(t, sound), t.TempDir()
	write(t, dir+"/blob.gz.part", blob[:100_000])
	require.NoError(t, get(dir, FetchOptions{}, m.URL))
	requireBlob(t, dir)
	require.Equal(t, []string{"bytes=100000-"}, m.ranges())
}

func TestFetchNeedsNoServerForACompletePart(t *testing.T) {
	m, dir := serve(t, sound), t.TempDir()
	write(t, dir+"/blob.gz.part", blob)
	require.NoError(t, get(dir, FetchOptions{}, m.URL))
	requireBlob(t, dir)
	require.Empty(t, m.ranges())
}

func TestFetchStartsOverBehindAWrongPart(t *testing.T) {
	for name, part := range map[string][]byte{
		"other bytes": make([]byte, 100_000),
		"complete":    make([]byte, len(blob)),
		"too long":    make([]byte, len(blob)+1),
	} {
		t.Run(name, func(t *testing.T) {
			m, dir := serve(t, sound), t.TempDir()
			write(t, dir+"/blob.gz.part", part)
			require.NoError(t, get(dir, FetchOptions{}, m.URL))
			requireBlob(t, dir)
			require.Equal(t, "", m.ranges()[len(m.ranges())-1])
		})
	}
}

func TestFetchFromAServerWithoutRanges(t *testing.T) {
	m, dir := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { w.Write(blob) }), t.TempDir()
	write(t, dir+"/blob.gz.part", make([]byte, 100_000))
	require.NoError(t, get(dir, FetchOptions{}, m.URL))
	requireBlob(t, dir)
	require.Equal(t, []string{"bytes=100000-"}, m.ranges(), "the full answer replaces the part at once")
}

func TestFetchGoesOnBehindABrokenConnection(t *testing.T) {
	m, dir := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n < 2 {
			cutAfter(w, r, 100_000)
		}
		sound(w, r, n)
	}), t.TempDir()
	require.NoError(t, get(dir, FetchOptions{}, m.URL))
	requireBlob(t, dir)
	require.Equal(t, []string{"", "bytes=100000-", "bytes=200000-"}, m.ranges())
	require.Equal(t, `"blob"`, m.requests[1].Header.Get("If-Range"))
}

func TestFetchGoesOnAtTheNextMirror(t *testing.T) {
	bad := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 0 {
			cutAfter(w, r, 100_000)
		}
		http.Error(w, "gone", http.StatusServiceUnavailable)
	})
	good, dir := serve(t, sound), t.TempDir()
	require.NoError(t, get(dir, FetchOptions{}, bad.URL, good.URL))
	requireBlob(t, dir)
	require.Equal(t, []string{"bytes=100000-"}, good.ranges())
	require.Empty(t, good.requests[0].Header.Get("If-Range"), "the tag is another server's")
}

func TestFetchTriesTheNextMirror(t *testing.T) {
	corrupt := slices.Clone(blob)
	corrupt[1000] ^= 1
	for name, c := range map[string]struct {
		handle func(http.ResponseWriter, *http.Request, int)
		want   string
	}{
		"not found": {func(w http.ResponseWriter, r *http.Request, _ int) { http.NotFound(w, r) }, "server answers 404 Not Found"},
		"corrupted": {func(w http.ResponseWriter, _ *http.Request, _ int) { w.Write(corrupt) }, "wrong content: SHA-256 "},
		"too short": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Content-Length", "5000")
			w.Write(blob[:5000])
		}, "wrong length: file of 5000 bytes, want 300000"},
		"ends early": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Write(blob[:5000])
			w.(http.Flusher).Flush()
		}, "content ends after 5000 of 300000 bytes"},
		"too long": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Content-Length", "300001")
			w.Write(append(blob[:len(blob):len(blob)], 1))
		}, "wrong length: file of 300001 bytes"},
		"endless": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			for range 3 {
				w.Write(blob)
				w.(http.Flusher).Flush()
			}
		}, "wrong length: more than 300000 bytes"},
		"keeps breaking":  {func(w http.ResponseWriter, r *http.Request, _ int) { cutAfter(w, r, 1000) }, "connection broke 5 times"},
		"breaks at once":  {func(w http.ResponseWriter, r *http.Request, _ int) { cutAfter(w, r, 0) }, "EOF"},
		"another range":   {func(w http.ResponseWriter, _ *http.Request, _ int) { wrongRange(w) }, "wrong length: sends \"bytes 5-9/10\""},
		"redirects round": {func(w http.ResponseWriter, r *http.Request, _ int) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, "stopped after 10 redirects"},
	} {
		t.Run(name, func(t *testing.T) {
			bad, good, dir := serve(t, c.handle), serve(t, sound), t.TempDir()
			err := get(dir, FetchOptions{}, bad.URL)
			requireFault(t, err, "fetch blob.gz: "+bad.URL+"/blob.gz: ", c.want)
			require.NoFileExists(t, dir+"/blob.gz")
			require.NoError(t, get(dir, FetchOptions{}, bad.URL, good.URL))
			requireBlob(t, dir)
		})
	}
}

func wrongRange(w http.ResponseWriter) {
	w.Header().Set("Content-Range", "bytes 5-9/10")
	w.WriteHeader(http.StatusPartialContent)
}

func TestFetchNamesEveryMirrorThatFailed(t *testing.T) {
	missing := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) { http.NotFound(w, r) })
	dead := serve(t, sound)
	dead.Close()
	err := get(t.TempDir(), FetchOptions{}, missing.URL, dead.URL)
	failed := &FetchError{}
	require.ErrorAs(t, err, &failed)
	require.Len(t, failed.Attempts, 2)
	requireFault(t, err, missing.URL+"/blob.gz: server answers 404", "; "+dead.URL+"/blob.gz: ", "connection refused")
}

// A part of the wrong bytes makes even a file of the right length wrong;
// what the last mirror sent decides.
func TestFetchForgetsCorruptedContent(t *testing.T) {
	bad := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { w.Write(make([]byte, len(blob))) })
	dir := t.TempDir()
	require.ErrorIs(t, get(dir, FetchOptions{}, bad.URL), errWrongContent)
	requireFiles(t, dir)
}

func TestFetchGivesUpOnSilence(t *testing.T) {
	for name, sent := range map[string]int{"from the start": 0, "in the middle": 100_000} {
		t.Run(name, func(t *testing.T) {
			m := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				if sent > 0 {
					w.Header().Set("Content-Length", strconv.Itoa(len(blob)))
					w.Write(blob[:sent])
					w.(http.Flusher).Flush()
				}
				<-r.Context().Done()
			})
			err := get(t.TempDir(), FetchOptions{Stall: 20 * time.Millisecond}, m.URL)
			require.ErrorIs(t, err, errStalled)
			requireFault(t, err, "blob.gz: server went silent")
		})
	}
}

func TestFetchStopsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	m := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		w.Header().Set("Content-Length", strconv.Itoa(len(blob)))
		w.Write(blob[:100_000])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	dir := t.TempDir()
	set := remoteSet{[]string{m.URL, m.URL}, []remoteFile{blobFile()}}
	err := set.fetch(ctx, dir, FetchOptions{Progress: func(p FetchProgress) {
		if p.Done == 100_000 {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	requireFault(t, err, "fetch blob.gz: context canceled")
	requireFiles(t, dir, "blob.gz.part")
	require.Len(t, m.ranges(), 1, "no other mirror is tried")

	require.NoError(t, get(dir, FetchOptions{}, serve(t, sound).URL))
	requireBlob(t, dir)
	require.ErrorIs(t, set.fetch(ctx, t.TempDir(), FetchOptions{}), context.Canceled)
}

func TestFetchFaults(t *testing.T) {
	err := Fetch(context.Background(), "cifar", t.TempDir(), FetchOptions{})
	require.ErrorIs(t, err, ErrUnknownSet)
	requireFault(t, err, `"cifar", want one of "fashion-mnist", "kmnist", "mnist"`)
	require.ErrorContains(t, Fetch(context.Background(), "mnist", t.TempDir(), FetchOptions{Mirrors: []string{}}), "no mirrors")

	file := write(t, t.TempDir()+"/file", nil)
	require.Error(t, get(file, FetchOptions{}, "http://localhost"))
	requireFault(t, get(t.TempDir(), FetchOptions{}, "::bad"), "fetch blob.gz: ::bad/blob.gz: ")
}

// The public sets, end to end, but for the content.
func TestFetchAsksForFourFiles(t *testing.T) {
	m := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) { http.NotFound(w, r) })
	err := Fetch(context.Background(), "mnist", t.TempDir(), FetchOptions{Mirrors: []string{m.URL}})
	requireFault(t, err, "fetch train-images-idx3-ubyte.gz: ", "404")
}

func TestRemoteSets(t *testing.T) {
	sums := map[string]string{}
	for name, set := range remoteSets {
		require.NotEmpty(t, set.mirrors, name)
		for _, base := range set.mirrors {
			u, err := url.Parse(base)
			require.NoError(t, err)
			require.Contains(t, []string{"http", "https"}, u.Scheme)
			require.True(t, strings.HasSuffix(base, "/"), base)
		}
		var files []string
		for _, f := range set.files {
			files = append(files, f.name)
			sum, err := hex.DecodeString(f.sha256)
			require.NoError(t, err)
			require.Len(t, sum, sha256.Size)
			require.Positive(t, f.size)
			require.Empty(t, sums[f.sha256], "two files with one sum")
			sums[f.sha256] = name + f.name
		}
		dir := t.TempDir()
		for _, f := range files {
			write(t, filepath.Join(dir, f), nil)
		}
		for _, split := range []Split{Train, Test} {
			require.NotEmpty(t, findIDX(dir, split, "images"), "Open finds what Fetch fetches")
			require.NotEmpty(t, findIDX(dir, split, "labels"))
		}
	}
	require.Equal(t, FetchNames(), slices.Sorted(maps.Keys(remoteSets)))
}
