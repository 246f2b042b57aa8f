package durable

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strings"
)

const (
	writeBuffer = 1 << 16
	tempPrefix  = ".pffedge-"
	tempSuffix  = ".tmp"
)

// WriteAtomic gives the file at path the content that write writes, all of it
// or nothing: after an error, a crash or a power cut, path holds the old
// content or the new one, whole.
//
// The content goes to a temporary file in the same folder, which takes the
// old file's place once it is on the medium. An existing file keeps its
// permissions, a symbolic link stays and its target is replaced. An error
// leaves no temporary file; a crash may leave one, see IsTemp.
//
// The only error after which path holds the new content is that of the
// folder's sync: a power cut may then still bring back the old one.
func WriteAtomic(fsys FS, path string, write func(io.Writer) error) error {
	if err := replace(fsys, path, write); err != nil {
		return fmt.Errorf("save %s: %w", path, err)
	}
	return nil
}

// IsTemp tells whether a file of that name, without its folder, is one that a
// crash during WriteAtomic left. Unless another process is about to save
// there, it may be removed.
func IsTemp(name string) bool {
	return strings.HasPrefix(name, tempPrefix) && strings.HasSuffix(name, tempSuffix)
}

func replace(fsys FS, path string, write func(io.Writer) error) error {
	target, mode, err := fsys.Resolve(path)
	if err != nil {
		return err
	}
	dir := filepath.Dir(target)
	temp := filepath.Join(dir, fmt.Sprintf("%s%016x%s", tempPrefix, rand.Uint64(), tempSuffix))
	f, err := fsys.Create(temp, mode)
	if err != nil {
		return err
	}
	renamed := false
	defer func() {
		if !renamed {
			f.Close()
			fsys.Remove(temp)
		}
	}()
	if err := writeAll(f, write); err != nil {
		return err
	}
	if err := fsys.Rename(temp, target); err != nil {
		return err
	}
	renamed = true
	return fsys.SyncDir(dir)
}

func writeAll(f File, write func(io.Writer) error) error {
	buf := bufio.NewWriterSize(io.NewOffsetWriter(f, 0), writeBuffer)
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
