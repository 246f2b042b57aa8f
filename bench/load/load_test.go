package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/serve"
	"github.com/pffedge/pffedge/internal/service"
	"github.com/pffedge/pffedge/internal/servicetest"
)

func TestLoad(t *testing.T) {
	s, err := service.Open(service.Options{Dir: servicetest.NewStore(t)})
	require.NoError(t, err)
	defer s.Close(t.Context())
	server := httptest.NewServer(serve.New(s, serve.Options{}))
	defer server.Close()
	for _, args := range [][]string{{"-learn"}, {"-images"}, {"-batch", "7", "-connections", "2"}} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), append(args, "-url", server.URL, "-duration", "300ms", "-json"), &stdout, &stderr)
		require.Zero(t, code, "%s", stderr.String())
		var r report
		require.NoError(t, json.Unmarshal(stdout.Bytes(), &r))
		require.Positive(t, r.Requests)
		require.Zero(t, r.Errors)
		require.Positive(t, r.Predictions)
		require.GreaterOrEqual(t, r.P99, r.P50)
		require.Positive(t, r.MemoryMost)
		require.Equal(t, args[0] == "-learn", r.Operations > 0)
	}
}

// TestErrorsFail: an answer that is an error is told, and the program fails.
func TestErrorsFail(t *testing.T) {
	s, err := service.Open(service.Options{Dir: servicetest.NewStore(t)})
	require.NoError(t, err)
	defer s.Close(t.Context())
	v, began := serve.New(s, serve.Options{}), time.Now()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/predict") && time.Since(began) > 100*time.Millisecond {
			http.Error(w, "no more", http.StatusTeapot)
			return
		}
		v.ServeHTTP(w, r)
	}))
	defer server.Close()
	var stdout, stderr bytes.Buffer
	require.Equal(t, 1, run(t.Context(), []string{"-url", server.URL, "-duration", "300ms"}, &stdout, &stderr))
	require.Contains(t, stderr.String(), "418")
	require.Contains(t, stdout.String(), "predictions")
	for _, args := range [][]string{{"-batch", "0"}, {"-images", "-batch", "2"}, {"-duration", "0s"}, {"more"}} {
		require.Equal(t, 2, run(t.Context(), args, &stdout, &stderr))
	}
	require.Equal(t, 1, run(t.Context(), []string{"-url", "http://127.0.0.1:1"}, &stdout, &stderr))
}
