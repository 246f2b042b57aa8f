package model

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// memDisk is a disk in memory that fails or crashes at a chosen step and
// tells what a power cut at that moment may leave behind.
type memDisk struct {
	entries map[string]*memFile // as processes see them
	durable map[string]*memFile // as they were when the folder was last synced
	steps   []string            // what has been done
	failAt  int                 // index of the step that goes wrong, -1 for none
	fail    error               // its error
	short   bool                // a failing write writes half
	crash   bool                // nothing is done from that step on
	made    int
}

type memFile struct {
	disk    *memDisk
	name    string
	data    []byte
	durable []byte // as of the last sync
	closed  bool
}

var errCrash = errors.New("crashed")

func newMemDisk(path string, old []byte) *memDisk {
	d := &memDisk{entries: map[string]*memFile{}, failAt: -1}
	if old != nil {
		d.entries[path] = &memFile{disk: d, name: path, data: old, durable: old}
	}
	d.durable = maps.Clone(d.entries)
	return d
}

// step records a step and returns the error that it must return.
func (d *memDisk) step(what string) error {
	at := len(d.steps)
	d.steps = append(d.steps, what)
	switch {
	case d.crash && d.failAt >= 0 && at >= d.failAt:
		return errCrash
	case at == d.failAt:
		return d.fail
	}
	return nil
}

func (d *memDisk) resolve(path string) (string, fs.FileMode, error) {
	return path, 0, d.step("resolve")
}

func (d *memDisk) create(dir string, _ fs.FileMode) (tempFile, error) {
	if err := d.step("create"); err != nil {
		return nil, err
	}
	d.made++
	f := &memFile{disk: d, name: filepath.Join(dir, fmt.Sprintf(".pffedge-%d.tmp", d.made))}
	d.entries[f.name] = f
	return f, nil
}

func (d *memDisk) rename(from, to string) error {
	if err := d.step("rename"); err != nil {
		return err
	}
	d.entries[to] = d.entries[from]
	delete(d.entries, from)
	return nil
}

func (d *memDisk) syncDir(string) error {
	if err := d.step("syncDir"); err != nil {
		return err
	}
	d.durable = maps.Clone(d.entries)
	return nil
}

func (d *memDisk) remove(path string) error {
	if err := d.step("remove"); err != nil {
		return err
	}
	delete(d.entries, path)
	return nil
}

func (f *memFile) Name() string { return f.name }

func (f *memFile) Write(b []byte) (int, error) {
	if f.closed {
		return 0, fs.ErrClosed
	}
	err := f.disk.step("write")
	if err != nil && !(f.disk.short && errors.Is(err, f.disk.fail)) {
		return 0, err
	}
	if err != nil {
		b = b[:len(b)/2]
	}
	f.data = append(f.data, b...)
	return len(b), err
}

func (f *memFile) Sync() error {
	if err := f.disk.step("sync"); err != nil {
		return err
	}
	f.durable = slices.Clone(f.data)
	return nil
}

func (f *memFile) Close() error {
	if f.closed {
		return fs.ErrClosed
	}
	f.closed = true
	return f.disk.step("close")
}

// afterPowerCut returns what path may hold when the power fails now: the
// folder and the file's content may each be as last synced or as last
// written, and the content anything between.
func (d *memDisk) afterPowerCut(path string) [][]byte {
	var list [][]byte
	for _, entries := range []map[string]*memFile{d.durable, d.entries} {
		f := entries[path]
		if f == nil {
			list = append(list, nil)
			continue
		}
		list = append(list, f.durable, f.data, f.data[:(len(f.durable)+len(f.data))/2])
	}
	return list
}

func (d *memDisk) temporaryFiles() (n int) {
	for name := range d.entries {
		if strings.HasSuffix(name, ".tmp") {
			n++
		}
	}
	return n
}
