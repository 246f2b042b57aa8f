// Package crashfs is a file system in memory for tests, with the rules of real
// disks: what was not synced may be lost when the power fails, or arrive in
// part, in any order of its sectors of 512 bytes; names that were made, changed
// or removed last once their folder is synced, and may otherwise each be old or
// new. A rename is one change, as POSIX wants it and journals provide it.
//
// A Disk fails or crashes at a chosen step, and Restart tells, from a seed, what
// the machine may find when the power is back. Torture does that over and over
// and asks whether anything was lost that had been acknowledged.
package crashfs

import (
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// ErrCrashed is what every step returns once the disk has crashed.
var ErrCrashed = errors.New("crashed")

// Fault makes steps go wrong.
type Fault struct {
	At    int   // the first step that fails, counted from 0
	Times int   // how many fail, 0 means one, negative all from then on
	Err   error // what they return
	Short bool  // a failing write writes half of its bytes
}

// Disk is a file system in memory. It belongs to one goroutine.
type Disk struct {
	names   map[string]*node // as processes see them
	settled map[string]*node // as they were when their folders were last synced
	pending []change         // of names, since then
	locked  map[string]bool
	steps   []string
	fault   Fault
	crashAt int // the step before which the power fails, -1 for none
	crashed bool
}

// change is one of names.
type change struct {
	dir      string
	from, to string // "" if there is none
	node     *node  // at to
}

func (c change) apply(names map[string]*node) {
	if c.from != "" {
		delete(names, c.from)
	}
	if c.to != "" {
		names[c.to] = c.node
	}
}

// New returns an empty disk with a root folder.
func New() *Disk {
	d := &Disk{settled: map[string]*node{string(filepath.Separator): {dir: true}}, locked: map[string]bool{}, crashAt: -1}
	d.names = maps.Clone(d.settled)
	return d
}

// Steps returns what has been done, in short words: "write", "sync", ….
func (d *Disk) Steps() []string { return d.steps }

// Inject makes steps fail; it replaces the fault before. Steps count from the
// disk's first.
func (d *Disk) Inject(f Fault) { d.fault = f }

// CrashAt lets the power fail at a step: a write or a change of names that is
// due then has not settled, and nothing comes after it.
func (d *Disk) CrashAt(step int) { d.crashAt = step }

// Revive lets work go on after a crash of the process alone: nothing is lost, and
// nothing has settled; files that were open are not to be used.
func (d *Disk) Revive() {
	d.crashed, d.crashAt = false, -1
	clear(d.locked)
}

// Put makes a file that lasts, without a step.
func (d *Disk) Put(path string, content []byte) {
	n := &node{data: slices.Clone(content), sizes: []int{len(content)}}
	d.names[path], d.settled[path] = n, n
}

// Read returns what processes read at path, nil if there is no file.
func (d *Disk) Read(path string) []byte {
	n := d.names[filepath.Clean(path)]
	if n == nil || n.dir {
		return nil
	}
	return slices.Clone(n.data)
}

// Names returns the paths of all files and folders but the root, sorted.
func (d *Disk) Names() []string {
	paths := slices.Sorted(maps.Keys(d.names))
	return slices.DeleteFunc(paths, func(p string) bool { return p == string(filepath.Separator) })
}

// step records a step. A step that returns ErrCrashed is the one that the power
// failed at if first is true.
func (d *Disk) step(what, path string) (first bool, err error) {
	if d.crashed {
		return false, ErrCrashed
	}
	at := len(d.steps)
	d.steps = append(d.steps, what)
	if at == d.crashAt {
		d.crashed = true
		return true, ErrCrashed
	}
	f := d.fault
	if f.Err != nil && at >= f.At && (f.Times < 0 || at < f.At+max(f.Times, 1)) {
		return false, &fs.PathError{Op: what, Path: path, Err: f.Err}
	}
	return false, nil
}

// find returns the node at path after a step.
func (d *Disk) find(what, path string) (*node, error) {
	if _, err := d.step(what, path); err != nil {
		return nil, err
	}
	n := d.names[filepath.Clean(path)]
	if n == nil {
		return nil, &fs.PathError{Op: what, Path: path, Err: fs.ErrNotExist}
	}
	return n, nil
}

// change does a step that changes names, if check lets it.
func (d *Disk) change(what, path string, c change, check func() error) error {
	first, err := d.step(what, path)
	if err != nil && !first {
		return err
	}
	if wrong := check(); wrong != nil {
		return &fs.PathError{Op: what, Path: path, Err: wrong}
	}
	c.apply(d.names)
	d.pending = append(d.pending, c)
	return err
}

// TempFiles returns how many files of interrupted saves there are.
func (d *Disk) TempFiles() int {
	n := 0
	for path := range d.names {
		if strings.HasSuffix(path, ".tmp") {
			n++
		}
	}
	return n
}
