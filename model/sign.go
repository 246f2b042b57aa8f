package model

import (
	"bufio"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// What can be wrong with a signature.
var (
	ErrUnsigned  = errors.New("not signed")
	ErrSignature = errors.New("the signature does not belong to this content")
	ErrUntrusted = errors.New("signed by a key that is not trusted")
)

// signatureBytes is the length of a signature section: the public key and the
// signature.
const signatureBytes = ed25519.PublicKeySize + ed25519.SignatureSize

// signedPrefix keeps signatures of files apart from a key's other uses.
const signedPrefix = "pffedge model file, Ed25519\x00"

// signedMessage returns what the signature of m, or of c, which contains m,
// signs: the prefix and the SHA-256 of the file without a signature.
func signedMessage(m *Model, c *Checkpoint) ([]byte, error) {
	h := sha256.New()
	if err := encodeVersion(FormatVersion, h, m, c, nil); err != nil {
		return nil, err
	}
	return h.Sum([]byte(signedPrefix)), nil
}

// Sign writes the model or checkpoint at from to the file at to, which may be
// the same, with a signature by key in place of any that it has. Apart from the
// signature the file is what Save or SaveCheckpoint writes.
func Sign(from, to string, key ed25519.PrivateKey) error {
	m, c, _, err := loadSigned(from)
	if err != nil {
		return err
	}
	message, err := signedMessage(m, c)
	if err != nil {
		return err
	}
	signature := append([]byte(key.Public().(ed25519.PublicKey)), ed25519.Sign(key, message)...)
	return WriteFileAtomic(to, func(w io.Writer) error {
		return encodeVersion(FormatVersion, w, m, c, signature)
	})
}

// VerifySignature reads the whole file at path and returns the key that signed
// it. The error wraps ErrUnsigned; ErrSignature; ErrUntrusted, with the key,
// when trusted keys are given and it is none of them; or what Load may find.
func VerifySignature(path string, trusted ...ed25519.PublicKey) (ed25519.PublicKey, error) {
	m, c, signature, err := loadSigned(path)
	if err != nil {
		return nil, err
	}
	if signature == nil {
		return nil, fmt.Errorf("%s: %w", path, ErrUnsigned)
	}
	message, err := signedMessage(m, c)
	if err != nil {
		return nil, err
	}
	key := ed25519.PublicKey(signature[:ed25519.PublicKeySize])
	if !ed25519.Verify(key, message, signature[ed25519.PublicKeySize:]) {
		return nil, fmt.Errorf("%s: %w", path, ErrSignature)
	}
	for _, k := range trusted {
		if k.Equal(key) {
			return key, nil
		}
	}
	if len(trusted) > 0 {
		return key, fmt.Errorf("%s: %w", path, ErrUntrusted)
	}
	return key, nil
}

// loadSigned reads everything in the file at path: the model, the checkpoint
// unless it is nil, and the signature unless it is nil.
func loadSigned(path string) (m *Model, c *Checkpoint, signature []byte, err error) {
	err = withFile(path, func(f io.Reader, size int64) error {
		r := &reader{src: bufio.NewReader(f), size: size}
		front, err := r.front()
		if err != nil {
			return err
		}
		whole, err := r.rest(front, front.checkpoint)
		if err != nil {
			return err
		}
		m, signature = whole.Model, r.signature
		if front.checkpoint {
			c = whole
		}
		return nil
	})
	return m, c, signature, err
}
