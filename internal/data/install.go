package data

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// verify checks the size and sum of the file at path.
func (d *download) verify(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(f, d.size+1))
	if err != nil {
		return err
	}
	if n != d.size {
		return fmt.Errorf("%w: want %d bytes", errWrongLength, d.size)
	}
	if sum := hex.EncodeToString(h.Sum(nil)); sum != d.sha256 {
		return fmt.Errorf("%w: SHA-256 %s, want %s", errWrongContent, sum, d.sha256)
	}
	return nil
}

// install gives the verified part file its final name, for good.
func (d *download) install() error {
	if err := syncFile(d.part(), os.O_RDWR); err != nil {
		return err
	}
	if err := os.Rename(d.part(), d.path); err != nil {
		return err
	}
	// Some file systems cannot sync a folder; the file itself is safe.
	_ = syncFile(filepath.Dir(d.path), os.O_RDONLY)
	d.report(d.size)
	return nil
}

func syncFile(path string, flag int) error {
	f, err := os.OpenFile(path, flag, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
