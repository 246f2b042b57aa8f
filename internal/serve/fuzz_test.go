package serve

import (
	"bytes"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/service"
	"github.com/pffedge/pffedge/internal/servicetest"
	"github.com/pffedge/pffedge/model/durable"
)

// FuzzRequest sends bodies to everything that takes one: an answer is never a failure of
// the server's.
func FuzzRequest(f *testing.F) {
	dir := filepath.Join(f.TempDir(), "store")
	servicetest.NewStoreOn(f, durable.OS{}, dir, false)
	s, err := service.Open(service.Options{Dir: dir, Threads: 1})
	require.NoError(f, err)
	f.Cleanup(func() { s.Close(f.Context()) })
	v := New(s, Options{MaxBody: 1 << 16})
	paths := []string{"predict", "reconstruct", "generate", "teach", "correct", "learn", "forget", "undo", "rollback", "sleep", "classes"}
	for i, body := range []string{
		`{"inputs":[[0,1,2]]}`, `{"images":["aGVsbG8="]}`, `{"class":"1","count":2,"seed":7}`, `{"class":"1","new":true,"inputs":[[]]}`,
		`{"sample":1,"class":"2"}`, `{"samples":[{"class":"1","input":[1]}]}`, `{"samples":[1]}`, `{"count":1,"last":3}`, `{"to":0}`, `{"seconds":0.1}`, `{"class":"x"}`, "\x89PNG\r\n\x1a\n",
	} {
		f.Add(uint8(i), false, []byte(body))
		f.Add(uint8(i), true, []byte(body))
	}
	f.Add(uint8(0), true, servicetest.PNG(f, make([]float32, 196)))
	f.Fuzz(func(t *testing.T, at uint8, picture bool, body []byte) {
		path := "/v2/models/pffedge/infer"
		if n := int(at) % (len(paths) + 1); n < len(paths) {
			path = "/v1/" + paths[n]
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost"+path, bytes.NewReader(body))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		if picture {
			r.Header.Set("Content-Type", "image/png")
		}
		w := &recorder{header: http.Header{}, status: http.StatusOK}
		v.ServeHTTP(w, r)
		require.Less(t, w.status, 500, "%s %q", path, body)
		require.NoError(t, s.Err())
	})
}
