package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// keyName writes a public key for people to compare.
func keyName(key ed25519.PublicKey) string {
	return "ed25519:" + base64.RawStdEncoding.EncodeToString(key)
}

// maxKeyBytes bounds a key file; real ones have about 120 bytes.
const maxKeyBytes = 1 << 16

// readPEM returns the first block of that type in the file at path.
func readPEM(path, kind string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxKeyBytes))
	if err != nil {
		return nil, err
	}
	var other string
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type == kind {
			return block.Bytes, nil
		}
		other = fmt.Sprintf(", but a %q", block.Type)
	}
	return nil, fmt.Errorf("%s: no PEM block %q%s", path, kind, other)
}

// The PEM blocks of keys, as openssl writes them too.
const (
	secretBlock = "PRIVATE KEY"
	publicBlock = "PUBLIC KEY"
)

func readSecretKey(path string) (ed25519.PrivateKey, error) {
	b, err := readPEM(path, secretBlock)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if secret, ok := key.(ed25519.PrivateKey); ok {
		return secret, nil
	}
	return nil, fmt.Errorf("%s: a key of another kind than Ed25519", path)
}

func readPublicKey(path string) (ed25519.PublicKey, error) {
	b, err := readPEM(path, publicBlock)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKIXPublicKey(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if public, ok := key.(ed25519.PublicKey); ok {
		return public, nil
	}
	return nil, fmt.Errorf("%s: a key of another kind than Ed25519", path)
}

// publicPath returns where the public half of the secret key at path goes.
func publicPath(path string) string { return strings.TrimSuffix(path, filepath.Ext(path)) + ".pub.pem" }

// makeKeys writes a new secret key to path and its public half beside it. It
// overwrites neither.
func makeKeys(path string) (ed25519.PublicKey, error) {
	public, secret, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	b, err := x509.MarshalPKCS8PrivateKey(secret)
	if err != nil {
		return nil, err
	}
	if err := writeNew(path, 0o600, &pem.Block{Type: secretBlock, Bytes: b}); err != nil {
		return nil, err
	}
	if b, err = x509.MarshalPKIXPublicKey(public); err == nil {
		err = writeNew(publicPath(path), 0o644, &pem.Block{Type: publicBlock, Bytes: b})
	}
	if err != nil {
		os.Remove(path) // half a pair is of no use, and this one is ours
		return nil, err
	}
	return public, nil
}

// writeNew writes a file that does not exist yet.
func writeNew(path string, mode os.FileMode, block *pem.Block) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	err = pem.Encode(f, block)
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		os.Remove(path)
	}
	return err
}
