package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model/durable/crashfs"
)

// reseal makes the sums of a segment right as far as its frames can be followed,
// which lets changes reach the rules behind them.
func reseal(b []byte) []byte {
	b = bytes.Clone(b)
	if len(b) < blockBytes {
		return b
	}
	seal(b[:blockBytes])
	sum, previous := le.Uint32(b[60:]), le.Uint32(b[52:])
	for rest := b[blockBytes:]; len(rest) >= frameHeadBytes+sumBytes; {
		n := uint64(le.Uint32(rest))
		le.PutUint32(rest[24:], previous)
		le.PutUint32(rest[28:], crcOf(sum, rest[:28]))
		if uint64(len(rest)) < frameHeadBytes+n+sumBytes {
			break
		}
		end := frameHeadBytes + n
		previous = crcOf(sum, rest[:end])
		le.PutUint32(rest[end:], previous)
		rest = rest[end+sumBytes:]
	}
	return b
}

// onDisk returns a disk with files in a store's folder.
func onDisk(files map[string][]byte) *crashfs.Disk {
	d := crashfs.New()
	d.Mkdir("/data")
	d.Mkdir(dir)
	d.SyncDir("/")
	d.SyncDir("/data")
	for name, b := range files {
		d.Put(filepath.Join(dir, name), b)
	}
	return d
}

// FuzzLog reads a last segment of any content, as it is and with right sums: it
// is refused by a named error, or its operations can be read, appended to, and
// read again.
func FuzzLog(f *testing.F) {
	whole, _ := closedStore(f)
	segment := segmentPath(dir, 3)
	b := whole.Read(segment)
	f.Add(b)
	f.Add(b[:len(b)-50])
	f.Add(b[:blockBytes])
	f.Add(append(bytes.Clone(b), b[blockBytes:]...))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, b := range [][]byte{b, reseal(b)} {
			d := copyOf(t, whole)
			d.Put(segment, b)
			v, err := Read(d, dir, loadList)
			if err != nil {
				if !errors.Is(err, ErrState) { // an operation that the list refuses
					requireNamed(t, err)
				}
				continue
			}
			want := append(held(v.State), 77)
			s := open(t, d)
			add(t, s, 77, 77)
			require.NoError(t, s.Close())
			requireHolds(t, d, want)
		}
	})
}

// filesOf cuts fuzz bytes into files: a name's number, a length, the content.
func filesOf(b []byte, identity Identity) map[string][]byte {
	names := []string{
		storeFile, filepath.Base(segmentPath(dir, 1)), filepath.Base(segmentPath(dir, 2)), filepath.Base(segmentPath(dir, 3)), lockFile,
		filepath.Base(snapshotPath(dir, 0)), filepath.Base(snapshotPath(dir, 3)), filepath.Base(snapshotPath(dir, 5)), ".pffedge-1.tmp", "notes.txt",
	}
	files := map[string][]byte{}
	for len(b) >= 3 {
		name, n := names[int(b[0])%len(names)], min(int(binary.LittleEndian.Uint16(b[1:])), len(b)-3)
		content := bytes.Clone(b[3 : 3+n])
		switch {
		case name == storeFile && n >= blockBytes:
			copy(content[16:], identity[:])
			seal(content[:blockBytes])
		case filepath.Ext(name) == segmentSuffix && n >= blockBytes:
			copy(content[16:], identity[:])
			content = reseal(content)
		}
		files[name] = content
		b = b[3+n:]
	}
	return files
}

// FuzzStore opens a folder of any files. Whatever they hold, opening, reading,
// verifying and rolling back end with an error or a store that works.
func FuzzStore(f *testing.F) {
	whole, _ := closedStore(f)
	var all, cut []byte
	for i, path := range []string{storeFileIn(dir), segmentPath(dir, 1), segmentPath(dir, 2), segmentPath(dir, 3), "", snapshotPath(dir, 0), snapshotPath(dir, 3)} {
		b := whole.Read(path)
		all = append(binary.LittleEndian.AppendUint16(append(all, byte(i)), uint16(len(b))), b...)
		b = b[:len(b)*3/4]
		cut = append(binary.LittleEndian.AppendUint16(append(cut, byte(i)), uint16(len(b))), b...)
	}
	f.Add(all)
	f.Add(cut)
	f.Add(all[:67])
	f.Add([]byte{})
	l, err := readLayout(whole, dir)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, b []byte) {
		d := onDisk(filesOf(b, l.identity))
		r, err := Verify(d, dir, loadList, func(Entry) error { return nil })
		_, readErr := Read(d, dir, loadList)
		if err != nil {
			require.Error(t, readErr)
		} else if len(r.Damage) == 0 {
			require.NoError(t, readErr, "verified")
		}
		Stat(d, dir)
		if readErr == nil {
			s := open(t, d)
			if _, err := s.Append(number(5)); !errors.Is(err, ErrFull) {
				require.NoError(t, err)
			}
			require.NoError(t, s.Compact())
			require.NoError(t, s.Close())
			_, err := Read(d, dir, loadList)
			require.NoError(t, err)
		}
		if rolled, err := Rollback(d, dir, 3, loadList); err == nil {
			require.EqualValues(t, 3, rolled.To)
			_, err := Read(d, dir, loadList)
			require.NoError(t, err)
		}
	})
}
