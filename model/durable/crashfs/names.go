package crashfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/pffedge/pffedge/model/durable"
)

// Resolve implements durable.FS. There are no links.
func (d *Disk) Resolve(path string) (string, fs.FileMode, error) {
	if _, err := d.step("resolve", path); err != nil {
		return "", 0, err
	}
	switch n := d.names[filepath.Clean(path)]; {
	case n == nil:
		return path, 0, nil
	case n.dir:
		return "", 0, errors.New("not a regular file")
	}
	return path, 0o644, nil
}

// Open implements durable.FS.
func (d *Disk) Open(path string) (durable.File, error) { return d.open("open", path, false) }

// Edit implements durable.FS.
func (d *Disk) Edit(path string) (durable.File, error) { return d.open("edit", path, true) }

func (d *Disk) open(what, path string, write bool) (durable.File, error) {
	n, err := d.find(what, path)
	if err != nil {
		return nil, err
	}
	if n.dir && write {
		return nil, &fs.PathError{Op: what, Path: path, Err: errors.New("is a directory")}
	}
	return &file{disk: d, node: n, path: path, write: write}, nil
}

// Create implements durable.FS.
func (d *Disk) Create(path string, _ fs.FileMode) (durable.File, error) {
	path = filepath.Clean(path)
	n := &node{sizes: []int{0}}
	if err := d.change("create", path, change{filepath.Dir(path), "", path, n}, d.absent(path)); err != nil {
		return nil, err
	}
	return &file{disk: d, node: n, path: path, write: true}, nil
}

// Mkdir implements durable.FS.
func (d *Disk) Mkdir(dir string) error {
	dir = filepath.Clean(dir)
	return d.change("mkdir", dir, change{filepath.Dir(dir), "", dir, &node{dir: true}}, d.absent(dir))
}

func (d *Disk) absent(path string) func() error {
	return func() error {
		if d.names[path] != nil {
			return fs.ErrExist
		}
		if parent := d.names[filepath.Dir(path)]; parent == nil || !parent.dir {
			return fs.ErrNotExist
		}
		return nil
	}
}

// Rename implements durable.FS.
func (d *Disk) Rename(from, to string) error {
	from, to = filepath.Clean(from), filepath.Clean(to)
	n := d.names[from]
	return d.change("rename", from, change{filepath.Dir(to), from, to, n}, func() error {
		switch {
		case n == nil:
			return fs.ErrNotExist
		case filepath.Dir(from) != filepath.Dir(to):
			return fmt.Errorf("to another folder, %s", to)
		}
		return nil
	})
}

// Remove implements durable.FS.
func (d *Disk) Remove(path string) error {
	path = filepath.Clean(path)
	return d.change("remove", path, change{dir: filepath.Dir(path), from: path}, func() error {
		if d.names[path] == nil {
			return fs.ErrNotExist
		}
		return nil
	})
}

// List implements durable.FS.
func (d *Disk) List(dir string) ([]string, error) {
	n, err := d.find("list", dir)
	if err != nil {
		return nil, err
	}
	if !n.dir {
		return nil, &fs.PathError{Op: "list", Path: dir, Err: errors.New("not a directory")}
	}
	var names []string
	for _, path := range d.Names() {
		if filepath.Dir(path) == filepath.Clean(dir) {
			names = append(names, filepath.Base(path))
		}
	}
	return names, nil
}

// SyncDir implements durable.FS.
func (d *Disk) SyncDir(dir string) error {
	if _, err := d.find("syncDir", dir); err != nil {
		return err
	}
	dir = filepath.Clean(dir)
	var rest []change
	for _, c := range d.pending {
		if c.dir == dir {
			c.apply(d.settled)
		} else {
			rest = append(rest, c)
		}
	}
	d.pending = rest
	return nil
}

type lock struct {
	disk *Disk
	path string
}

func (l lock) Close() error {
	delete(l.disk.locked, l.path)
	return nil
}

// Lock implements durable.FS. A lock does not outlive a crash.
func (d *Disk) Lock(path string) (io.Closer, error) {
	path = filepath.Clean(path)
	if _, err := d.step("lock", path); err != nil {
		return nil, err
	}
	if d.locked[path] {
		return nil, &durable.LockedError{Path: path}
	}
	if d.names[path] == nil {
		if err := d.absent(path)(); err != nil {
			return nil, &fs.PathError{Op: "lock", Path: path, Err: err}
		}
		c := change{filepath.Dir(path), "", path, &node{sizes: []int{0}}}
		c.apply(d.names)
		d.pending = append(d.pending, c)
	}
	d.locked[path] = true
	return lock{d, path}, nil
}
