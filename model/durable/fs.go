// Package durable keeps files that survive a pulled plug.
//
// FS is a file system as far as saving models and keeping a learning store
// need it; OS is the one of the machine, package crashfs one in memory that
// crashes. What a write has to do to last, on either:
//
//   - File.Sync, or its bytes may arrive in part, in any order of sectors;
//   - FS.SyncDir of its folder, or its name may come, go and change, or not;
//   - a new name or another file's, by WriteAtomic, or a crash may leave
//     neither the old content nor the new one.
package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// FS is a file system. Errors are those of package os: errors.Is finds
// fs.ErrNotExist, fs.ErrExist and the system's numbers in them. An FS may be
// shared by goroutines as far as its implementation says so.
type FS interface {
	// Open opens an existing file to read.
	Open(path string) (File, error)
	// Create makes a new file to write; one that exists is fs.ErrExist. Mode 0
	// stands for the default, any other is set whatever the umask.
	Create(path string, mode fs.FileMode) (File, error)
	// Edit opens an existing file to read and write.
	Edit(path string) (File, error)
	// Resolve follows symbolic links and returns the permissions of the regular
	// file there, 0 if there is none.
	Resolve(path string) (target string, mode fs.FileMode, err error)
	// List returns the names in a folder, sorted.
	List(dir string) ([]string, error)
	// Mkdir makes a folder; one that exists is fs.ErrExist.
	Mkdir(dir string) error
	// Rename gives a file another name in the same folder, in place of the file
	// that had it.
	Rename(from, to string) error
	Remove(path string) error
	// SyncDir makes the names in a folder last.
	SyncDir(dir string) error
	// Lock takes the lock that the file at path stands for, and makes the file
	// if need be. It does not wait: a lock that is taken is a LockedError. The
	// lock ends with Close or with the process, however that ends.
	Lock(path string) (io.Closer, error)
}

// File is an open file. It has no position of its own.
type File interface {
	io.ReaderAt
	// WriteAt writes all of b or returns an error; some of b may then be in the
	// file.
	io.WriterAt
	// Size returns the length in bytes.
	Size() (int64, error)
	Truncate(size int64) error
	// Sync returns once what has been written is on the medium. After an error
	// nothing that was not on it before can be relied on, whatever later calls
	// return.
	Sync() error
	Close() error
}

// ErrLocked is wrapped by every LockedError.
var ErrLocked = errors.New("in use by another process")

// LockedError says that a lock is taken.
type LockedError struct {
	Path string // of the lock's file
	PID  int    // of the process that holds it, 0 if unknown
}

func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("%s: %v", e.Path, ErrLocked)
	}
	return fmt.Sprintf("%s: %v, %d", e.Path, ErrLocked, e.PID)
}

func (e *LockedError) Unwrap() error { return ErrLocked }
