package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	goruntime "runtime"
	"syscall"
)

// OS is the machine's file system, for any number of goroutines.
type OS struct{}

type osFile struct{ *os.File }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// opened returns a file as an interface: nil where there is none.
func opened(f *os.File, err error) (File, error) {
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

// Open implements FS.
func (OS) Open(path string) (File, error) { return opened(os.Open(path)) }

// Edit implements FS.
func (OS) Edit(path string) (File, error) { return opened(os.OpenFile(path, os.O_RDWR, 0)) }

// Create implements FS.
func (OS) Create(path string, mode fs.FileMode) (File, error) {
	perm := mode
	if mode == 0 {
		perm = 0o666
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, perm)
	if err != nil || mode == 0 {
		return opened(f, err)
	}
	if err := f.Chmod(mode); err != nil { // what the umask took away
		f.Close()
		os.Remove(path)
		return nil, err
	}
	return osFile{f}, nil
}

// Resolve implements FS.
func (OS) Resolve(path string) (string, fs.FileMode, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, 0, nil
	}
	if err != nil {
		return "", 0, err
	}
	if !info.Mode().IsRegular() {
		return "", 0, errors.New("not a regular file")
	}
	target, err := filepath.EvalSymlinks(path)
	return target, info.Mode().Perm(), err
}

// List implements FS.
func (OS) List(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, nil
}

// Mkdir implements FS.
func (OS) Mkdir(dir string) error { return os.Mkdir(dir, 0o777) }

// Rename implements FS.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Remove implements FS.
func (OS) Remove(path string) error { return os.Remove(path) }

// SyncDir implements FS, where the system offers that.
func (OS) SyncDir(dir string) error {
	if goruntime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}
