package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSignAndVerify(t *testing.T) {
	_, path := flowerModel(t)
	dir := t.TempDir()
	key, other, out := filepath.Join(dir, "maker.pem"), filepath.Join(dir, "other.pem"), filepath.Join(dir, "signed.pff")
	var made, signed, verified signature
	only(t, done(t, "sign", "--json", "--new-key", key), &made)
	require.Equal(t, key, made.Secret)
	require.Equal(t, filepath.Join(dir, "maker.pub.pem"), made.Public)
	info, err := os.Stat(key)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "secret")
	require.Contains(t, done(t, "sign", "--new-key", other), "public key ed25519:")

	requireFailure(t, pffedge(t, "verify", path), path, "not signed")
	only(t, done(t, "sign", "--json", "--key", key, "--out", out, path), &signed)
	require.Equal(t, signature{File: out, Key: made.Key}, signed)
	requireFailure(t, pffedge(t, "verify", path), "not signed")
	only(t, done(t, "verify", "--json", out), &verified)
	require.Equal(t, signature{File: out, Key: made.Key}, verified)
	require.Contains(t, done(t, "verify", out), "for you to say")
	require.Contains(t, done(t, "verify", "--key", publicPath(other), "--key", made.Public, out), "which you trust")
	refused := pffedge(t, "verify", "--key", publicPath(other), out)
	requireFailure(t, refused, "not trusted")
	require.Contains(t, refused.stderr, "hint: it is signed by "+made.Key)
	require.Contains(t, done(t, "inspect", out), made.Key)
	require.Equal(t, done(t, "inspect", "--verify", path)[:40], done(t, "inspect", "--verify", out)[:40])

	file, err := os.ReadFile(out)
	require.NoError(t, err)
	write(t, out, flipped(string(file), len(file)/2))
	requireFailure(t, pffedge(t, "verify", out), "checksum")
	requireFailure(t, pffedge(t, "sign", "--key", key, out), "checksum")
}

func TestSignRefuses(t *testing.T) {
	_, path := flowerModel(t)
	dir := t.TempDir()
	key := filepath.Join(dir, "maker.pem")
	done(t, "sign", "--new-key", key)
	before, err := os.ReadFile(key)
	require.NoError(t, err)
	requireFailure(t, pffedge(t, "sign", "--new-key", key), key, "exists")
	after, err := os.ReadFile(key)
	require.NoError(t, err)
	require.Equal(t, before, after, "a key is never overwritten")

	write(t, filepath.Join(dir, "half.pub.pem"), "in the way")
	requireFailure(t, pffedge(t, "sign", "--new-key", filepath.Join(dir, "half.pem")), "half.pub.pem")
	require.NoFileExists(t, filepath.Join(dir, "half.pem"))

	strange, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	b, err := x509.MarshalPKCS8PrivateKey(strange)
	require.NoError(t, err)
	write(t, filepath.Join(dir, "rsa.pem"), string(pem.EncodeToMemory(&pem.Block{Type: secretBlock, Bytes: b})))
	write(t, filepath.Join(dir, "broken.pem"), string(pem.EncodeToMemory(&pem.Block{Type: secretBlock, Bytes: b[:100]})))
	write(t, filepath.Join(dir, "text.pem"), "no key\n")
	for file, part := range map[string]string{"rsa.pem": "another kind", "broken.pem": "broken.pem: ", "text.pem": "no PEM block", "maker.pub.pem": "PUBLIC KEY", "gone.pem": "no such file"} {
		requireFailure(t, pffedge(t, "sign", "--key", filepath.Join(dir, file), path), file, part)
	}
	requireFailure(t, pffedge(t, "verify", "--key", key, path), "maker.pem", "no PEM block")
	for _, args := range [][]string{
		words("sign"), words("sign", path), words("sign --key", key), words("sign --new-key x.pem", path), words("verify"), words("inspect --layout --verify", path), words("inspect --verify --sections", path),
	} {
		require.Equal(t, exitUsage, pffedge(t, args...).code, "%v", args)
	}
}

// TestKeysAreOpenSSLs reads a pair that `openssl genpkey -algorithm ed25519` and
// `openssl pkey -pubout` made.
func TestKeysAreOpenSSLs(t *testing.T) {
	dir := t.TempDir()
	secret, public := filepath.Join(dir, "s.pem"), filepath.Join(dir, "p.pem")
	write(t, secret, opensslSecret)
	write(t, public, opensslPublic)
	s, err := readSecretKey(secret)
	require.NoError(t, err)
	p, err := readPublicKey(public)
	require.NoError(t, err)
	require.True(t, p.Equal(s.Public().(ed25519.PublicKey)))
}

func TestInspectVerifyAndLayout(t *testing.T) {
	_, path := flowerModel(t)
	require.Contains(t, done(t, "inspect", "--verify", path), "every byte is as it was written")
	layout := done(t, "inspect", "--layout", path)
	require.Contains(t, layout, "00000000          8  89 50 46 46 0d 0a 1a 0a")
	require.NotContains(t, layout, "DAMAGED")

	file, err := os.ReadFile(path)
	require.NoError(t, err)
	damaged := filepath.Join(t.TempDir(), "damaged.pff")
	write(t, damaged, flipped(flipped(string(file), len(file)/2), len(file)-1000))
	got := pffedge(t, "inspect", "--verify", "--json", damaged)
	require.Equal(t, exitFailed, got.code)
	var v verification
	only(t, got.stdout, &v)
	require.False(t, v.Sound)
	bad := 0
	for _, s := range v.Sections {
		if s.Error != "" {
			bad++
		}
	}
	require.Equal(t, 2, bad, "both are found")
	require.Contains(t, done(t, "inspect", "--layout", damaged), "DAMAGED: ")
	require.Contains(t, done(t, "inspect", "--layout", "--json", damaged), `"damaged":true`)
	requireFailure(t, pffedge(t, "inspect", "--layout", filepath.Join(t.TempDir(), "gone")), "no such file")
}

const opensslSecret = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIGGXhOQBmFVOd0qJTvV+lfIBHzRHO5rny8NdBxr5B46s
-----END PRIVATE KEY-----
`

const opensslPublic = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAZDwaNXQ73vSwAbuAgCa1jLe/qM52+XBdrvG03Ms99nc=
-----END PUBLIC KEY-----
`
