package serve

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/pffedge/pffedge/model/durable"
)

// Files returns the TLS configuration of a certificate and a key, in PEM files. With
// clients, a file of certificates, only clients with a certificate by one of them are let
// in.
func Files(certificate, key, clients string) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return nil, fmt.Errorf("certificate %s with key %s: %w", certificate, key, err)
	}
	c := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	if clients == "" {
		return c, nil
	}
	b, err := os.ReadFile(clients)
	if err != nil {
		return nil, err
	}
	c.ClientCAs, c.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
	if !c.ClientCAs.AppendCertsFromPEM(b) {
		return nil, fmt.Errorf("%s: no certificate in PEM", clients)
	}
	return c, nil
}

// certificateTime is how long a certificate of our own is good for.
const certificateTime = 10 * 365 * 24 * time.Hour

// SelfSigned makes a certificate of its own in a folder, serve-cert.pem and
// serve-key.pem, unless they are there, and returns their paths.
func SelfSigned(dir string, hosts []string) (certificate, key string, err error) {
	certificate, key = filepath.Join(dir, "serve-cert.pem"), filepath.Join(dir, "serve-key.pem")
	if _, err := os.Stat(certificate); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return certificate, key, err
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return "", "", err
	}
	name, _ := os.Hostname()
	t := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "pffedge on " + name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(certificateTime),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
		DNSNames: append([]string{"localhost", name, name + ".local"}, hosts...), IPAddresses: addresses(),
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &private.PublicKey, private)
	if err != nil {
		return "", "", err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", "", err
	}
	if err := writePEM(key, "PRIVATE KEY", secret, 0o600); err != nil {
		return "", "", err
	}
	return certificate, key, writePEM(certificate, "CERTIFICATE", der, 0o644)
}

func writePEM(path, kind string, der []byte, mode fs.FileMode) error {
	if err := os.WriteFile(path, nil, mode); err != nil { // gives the file its mode
		return err
	}
	return durable.WriteAtomic(durable.OS{}, path, func(w io.Writer) error {
		return pem.Encode(w, &pem.Block{Type: kind, Bytes: der})
	})
}

// addresses returns those of this machine.
func addresses() []net.IP {
	list := []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return list
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() {
			list = append(list, n.IP)
		}
	}
	return list
}

// Fingerprint returns the SHA-256 sum of the first certificate of a configuration, as
// browsers show it.
func Fingerprint(c *tls.Config) string {
	sum := sha256.Sum256(c.Certificates[0].Certificate[0])
	parts := bytes.ToUpper([]byte(hex.EncodeToString(sum[:])))
	var out []byte
	for i := 0; i < len(parts); i += 2 {
		if i > 0 {
			out = append(out, ':')
		}
		out = append(out, parts[i], parts[i+1])
	}
	return string(out)
}
