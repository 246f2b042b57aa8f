package mqtt

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"
)

// ErrOptions is wrapped by what New says of options that make no sense.
var ErrOptions = errors.New("invalid MQTT options")

// The versions of the protocol.
const (
	Version3 = "3.1.1"
	Version5 = "5"
)

// DefaultDiscovery is what Home Assistant listens to unless told otherwise.
const DefaultDiscovery = "homeassistant"

// Options say how to reach the broker. Empty strings mean the defaults, where there are any.
type Options struct {
	URL       string // mqtt://HOST:1883, or mqtts://HOST:8883 for TLS; without user and password
	Version   string // Version3, the default, or Version5
	Prefix    string // of topics; pffedge
	Node      string // the device's part of topics; the host's name
	Username  string // "" for none
	Password  string // only with a user name
	CA        string // file of PEM certificates to trust instead of the system's; only with mqtts
	Discovery string // Home Assistant's prefix, such as DefaultDiscovery; "" tells it nothing
	ClientID  string // pffedge-NODE; the broker keeps the session by it, so it is one device's
	Software  string // version of the program, for Home Assistant; "" for none
	Log       *slog.Logger
}

// complete checks options and sets what is empty. It returns the address to dial and the
// TLS configuration, nil for none.
func (o *Options) complete() (address string, secure *tls.Config, err error) {
	set := func(s *string, to string) {
		if *s == "" {
			*s = to
		}
	}
	set(&o.Version, Version3)
	set(&o.Prefix, "pffedge")
	if o.Node == "" {
		if o.Node, err = os.Hostname(); err != nil {
			return "", nil, fmt.Errorf("the host's name, for topics: %w", err)
		}
	}
	o.Node = sanitise(o.Node)
	set(&o.Node, "device")
	set(&o.ClientID, "pffedge-"+o.Node)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	switch {
	case o.Version != Version3 && o.Version != Version5:
		err = fmt.Errorf("%w: version %q, want %s or %s", ErrOptions, o.Version, Version3, Version5)
	case !topicName(o.Prefix):
		err = fmt.Errorf("%w: prefix %q is no name of topics", ErrOptions, o.Prefix)
	case o.Discovery != "" && !topicName(o.Discovery):
		err = fmt.Errorf("%w: discovery prefix %q is no name of topics", ErrOptions, o.Discovery)
	case o.Password != "" && o.Username == "":
		err = fmt.Errorf("%w: a password without a user name", ErrOptions)
	case len(o.ClientID) > 128 || !plain(o.ClientID):
		err = fmt.Errorf("%w: client identifier %q, want at most 128 printable bytes", ErrOptions, o.ClientID)
	}
	if err != nil {
		return "", nil, err
	}
	return o.target()
}

// target takes the address apart. An error never repeats it: it may hold a password.
func (o *Options) target() (address string, secure *tls.Config, err error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return "", nil, fmt.Errorf("%w: the address of the broker is not like mqtt://HOST:1883 or mqtts://HOST:8883", ErrOptions)
	}
	if u.User != nil {
		return "", nil, fmt.Errorf("%w: user and password stand in the address of the broker, which is logged; give them as options of their own", ErrOptions)
	}
	port := u.Port()
	switch u.Scheme {
	case "mqtt":
		if o.CA != "" {
			return "", nil, fmt.Errorf("%w: certificates to trust, but no TLS: want mqtts://", ErrOptions)
		}
		if port == "" {
			port = "1883"
		}
	case "mqtts":
		if secure, err = trust(o.CA, u.Hostname()); err != nil {
			return "", nil, err
		}
		if port == "" {
			port = "8883"
		}
	default:
		return "", nil, fmt.Errorf("%w: the broker's scheme is %q, want mqtt or mqtts", ErrOptions, u.Scheme)
	}
	return net.JoinHostPort(u.Hostname(), port), secure, nil
}

func trust(file, host string) (*tls.Config, error) {
	c := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if file == "" {
		return c, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%w: certificates to trust: %w", ErrOptions, err)
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%w: %s holds no PEM certificate", ErrOptions, file)
	}
	return c, nil
}

// sanitise makes a level of topics, and of Home Assistant's identifiers, of a name.
func sanitise(name string) string {
	clean := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
			return r
		}
		return '_'
	}, name)
	return clean[:min(len(clean), 64)]
}

// topicName tells whether messages can be published under a name.
func topicName(s string) bool {
	return s != "" && len(s) <= 1024 && plain(s) && !strings.ContainsAny(s, "+#") && s[0] != '$'
}

func plain(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' })
}
