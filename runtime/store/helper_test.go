package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model/durable"
	"github.com/pffedge/pffedge/model/durable/crashfs"
)

// list is a State that remembers what it was told: numbers.
type list struct{ numbers []uint32 }

const (
	kindNumber    = 7
	kindUnwelcome = 8 // Check refuses it
	kindPoison    = 9 // Apply fails
)

var (
	errUnwelcome = errors.New("unwelcome")
	errPoison    = errors.New("poison")
)

func (l *list) Check(op Operation) error {
	switch {
	case op.Kind == kindUnwelcome:
		return errUnwelcome
	case op.Kind > kindPoison:
		return fmt.Errorf("%w: kind %d", ErrVersion, op.Kind)
	case len(op.Payload) < 4:
		return fmt.Errorf("%w: %d bytes", errUnwelcome, len(op.Payload))
	}
	return nil
}

func (l *list) Apply(op Operation) error {
	if op.Kind == kindPoison {
		return errPoison
	}
	l.numbers = append(l.numbers, binary.LittleEndian.Uint32(op.Payload))
	return nil
}

type listFile struct {
	Mark    Mark     `json:"mark"`
	Numbers []uint32 `json:"numbers"`
}

func (l *list) Encode(w io.Writer, m Mark) error {
	b, err := json.Marshal(listFile{m, l.numbers})
	if err != nil {
		return err
	}
	_, err = w.Write(binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b)))
	return err
}

var errList = errors.New("no list")

func loadList(r io.Reader) (State, Mark, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, Mark{}, err
	}
	n := len(b) - 4
	if n < 0 || crc32.ChecksumIEEE(b[:n]) != binary.LittleEndian.Uint32(b[n:]) {
		return nil, Mark{}, errList
	}
	var f listFile
	if err := json.Unmarshal(b[:n], &f); err != nil {
		return nil, Mark{}, err
	}
	return &list{f.Numbers}, f.Mark, nil
}

// number returns an operation whose payload has a size of its own.
func number(n uint32) Operation {
	b := make([]byte, 4+(n*37)%90)
	binary.LittleEndian.PutUint32(b, n)
	for i := range b[4:] {
		b[4+i] = byte(n)
	}
	return Operation{kindNumber, b}
}

func numbers(from, to uint32) (list []uint32) {
	for n := from; n <= to; n++ {
		list = append(list, n)
	}
	return list
}

const dir = "/data/store"

// newDisk returns a disk with an empty store.
func newDisk(t testing.TB, o Options) *crashfs.Disk {
	d := crashfs.New()
	require.NoError(t, d.Mkdir("/data"))
	require.NoError(t, d.SyncDir("/"))
	require.NoError(t, Create(d, dir, &list{}, o))
	return d
}

func open(t testing.TB, fsys durable.FS) *Store {
	t.Helper()
	s, err := Open(fsys, dir, loadList)
	require.NoError(t, err)
	return s
}

// add appends the numbers from…to, one by one.
func add(t testing.TB, s *Store, from, to uint32) {
	t.Helper()
	for n := from; n <= to; n++ {
		_, err := s.Append(number(n))
		require.NoError(t, err)
	}
}

func held(s State) []uint32 { return s.(*list).numbers }

// requireHolds demands that a store can be read and opened and holds numbers.
func requireHolds(t testing.TB, fsys durable.FS, want []uint32) {
	t.Helper()
	v, err := Read(fsys, dir, loadList)
	require.NoError(t, err)
	require.True(t, slices.Equal(want, held(v.State)), "%v, want %v", held(v.State), want)
	s := open(t, fsys)
	require.True(t, slices.Equal(want, held(s.State)))
	require.NoError(t, s.Close())
}

// logged returns the numbers in the log, undone ones in another list.
func logged(t testing.TB, fsys durable.FS) (counting, undone []uint32) {
	t.Helper()
	require.NoError(t, Operations(fsys, dir, func(e Entry) error {
		n := binary.LittleEndian.Uint32(e.Payload)
		if e.Undone {
			undone = append(undone, n)
		} else {
			counting = append(counting, n)
		}
		return nil
	}))
	return counting, undone
}

// files returns the names in the store's folder.
func files(t testing.TB, fsys durable.FS) []string {
	t.Helper()
	names, err := fsys.List(dir)
	require.NoError(t, err)
	return names
}

// copyOf returns a disk with the files of another, which last.
func copyOf(t testing.TB, from *crashfs.Disk) *crashfs.Disk {
	t.Helper()
	d := crashfs.New()
	require.NoError(t, errors.Join(d.Mkdir("/data"), d.Mkdir(dir), d.SyncDir("/"), d.SyncDir("/data")))
	for _, path := range from.Names() {
		if b := from.Read(path); b != nil {
			d.Put(path, b)
		} else if filepath.Dir(path) == dir {
			d.Put(path, []byte{})
		}
	}
	return d
}

// crcOf continues the sum of a segment's header.
func crcOf(sum uint32, b []byte) uint32 { return crc32.Update(sum, castagnoli, b) }
