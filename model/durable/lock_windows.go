package durable

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// tryLock locks a file, unless it is taken. Locks keep others from reading
// here: the byte that is locked lies beyond what the file holds.
func tryLock(f *os.File) (taken bool, err error) {
	at := &windows.Overlapped{OffsetHigh: 1}
	err = windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, at)
	switch {
	case errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING):
		return true, nil
	case err != nil:
		return false, &os.PathError{Op: "lock", Path: f.Name(), Err: err}
	}
	return false, nil
}
