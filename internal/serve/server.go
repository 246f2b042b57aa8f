package serve

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/net/netutil"

	"github.com/pffedge/pffedge/internal/serve/page"
	"github.com/pffedge/pffedge/internal/service"
)

// Options say how a service is spoken to. Zero values mean the defaults.
type Options struct {
	Version     string      // of the program
	Model       string      // name that the Open Inference Protocol knows the model by; "pffedge"
	Token       string      // that clients must have; "" for none
	TLS         *tls.Config // nil for plain HTTP
	Hosts       []string    // names of this device, besides addresses, localhost and the host name
	MaxBody     int64       // bytes of a request; 8 MiB
	Rate        float64     // requests a second of one address; 0 for no limit
	Connections int         // at once; 256
	Log         *slog.Logger
	MQTT        func() any // how the connection to a broker is; nil without one
}

// Server speaks HTTP for a service.
type Server struct {
	opt      Options
	service  *service.Service
	log      *slog.Logger
	hosts    []string
	limits   *limiter
	failures *limiter      // of wrong tokens
	large    chan struct{} // held while a large image is decoded
	metrics  *metricSet
	hide     *strings.Replacer // takes out of errors where the store lies
	handler  http.Handler
	streams  context.Context // ends with the server: streams of events end then
	end      context.CancelFunc
}

// New returns a server for a service, which stays the caller's.
func New(s *service.Service, o Options) *Server {
	if o.Model == "" {
		o.Model = "pffedge"
	}
	if o.MaxBody == 0 {
		o.MaxBody = 8 << 20
	}
	if o.Connections == 0 {
		o.Connections = 256
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	v := &Server{opt: o, service: s, log: o.Log, limits: newLimiter(o.Rate, int(2*o.Rate)+1), large: make(chan struct{}, 1)}
	if o.Token != "" {
		v.failures = newLimiter(1, 10)
	}
	for _, name := range o.Hosts {
		v.hosts = append(v.hosts, strings.ToLower(name))
	}
	if name, err := os.Hostname(); err == nil {
		name = strings.ToLower(name)
		v.hosts = append(v.hosts, name, name+".local")
	}
	dir := s.Dir()
	v.hide = strings.NewReplacer(dir+": ", "", dir+string(os.PathSeparator), "", dir, "the store")
	v.streams, v.end = context.WithCancel(context.Background())
	v.metrics = newMetrics(v)
	v.handler = v.guard(v.measure(v.routes()))
	return v
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Times that a client has.
const (
	headerTime = 5 * time.Second
	bodyTime   = 30 * time.Second
	writeTime  = 5 * time.Minute // a lesson may have to wait for others
	idleTime   = 2 * time.Minute
)

// Serve answers on a listener until ctx ends, and then waits, as long as grace, for
// requests under way.
func (s *Server) Serve(ctx context.Context, l net.Listener, grace time.Duration) error {
	server := &http.Server{
		Handler: s, ReadHeaderTimeout: headerTime, ReadTimeout: bodyTime, WriteTimeout: writeTime, IdleTimeout: idleTime, MaxHeaderBytes: 16 << 10,
		TLSConfig: s.opt.TLS, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	l = netutil.LimitListener(l, s.opt.Connections)
	if s.opt.TLS != nil {
		l = tls.NewListener(l, s.opt.TLS)
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.end()
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := server.Shutdown(wait); err != nil {
		server.Close()
	}
	return nil
}

// routes says what answers what.
func (s *Server) routes() http.Handler {
	m := http.NewServeMux()
	handle := func(pattern string, h func(w http.ResponseWriter, r *http.Request) error) {
		m.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := h(w, r); err != nil {
				s.refuse(w, r, err)
			}
		})
	}
	handle("GET /v1/device", s.device)
	handle("GET /v1/status", s.status)
	handle("GET /v1/classes", s.classes)
	handle("POST /v1/classes", s.addClass)
	handle("DELETE /v1/classes/{class}", s.forgetClass)
	handle("POST /v1/predict", s.predict)
	handle("POST /v1/reconstruct", s.reconstruct)
	handle("POST /v1/generate", s.generate)
	handle("POST /v1/teach", s.teach)
	handle("POST /v1/correct", s.correct)
	handle("POST /v1/learn", s.learn)
	handle("POST /v1/forget", s.forget)
	handle("POST /v1/undo", s.undo)
	handle("POST /v1/rollback", s.rollback)
	handle("POST /v1/sleep", s.sleep)
	handle("DELETE /v1/sleep", s.wake)
	handle("GET /v1/samples", s.samples)
	handle("GET /v1/samples/{name}", s.sample)
	handle("DELETE /v1/samples/{name}", s.forgetSample)
	handle("GET /v1/history", s.history)
	handle("GET /v1/snapshots", s.snapshots)
	handle("POST /v1/snapshots", s.snapshot)
	handle("GET /v1/events", s.events)
	handle("GET /v1/openapi.json", s.openapi)
	handle("GET /metrics", s.writeMetrics)
	handle("GET /v2", s.inferenceServer)
	handle("GET /v2/health/live", s.live)
	handle("GET /v2/health/ready", s.ready)
	handle("GET /v2/models/{model}", s.inferenceModel)
	handle("GET /v2/models/{model}/ready", s.modelReady)
	handle("POST /v2/models/{model}/infer", s.infer)
	files := http.FileServerFS(page.Files)
	serveFile := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		files.ServeHTTP(w, r)
	}
	m.HandleFunc("GET /{$}", serveFile)
	m.HandleFunc("GET /{file}", serveFile) // the page has no folders
	return problems{m}
}

// problems answers what the router refuses, unknown paths and methods, as problems.
type problems struct{ *http.ServeMux }

func (p problems) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.ServeMux.ServeHTTP(&problemWriter{ResponseWriter: w}, r)
}

// problemWriter replaces plain errors by problems.
type problemWriter struct {
	http.ResponseWriter
	replaced bool
}

func (w *problemWriter) WriteHeader(status int) {
	h := w.Header()
	if status >= 400 && strings.HasPrefix(h.Get("Content-Type"), "text/plain") {
		w.replaced = true
		h.Set("Content-Type", "application/problem+json")
		h.Del("Content-Length")
		w.ResponseWriter.WriteHeader(status)
		name, title := "not-found", "There is no such thing"
		if status == http.StatusMethodNotAllowed {
			name, title = "method", "It cannot be done with this method"
		}
		writeProblem(w.ResponseWriter, newProblem(status, name, title, ""))
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *problemWriter) Write(b []byte) (int, error) {
	if w.replaced {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets streams flush.
func (w *problemWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
