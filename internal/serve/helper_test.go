package serve

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/service"
	"github.com/pffedge/pffedge/internal/servicetest"
)

// device is a server at work, for a test.
type device struct {
	*service.Service
	dir, url string
	log      *bytes.Buffer
	schemas  *schemas
}

func newDevice(t *testing.T, o Options) *device {
	t.Helper()
	d := &device{dir: servicetest.NewStore(t), log: &bytes.Buffer{}, schemas: newSchemas(t)}
	d.open(t, o)
	return d
}

func (d *device) open(t *testing.T, o Options) {
	t.Helper()
	o.Log = slog.New(slog.NewTextHandler(d.log, nil))
	var err error
	d.Service, err = service.Open(service.Options{Dir: d.dir, Log: o.Log})
	require.NoError(t, err)
	t.Cleanup(func() { d.Service.Close(context.Background()) })
	server := httptest.NewServer(New(d.Service, o))
	t.Cleanup(server.Close)
	d.url = server.URL
}

// request is one to send.
type request struct {
	method, path, kind string
	body               []byte
	header             map[string]string
	host               string
}

// response is what came of it.
type response struct {
	status int
	header http.Header
	body   []byte
}

func (d *device) send(t *testing.T, q request) response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), q.method, d.url+q.path, bytes.NewReader(q.body))
	require.NoError(t, err)
	if q.kind != "" {
		r.Header.Set("Content-Type", q.kind)
	}
	for k, v := range q.header {
		r.Header.Set(k, v)
	}
	if q.host != "" {
		r.Host = q.host
	}
	got, err := http.DefaultClient.Do(r)
	require.NoError(t, err, "%s %s", q.method, q.path)
	defer got.Body.Close()
	b, err := io.ReadAll(got.Body)
	require.NoError(t, err)
	out := response{got.StatusCode, got.Header, b}
	d.schemas.check(t, q, out)
	return out
}

// ask sends JSON and decodes the answer, which must have that status.
func (d *device) ask(t *testing.T, status int, method, path string, body, into any) {
	t.Helper()
	q := request{method: method, path: path}
	if body != nil {
		var err error
		q.body, err = json.Marshal(body)
		require.NoError(t, err)
		q.kind = "application/json"
	}
	got := d.send(t, q)
	require.Equal(t, status, got.status, "%s %s: %s", method, path, got.body)
	if into != nil {
		require.NoError(t, json.Unmarshal(got.body, into), "%s", got.body)
	}
}

type object map[string]any

func images(t *testing.T, seed uint64, n int, class string) []string {
	t.Helper()
	x, _ := servicetest.Some(t, seed, n, class)
	var list []string
	for i := range n {
		list = append(list, base64.StdEncoding.EncodeToString(servicetest.PNG(t, x.Row(i))))
	}
	return list
}

// schemas compares answers with the description of the API.
type schemas struct {
	compiler *jsonschema.Compiler
	paths    map[string]map[string]any
}

func newSchemas(t *testing.T) *schemas {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(description))
	require.NoError(t, err)
	s := &schemas{compiler: jsonschema.NewCompiler()}
	require.NoError(t, s.compiler.AddResource("openapi.json", document))
	var d struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	require.NoError(t, json.Unmarshal(description, &d))
	s.paths = d.Paths
	return s
}

// find returns the path of the description that a request's is one of.
func (s *schemas) find(path string) string {
	path, _, _ = strings.Cut(path, "?")
	parts := strings.Split(path, "/")
	for name := range s.paths {
		wanted := strings.Split(name, "/")
		if len(wanted) != len(parts) {
			continue
		}
		same := true
		for i, w := range wanted {
			same = same && (w == parts[i] || strings.HasPrefix(w, "{") && parts[i] != "openapi.json")
		}
		if same {
			return name
		}
	}
	return ""
}

// check demands that an answer is as described, and an error a problem.
func (s *schemas) check(t *testing.T, q request, got response) {
	t.Helper()
	kind := got.header.Get("Content-Type")
	place := "openapi.json#/components/schemas/Problem"
	if got.status >= 400 {
		require.Equal(t, "application/problem+json", kind, "%s %s: %d %s", q.method, q.path, got.status, got.body)
	} else {
		name := s.find(q.path)
		operation, described := s.paths[name][strings.ToLower(q.method)].(map[string]any)
		if !described {
			require.False(t, strings.HasPrefix(q.path, "/v1/") || strings.HasPrefix(q.path, "/v2"), "%s %s is not described", q.method, q.path)
			return
		}
		code := "200"
		if got.status != http.StatusOK {
			code = "202"
		}
		require.Contains(t, operation["responses"], code)
		if kind != "application/json" {
			return
		}
		escape := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(name)
		place = "openapi.json#/paths/" + escape + "/" + strings.ToLower(q.method) + "/responses/" + code + "/content/application~1json/schema"
	}
	schema, err := s.compiler.Compile(place)
	require.NoError(t, err)
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(got.body))
	require.NoError(t, err)
	require.NoError(t, schema.Validate(value), "%s %s: %s", q.method, q.path, got.body)
}
