package model

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	goruntime "runtime"
	"syscall"
)

// Save writes m to path as WriteFileAtomic does. See Encode.
func Save(path string, m *Model) error {
	return WriteFileAtomic(path, func(w io.Writer) error { return Encode(w, m) })
}

// SaveCheckpoint writes c to path as WriteFileAtomic does. See
// EncodeCheckpoint.
func SaveCheckpoint(path string, c *Checkpoint) error {
	return WriteFileAtomic(path, func(w io.Writer) error { return EncodeCheckpoint(w, c) })
}

// WriteFileAtomic gives the file at path the content that write writes, all
// of it or nothing: after an error, a crash or a power cut, path holds the
// old content or the new one, whole.
//
// The content goes to a temporary file in the same folder, which takes the
// old file's place once it is on the medium. An existing file keeps its
// permissions, a symbolic link stays and its target is replaced. An error
// leaves no temporary file; a crash may leave one, named .pffedge-*.tmp.
//
// The only error after which path holds the new content is that of the
// folder's sync: a power cut may then still bring back the old one.
func WriteFileAtomic(path string, write func(io.Writer) error) error {
	if err := writeFile(osDisk{}, path, write); err != nil {
		return fmt.Errorf("save %s: %w", path, err)
	}
	return nil
}

// disk is the file system as far as saving needs it; tests make it fail.
type disk interface {
	// resolve follows symbolic links and returns the permissions of the file
	// there, 0 if there is none.
	resolve(path string) (target string, mode fs.FileMode, err error)
	// create makes a new file in dir with a name nobody else uses. Mode 0
	// stands for the default.
	create(dir string, mode fs.FileMode) (tempFile, error)
	rename(from, to string) error
	syncDir(dir string) error
	remove(path string) error
}

type tempFile interface {
	io.Writer
	Name() string
	Sync() error
	Close() error
}

func writeFile(d disk, path string, write func(io.Writer) error) error {
	target, mode, err := d.resolve(path)
	if err != nil {
		return err
	}
	dir := filepath.Dir(target)
	f, err := d.create(dir, mode)
	if err != nil {
		return err
	}
	renamed := false
	defer func() {
		if !renamed {
			f.Close()
			d.remove(f.Name())
		}
	}()
	if err := writeAll(f, write); err != nil {
		return err
	}
	if err := d.rename(f.Name(), target); err != nil {
		return err
	}
	renamed = true
	return d.syncDir(dir)
}

func writeAll(f tempFile, write func(io.Writer) error) error {
	buf := bufio.NewWriterSize(f, writeBuffer)
	if err := write(buf); err != nil {
		return err
	}
	if err := buf.Flush(); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}

type osDisk struct{}

func (osDisk) resolve(path string) (string, fs.FileMode, error) {
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

func (osDisk) create(dir string, mode fs.FileMode) (tempFile, error) {
	name := filepath.Join(dir, fmt.Sprintf(".pffedge-%016x.tmp", rand.Uint64()))
	if mode == 0 {
		return openNew(name, 0o666)
	}
	f, err := openNew(name, mode)
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(mode); err != nil { // what the umask took away
		f.Close()
		os.Remove(name)
		return nil, err
	}
	return f, nil
}

func openNew(name string, mode fs.FileMode) (*os.File, error) {
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
}

func (osDisk) rename(from, to string) error { return os.Rename(from, to) }
func (osDisk) remove(path string) error     { return os.Remove(path) }

// syncDir makes a rename durable where the system offers that.
func (osDisk) syncDir(dir string) error {
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
