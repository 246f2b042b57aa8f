package durable

import (
	"io"
	"os"
	"strconv"
	"strings"
)

// Lock implements FS. The lock's file names the process that has it; it stays
// when the lock ends, since removing it could part two waiting processes.
func (OS) Lock(path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	taken, err := tryLock(f)
	if err == nil && taken {
		err = &LockedError{Path: path, PID: holder(f)}
	}
	if err == nil {
		err = sign(f)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// sign writes this process' number into a lock's file. It is told to people
// only, so that a full disk is no reason to fail.
func sign(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	f.WriteAt(strconv.AppendInt(nil, int64(os.Getpid()), 10), 0)
	return nil
}

// holder returns the number in a lock's file, or 0.
func holder(f *os.File) int {
	b := make([]byte, 20)
	n, _ := f.ReadAt(b, 0)
	pid, err := strconv.Atoi(strings.TrimSpace(string(b[:n])))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}
