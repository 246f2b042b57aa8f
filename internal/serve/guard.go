package serve

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The policy of the page: nothing but what comes from here.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guard checks every request before anything looks at it.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(self), geolocation=(), microphone=()")
		if s.opt.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if !strings.HasPrefix(r.URL.Path, "/") {
			s.refuse(w, r, badRequest("the path does not begin with /"))
			return
		}
		if p := s.check(r); p != nil {
			if p.Status == http.StatusUnauthorized {
				h.Set("WWW-Authenticate", `Bearer realm="pffedge"`)
			}
			s.refuse(w, r, p)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, s.opt.MaxBody)
		next.ServeHTTP(w, r)
	})
}

func (s *Server) check(r *http.Request) *problem {
	if !s.hostAllowed(r.Host) {
		return newProblem(http.StatusMisdirectedRequest, "host", "This is no name of this device", "the Host header names another device; --host NAME allows a name")
	}
	if !s.originAllowed(r) {
		return newProblem(http.StatusForbidden, "origin", "Requests of other sites are not taken", "the Origin header names another site")
	}
	if s.limits != nil && !s.limits.allow(r.RemoteAddr) {
		return newProblem(http.StatusTooManyRequests, "rate", "Too many requests", "")
	}
	if s.isOpen(r.URL.Path) || s.opt.Token == "" {
		return nil
	}
	if !s.tokenGiven(r) {
		if s.failures != nil && !s.failures.allow(r.RemoteAddr) {
			return newProblem(http.StatusTooManyRequests, "rate", "Too many wrong tokens", "")
		}
		return newProblem(http.StatusUnauthorized, "unauthorized", "A token is needed", "send Authorization: Bearer TOKEN")
	}
	return nil
}

// isOpen tells whether a path needs no token: the page, which holds no secrets, and the
// question whether the service is there.
func (s *Server) isOpen(path string) bool {
	return !strings.HasPrefix(path, "/v1/") && !strings.HasPrefix(path, "/v2/models") && path != "/metrics" || path == "/v1/openapi.json"
}

// tokenGiven compares in constant time: also the lengths do not show.
func (s *Server) tokenGiven(r *http.Request) bool {
	given, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(s.opt.Token))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && found
}

// hostAllowed tells names of this device from names that somebody has pointed at it:
// addresses, localhost, and what was allowed.
func (s *Server) hostAllowed(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsValid()
	}
	return host == "localhost" || slices.Contains(s.hosts, host)
}

// originAllowed tells whether a request comes from the page of this service, or from no
// page at all.
func (s *Server) originAllowed(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		// A link from elsewhere to the page is fine.
		if r.Method != http.MethodGet || r.Header.Get("Sec-Fetch-Mode") != "navigate" || !s.isOpen(r.URL.Path) {
			return false
		}
	}
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		return true
	}
	u, err := url.Parse(origins[0])
	return len(origins) == 1 && err == nil && (u.Scheme == "http" || u.Scheme == "https") && strings.EqualFold(u.Host, r.Host)
}

// limiter bounds the rates of clients, by address.
type limiter struct {
	each  rate.Limit
	burst int

	mu    sync.Mutex
	known map[netip.Addr]*client
}

type client struct {
	*rate.Limiter
	last time.Time
}

// clientsKnown is how many clients are told apart; who comes on top of them pushes out
// those that have been quiet for longest.
const clientsKnown = 1024

func newLimiter(perSecond float64, burst int) *limiter {
	if perSecond <= 0 {
		return nil
	}
	return &limiter{each: rate.Limit(perSecond), burst: burst, known: map[netip.Addr]*client{}}
}

func (l *limiter) allow(remote string) bool {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return true // a socket of this machine
	}
	from := at.Addr().Unmap()
	if from.Is6() {
		// One subscriber has a whole network of these.
		prefix, _ := from.Prefix(64)
		from = prefix.Addr()
	}
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.known[from]
	if c == nil {
		if len(l.known) >= clientsKnown {
			l.dropOldest()
		}
		c = &client{Limiter: rate.NewLimiter(l.each, l.burst)}
		l.known[from] = c
	}
	c.last = now
	return c.AllowN(now, 1)
}

func (l *limiter) dropOldest() {
	var oldest netip.Addr
	var when time.Time
	for a, c := range l.known {
		if when.IsZero() || c.last.Before(when) {
			oldest, when = a, c.last
		}
	}
	delete(l.known, oldest)
}
