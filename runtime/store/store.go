package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"path/filepath"

	"github.com/pffedge/pffedge/model/durable"
)

// Store is a store open for writing. Close it when done.
type Store struct {
	View // of the state as it is now

	load    Load
	lock    io.Closer
	tail    durable.File // the last segment; nil if there must be a fresh one
	buf     []byte       // a frame
	payload []byte       // see Do
	err     error        // why nothing more can be appended
}

// Create makes a store in the folder dir, which it makes too, unless it exists
// and is empty but for an unfinished store. The first snapshot holds s.
func Create(fsys durable.FS, dir string, s State, o Options) error {
	r, err := o.rules()
	if err != nil {
		return err
	}
	l := &layout{fsys: fsys, dir: dir, rules: r}
	if err := l.makeFolder(); err != nil {
		return err
	}
	err = durable.WriteAtomic(fsys, snapshotPath(dir, 0), func(w io.Writer) error { return s.Encode(w, Mark{r.identity, 0}) })
	if err != nil {
		return err
	}
	h := segmentHeader{number: 1, first: 1, salt: rand.Uint32()}
	if err := l.writeBlock(segmentPath(dir, 1), h.encode(r.identity)); err != nil {
		return err
	}
	// With this file the folder becomes a store.
	return l.writeBlock(filepath.Join(dir, storeFile), r.encode())
}

func (l *layout) writeBlock(path string, b []byte) error {
	return durable.WriteAtomic(l.fsys, path, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// makeFolder makes the folder of a new store, or finds that it may be used.
func (l *layout) makeFolder() error {
	err := l.fsys.Mkdir(l.dir)
	if err == nil {
		return l.fsys.SyncDir(filepath.Dir(l.dir))
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	names, err := l.fsys.List(l.dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		path := filepath.Join(l.dir, name)
		if !durable.IsTemp(name) && path != segmentPath(l.dir, 1) && path != snapshotPath(l.dir, 0) {
			return fmt.Errorf("%s: %w: it holds %s", l.dir, ErrExists, name)
		}
	}
	// An earlier attempt may have ended before this.
	return l.fsys.SyncDir(filepath.Dir(l.dir))
}

// Open locks a store, makes its state and tidies up what a crash has left. A
// damaged store and one of a newer version stay as they are.
func Open(fsys durable.FS, dir string, load Load) (*Store, error) {
	if _, err := readRules(fsys, dir); err != nil {
		return nil, err // before a lock's file is made there
	}
	lock, err := fsys.Lock(filepath.Join(dir, lockFile))
	if err != nil {
		return nil, err
	}
	v, err := read(fsys, dir, load)
	if err != nil {
		lock.Close()
		return nil, err
	}
	s := &Store{View: *v, load: load, lock: lock}
	if err := s.tidy(); err != nil {
		s.release()
		return nil, err
	}
	return s, nil
}

// tidy removes temporary files, makes what has been read last, and opens the last
// segment.
func (s *Store) tidy() error {
	l := s.layout
	for _, path := range l.temps {
		if err := l.fsys.Remove(path); err != nil {
			return err
		}
	}
	l.temps = nil
	if err := l.settle(&s.end, false); err != nil {
		return err
	}
	f, err := l.fsys.Edit(s.last().path)
	if err != nil {
		return err
	}
	s.tail = f
	return nil
}

// settle makes what has been read last: the names of the files, and, unless the
// store was closed properly, the last segment, up to its end or, if that is
// damaged, all of it. The process that wrote it may have ended before it was on
// the medium, or because it could not be put there, in which case the system
// may show it and believe it written. So it is written anew.
func (l *layout) settle(e *end, damaged bool) error {
	if len(l.segments) == 0 {
		return l.fsys.SyncDir(l.dir)
	}
	last := l.segments[len(l.segments)-1]
	size := e.bytes
	if damaged {
		size = last.bytes
	}
	if e.sealed || last.bytes == blockBytes {
		return l.fsys.SyncDir(l.dir)
	}
	err := durable.WriteAtomic(l.fsys, last.path, func(w io.Writer) error {
		f, err := l.fsys.Open(last.path)
		if err != nil {
			return err
		}
		defer f.Close() // before another file takes its name
		_, err = io.Copy(w, io.NewSectionReader(f, 0, size))
		return err
	})
	if err == nil {
		last.bytes, e.torn = size, nil
	}
	return err
}

// release gives the files back.
func (s *Store) release() error {
	var err error
	if s.tail != nil {
		err = s.tail.Close()
	}
	s.tail, s.err = nil, ErrClosed
	s.View.Close()
	return errors.Join(err, s.lock.Close())
}

// Close ends the use of the store and of its state. It marks the log as complete, so that a later
// loss of its end would be noticed; where that fails, nothing is lost.
func (s *Store) Close() error {
	if errors.Is(s.err, ErrClosed) {
		return s.err
	}
	if s.err == nil && s.tail != nil && !s.end.sealed && s.end.bytes > blockBytes {
		s.write(nil)
	}
	return s.release()
}

// Next returns the sequence number that the next operation gets.
func (s *Store) Next() uint64 { return s.end.next }

// Due tells whether a snapshot is due: Options.Every and Stretch.
func (s *Store) Due() bool { return s.since >= s.layout.every || s.behind >= s.layout.stretch }
