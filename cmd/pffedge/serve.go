package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	goruntime "runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pffedge/pffedge/internal/lessons"
	"github.com/pffedge/pffedge/internal/mqtt"
	"github.com/pffedge/pffedge/internal/sdnotify"
	"github.com/pffedge/pffedge/internal/serve"
	"github.com/pffedge/pffedge/internal/service"
	"github.com/pffedge/pffedge/runtime"
)

// serveFlags are the flags of `pffedge serve`.
type serveFlags struct {
	dir, addr         string
	tokenFile         string
	cert, key, client string
	selfSigned        bool
	hosts             []string
	body              string
	rate              float64
	connections       int
	queue             int
	sleepAfter        time.Duration
	sleepSteps        int
	gate              lessons.Gate
	logJSON           bool
	mqtt              mqtt.Options
	mqttPasswordFile  string
}

// graceTime is how long a stop waits for what is under way.
const graceTime = 20 * time.Second

// leastToken is how many characters a token must have.
const leastToken = 16

// tokenEnv may hold the token.
const tokenEnv = "PFFEDGE_TOKEN"

func (a *app) serve() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve --store DIR",
		Short: "Predict and learn at once, for a page, programs and messages",
		Long: `Serve a store: predictions come from what was last learned and never wait for
learning; lessons queue, and are answered when they are on the medium and learned.
While nothing is to be done it sleeps.

Open the address in a browser for the page. Programs use the API, which
/v1/openapi.json describes, the Open Inference Protocol below /v2, and /metrics.

By default only this machine can connect. Any other --addr needs a token, in a file
or in the environment variable ` + tokenEnv + `, of at least 16 characters, or certificates
of clients; and better TLS: --cert and --key, or --self-signed, which makes a
certificate of its own in the store's folder.

With --mqtt it also listens to a broker's messages, below PREFIX/NODE: predict, teach,
correct and sleep, and publishes its state there; Home Assistant finds it by itself.

Ctrl-C, or SIGTERM, ends it when what is under way is done.`,
		Example: `  pffedge serve --store learned
  pffedge serve --store learned --addr :8443 --token-file token --self-signed`,
		Args: noArgs,
		RunE: doing(func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("threads") {
				a.threads = max(a.threads-1, 1)
			}
			if err := errors.Join(f.check(), a.checkThreads()); err != nil {
				return err
			}
			return a.runServe(cmd.Context(), &f)
		}),
	}
	fl := cmd.Flags()
	fl.StringVar(&f.dir, "store", "", "the store's folder")
	fl.StringVar(&f.addr, "addr", "127.0.0.1:8080", "`ADDRESS:PORT` to listen on")
	fl.StringVar(&f.tokenFile, "token-file", "", "`FILE` with the token that clients must send")
	fl.StringVar(&f.cert, "cert", "", "TLS: `FILE` with the certificate, in PEM")
	fl.StringVar(&f.key, "key", "", "TLS: `FILE` with its key, in PEM")
	fl.BoolVar(&f.selfSigned, "self-signed", false, "TLS: make a certificate in the store's folder, or use the one there")
	fl.StringVar(&f.client, "client-ca", "", "TLS: let in only clients with a certificate by one of those in this `FILE`")
	fl.StringSliceVar(&f.hosts, "host", nil, "more `NAMES` by which this device is known")
	fl.StringVar(&f.body, "max-body", "8MB", "largest request")
	fl.Float64Var(&f.rate, "rate", 0, "requests a second that one address may make (default: no limit for this machine alone, else 200)")
	fl.IntVar(&f.connections, "connections", 256, "connections at once")
	fl.IntVar(&f.queue, "queue", 64, "operations that may wait")
	fl.DurationVar(&f.sleepAfter, "sleep-after", time.Minute, "sleep after so long without anything to learn; 0 for never")
	fl.IntVar(&f.sleepSteps, "sleep-steps", runtime.SleepSteps, "steps of such a sleep")
	fl.Float64Var(&f.gate.Limit, "limit", lessons.DefaultGate.Limit, "`POINTS` of recall that a lesson may take from the classes known, on average")
	fl.Float64Var(&f.gate.ClassLimit, "class-limit", lessons.DefaultGate.ClassLimit, "`POINTS` of recall that it may take from any class")
	fl.StringVar(&f.mqtt.URL, "mqtt", "", "broker for messages, mqtt://`HOST`:1883 or mqtts://HOST:8883 (default: none)")
	fl.StringVar(&f.mqtt.Version, "mqtt-version", mqtt.Version3, "of the protocol: "+mqtt.Version3+" or "+mqtt.Version5)
	fl.StringVar(&f.mqtt.Prefix, "mqtt-prefix", "pffedge", "how topics begin")
	fl.StringVar(&f.mqtt.Node, "mqtt-node", "", "this device in topics (default: the host's name)")
	fl.StringVar(&f.mqtt.Username, "mqtt-user", "", "user name for the broker")
	fl.StringVar(&f.mqttPasswordFile, "mqtt-password-file", "", "`FILE` with the password for it")
	fl.StringVar(&f.mqtt.CA, "mqtt-ca", "", "`FILE` with certificates that the broker's may be by")
	fl.StringVar(&f.mqtt.Discovery, "mqtt-discovery", mqtt.DefaultDiscovery, "topics by which Home Assistant finds devices; empty: it does not")
	fl.BoolVar(&f.logJSON, "log-json", false, "write the log as JSON")
	a.addThreads(cmd)
	return cmd
}

func (f *serveFlags) check() error {
	switch {
	case f.dir == "":
		return usagef("--store is missing: a store's folder, as store create makes it")
	case (f.cert == "") != (f.key == ""):
		return usagef("--cert and --key go together")
	case f.cert != "" && f.selfSigned:
		return usagef("--cert and --self-signed exclude each other")
	case f.client != "" && f.cert == "" && !f.selfSigned:
		return usagef("--client-ca goes with --cert or --self-signed")
	case f.rate < 0 || f.connections < 1 || f.queue < 1:
		return usagef("--rate %v, --connections %d, --queue %d: want 0 or more, and at least one", f.rate, f.connections, f.queue)
	case f.mqtt.URL == "" && (f.mqtt.Username != "" || f.mqttPasswordFile != "" || f.mqtt.CA != ""):
		return usagef("--mqtt is missing: the broker that --mqtt-user, --mqtt-password-file and --mqtt-ca belong to")
	case f.sleepAfter < 0 || f.sleepSteps < 1 || f.sleepSteps > runtime.MaxSleepSteps:
		return usagef("--sleep-after %v, --sleep-steps %d: want no less than 0, and 1…%d steps", f.sleepAfter, f.sleepSteps, runtime.MaxSleepSteps)
	}
	if err := f.gate.Check(); err != nil {
		return usagef("--%w", err)
	}
	return nil
}

// isLoopback tells whether an address to listen on is reached from this machine alone.
func isLoopback(addr string) (bool, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false, usagef("--addr %q: want ADDRESS:PORT, e.g. 127.0.0.1:8080", addr)
	}
	if host == "localhost" {
		return true, nil
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback(), nil
}

// token returns the token that clients must send; "" for none.
func (f *serveFlags) token() (string, error) {
	token, from := os.Getenv(tokenEnv), tokenEnv
	if f.tokenFile != "" {
		b, err := os.ReadFile(f.tokenFile)
		if err != nil {
			return "", err
		}
		token, from = strings.TrimSpace(string(b)), f.tokenFile
	} else if token == "" {
		return "", nil
	}
	if len(token) < leastToken || len(token) > 512 || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fmt.Errorf("%s: want a token of %d…512 printable characters without spaces, e.g. from: openssl rand -hex 24", from, leastToken)
	}
	return token, nil
}

func (f *serveFlags) tls() (*tls.Config, error) {
	if f.selfSigned {
		var err error
		if f.cert, f.key, err = serve.SelfSigned(f.dir, f.hosts); err != nil {
			return nil, err
		}
	}
	if f.cert == "" {
		return nil, nil
	}
	return serve.Files(f.cert, f.key, f.client)
}

// options returns how to serve, after a look at what is safe.
func (f *serveFlags) options(a *app, log *slog.Logger) (*serve.Options, error) {
	alone, err := isLoopback(f.addr)
	if err != nil {
		return nil, err
	}
	body, err := parseBytes("--max-body", f.body)
	if err != nil {
		return nil, err
	}
	o := &serve.Options{Version: toolVersion(), Hosts: f.hosts, MaxBody: int64(body), Rate: f.rate, Connections: f.connections, Log: log}
	if o.Token, err = f.token(); err != nil {
		return nil, err
	}
	if !alone && o.Token == "" && f.client == "" {
		return nil, usagef("--addr %s can be reached from elsewhere: give a token with --token-file or %s, or --client-ca", f.addr, tokenEnv)
	}
	if !alone && f.rate == 0 {
		o.Rate = 200
	}
	if o.TLS, err = f.tls(); err != nil {
		return nil, err
	}
	return o, nil
}

// serving is what `pffedge serve --json` prints when it is ready.
type serving struct {
	URL         string `json:"url"`
	Store       string `json:"store"`
	Sequence    uint64 `json:"sequence"`
	Token       bool   `json:"token"`
	Fingerprint string `json:"fingerprint,omitempty"` // of the certificate, SHA-256
}

// spareThreads is how many threads Go may have besides those that it would: learning
// keeps its own busy for long, and with a spare one the system can let predictions go
// before it.
const spareThreads = 1

func (a *app) runServe(ctx context.Context, f *serveFlags) (err error) {
	if os.Getenv("GOMAXPROCS") == "" {
		defer goruntime.GOMAXPROCS(goruntime.GOMAXPROCS(goruntime.GOMAXPROCS(0) + spareThreads))
	}
	var handler slog.Handler = slog.NewTextHandler(a.stderr, nil)
	if f.logJSON {
		handler = slog.NewJSONHandler(a.stderr, nil)
	}
	log := slog.New(handler)
	o, err := f.options(a, log)
	if err != nil {
		return err
	}
	s, err := service.Open(service.Options{
		Dir: f.dir, Disk: a.disk, Threads: a.threads, Queue: f.queue, Gate: &f.gate, SleepAfter: f.sleepAfter, SleepSteps: f.sleepSteps, Log: log,
	})
	if err != nil {
		return a.adviseStore(f.dir, err)
	}
	defer func() {
		wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceTime)
		defer cancel()
		err = errors.Join(err, s.Close(wait))
	}()
	stop, err := f.startMQTT(s, o)
	if err != nil {
		return err
	}
	defer stop()
	l, err := net.Listen("tcp", f.addr)
	if err != nil {
		return err
	}
	ready := serving{URL: "http://" + l.Addr().String() + "/", Store: f.dir, Sequence: s.Current().Sequence, Token: o.Token != ""}
	if o.TLS != nil {
		ready.URL, ready.Fingerprint = "https"+strings.TrimPrefix(ready.URL, "http"), serve.Fingerprint(o.TLS)
	}
	if err := a.showServing(&ready); err != nil {
		l.Close()
		return err
	}
	server := serve.New(s, *o)
	go watchdog(ctx, s)
	if err := sdnotify.Ready(); err != nil {
		log.Warn("systemd: " + err.Error())
	}
	err = server.Serve(ctx, l, graceTime)
	sdnotify.Stopping()
	if ctx.Err() != nil && err == nil {
		log.Info("stopping", "store", f.dir)
	}
	return err
}

// startMQTT connects to the broker, if there is to be one, and returns what ends that. A
// broker that does not answer is no error: it may come.
func (f *serveFlags) startMQTT(s *service.Service, o *serve.Options) (stop func(), err error) {
	if f.mqtt.URL == "" {
		return func() {}, nil
	}
	m := f.mqtt
	m.Software, m.Log = o.Version, o.Log
	if f.mqttPasswordFile != "" {
		b, err := os.ReadFile(f.mqttPasswordFile)
		if err != nil {
			return nil, err
		}
		m.Password = strings.TrimSpace(string(b))
	}
	b, err := mqtt.Start(m, s)
	if errors.Is(err, mqtt.ErrOptions) {
		return nil, usagef("--mqtt: %w", err)
	}
	if err != nil {
		return nil, err
	}
	o.MQTT = func() any { return b.Status() }
	return func() {
		wait, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		b.Close(wait)
	}, nil
}

func (a *app) showServing(r *serving) error {
	if a.json {
		return a.print(r)
	}
	text := fmt.Sprintf("serving %s at %s\n", r.Store, r.URL)
	if r.Token {
		text += "clients need the token\n"
	}
	if r.Fingerprint != "" {
		text += "certificate SHA-256 " + r.Fingerprint + "\n"
	}
	_, err := fmt.Fprint(a.stdout, text)
	return err
}

// stuckTime is how long an operation may take before the service counts as stuck.
const stuckTime = 10 * time.Minute

// watchdog tells systemd, where it asks, that the service is alive: that it predicts, and
// that learning is not stuck.
func watchdog(ctx context.Context, s *service.Service) {
	every, err := sdnotify.Watchdog()
	if err != nil || every <= 0 {
		return
	}
	t := time.NewTicker(every / 2)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if s.Alive(ctx) && s.Status().Working < stuckTime {
				sdnotify.Alive()
			}
		}
	}
}
