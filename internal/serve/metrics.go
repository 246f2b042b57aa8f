package serve

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"github.com/pffedge/pffedge/internal/machine"
)

// metricSet is what /metrics tells.
type metricSet struct {
	set *metrics.Set
}

// latencies are the bounds of the histogram of requests, in seconds.
var latencies = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

func newMetrics(s *Server) *metricSet {
	m := &metricSet{metrics.NewSet()}
	gauge := func(name string, f func() float64) { m.set.NewGauge("pffedge_"+name, f) }
	gauge("queue_depth", func() float64 { return float64(s.service.Status().Queue) })
	gauge("sequence", func() float64 { return float64(s.service.Current().Sequence) })
	gauge("accuracy_lately", func() float64 { return s.service.Status().Accuracy.Lately })
	gauge("replay_samples", func() float64 { return float64(s.service.Status().Memory.Samples) })
	gauge("replay_bytes", func() float64 { return float64(s.service.Status().Memory.Bytes) })
	gauge("replay_budget_bytes", func() float64 { return float64(s.service.Status().Memory.Budget) })
	gauge("snapshot_age_seconds", func() float64 { return time.Since(s.service.Status().Snapshot).Seconds() })
	gauge("uptime_seconds", func() float64 { return time.Since(s.service.Status().Started).Seconds() })
	gauge("resident_memory_bytes", func() float64 { return float64(machine.ResidentMemory()) })
	gauge("broken", func() float64 { return oneIf(s.service.Err() != nil) })
	gauge("sleeping", func() float64 { return oneIf(s.service.Status().Sleep != nil) })
	if _, ok := machine.Temperature(); ok {
		gauge("temperature_celsius", func() float64 { v, _ := machine.Temperature(); return v })
	}
	if _, ok := machine.Throttled(); ok {
		gauge("throttled", func() float64 { v, _ := machine.Throttled(); return oneIf(v) })
	}
	return m
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// measure counts requests, and how long predictions take.
func (s *Server) measure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind := requestKind(r)
		if kind == "" {
			next.ServeHTTP(w, r)
			return
		}
		began, status := time.Now(), &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(status, r)
		s.metrics.set.GetOrCreateCounter(fmt.Sprintf(`pffedge_requests_total{kind=%q,code="%dxx"}`, kind, status.status/100)).Inc()
		if kind == "predict" || kind == "infer" {
			s.metrics.set.GetOrCreatePrometheusHistogramExt("pffedge_prediction_duration_seconds", latencies).UpdateDuration(began)
		}
	})
}

// requestKind names what is counted apart: few names, whatever is asked for.
func requestKind(r *http.Request) string {
	rest, found := strings.CutPrefix(r.URL.Path, "/v1/")
	if found {
		name, _, _ := strings.Cut(rest, "/")
		if slices.Contains([]string{"predict", "reconstruct", "generate", "teach", "correct", "learn", "forget", "undo", "rollback", "sleep", "classes", "samples", "history", "snapshots", "status", "device"}, name) {
			return name
		}
		return ""
	}
	if strings.HasPrefix(r.URL.Path, "/v2/models/") && strings.HasSuffix(r.URL.Path, "/infer") {
		return "infer"
	}
	return ""
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets streams flush.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// writeMetrics writes them in Prometheus' text format.
func (s *Server) writeMetrics(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	s.metrics.set.WritePrometheus(w)
	status, known := s.service.Status(), s.service.Known()
	counter := func(name string, v float64) { metrics.WriteCounterFloat64(w, "pffedge_"+name, v) }
	for _, method := range sortedKeys(status.Predictions) {
		counter(fmt.Sprintf("predictions_total{method=%q}", method), float64(status.Predictions[method]))
	}
	for _, kind := range sortedKeys(status.Operations) {
		counter(fmt.Sprintf("operations_total{kind=%q}", kind), float64(status.Operations[kind]))
	}
	counter("samples_learned_total", float64(status.Samples))
	counter("refused_total", float64(status.Refused))
	counter("busy_total", float64(status.Busy))
	counter("failures_total", float64(status.Failures))
	counter("drift_alarms_total", float64(status.DriftAlarms))
	for _, c := range known.Classes {
		if c.Recall != nil {
			metrics.WriteGaugeFloat64(w, "pffedge_class_recall{class="+labelValue(c.Class)+"}", *c.Recall)
		}
	}
	return nil
}

// labelValue quotes a class as a label: Prometheus escapes \, " and line ends alone.
func labelValue(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

func sortedKeys(m map[string]uint64) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
