package store

import (
	"bytes"
	"errors"
	goruntime "runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model/durable/crashfs"
)

func storeFileIn(dir string) string { return dir + "/" + storeFile }

// closedStore returns a store of three segments and two snapshots, closed, and
// what it holds.
func closedStore(t testing.TB) (*crashfs.Disk, []uint32) {
	d := newDisk(t, Options{})
	s := open(t, d)
	add(t, s, 1, 3)
	require.NoError(t, s.Snapshot())
	add(t, s, 4, 5)
	require.NoError(t, s.startSegment())
	_, err := s.Append(number(6), number(7))
	require.NoError(t, err)
	add(t, s, 8, 9)
	require.NoError(t, s.Close())
	return d, numbers(1, 9)
}

var namedErrors = []error{ErrDamaged, ErrForeign, ErrTooLarge, ErrVersion, ErrNotStore}

// requireNamed demands a single line around one of the named errors.
func requireNamed(t testing.TB, err error) {
	t.Helper()
	require.True(t, slices.ContainsFunc(namedErrors, func(named error) bool { return errors.Is(err, named) }), "%v", err)
	require.NotContains(t, err.Error(), "\n")
}

// TestEveryChangedByteIsNoticed: of a store that was closed, or it does not
// matter.
func TestEveryChangedByteIsNoticed(t *testing.T) {
	whole, want := closedStore(t)
	for _, path := range whole.Names() {
		file := whole.Read(path)
		for at := range file {
			for _, change := range []byte{1 << (at % 8), 0xFF, file[at]} {
				if change == 0 {
					continue
				}
				d := copyOf(t, whole)
				b := bytes.Clone(file)
				b[at] ^= change
				d.Put(path, b)
				v, err := Read(d, dir, loadList)
				if err != nil {
					requireNamed(t, err)
					require.ErrorContains(t, err, path)
					continue
				}
				require.Equal(t, want, held(v.State), "%s, byte %d", path, at)
			}
		}
	}
}

// TestEveryCut: a log that was cut short gives an error or the operations up to
// the cut, the last segment only, and never others.
func TestEveryCut(t *testing.T) {
	whole, want := closedStore(t)
	for _, path := range whole.Names() {
		file := whole.Read(path)
		for n := range file {
			d := copyOf(t, whole)
			d.Put(path, file[:n])
			v, err := Read(d, dir, loadList)
			if err != nil {
				requireNamed(t, err)
				continue
			}
			got := held(v.State)
			if path != segmentPath(dir, 3) {
				require.Equal(t, want, got, "%s, %d bytes", path, n)
				continue
			}
			require.GreaterOrEqual(t, len(got), 5)
			require.Equal(t, want[:len(got)], got)
			if n > len(file)-frameHeadBytes-sumBytes {
				require.Equal(t, want, got, "the mark of closing says where the end was")
			}
			s := open(t, d)
			add(t, s, 100, 101)
			require.NoError(t, s.Close())
			requireHolds(t, d, append(slices.Clone(got), 100, 101))
		}
	}
}

// TestFramesAreInOrder: frames that were lost, doubled, swapped or brought in
// from elsewhere are noticed though each is whole.
func TestFramesAreInOrder(t *testing.T) {
	d := newDisk(t, Options{})
	s := open(t, d)
	var ends []int64
	for n := uint32(1); n <= 4; n++ {
		ends = append(ends, s.end.bytes)
		add(t, s, n, n)
	}
	ends = append(ends, s.end.bytes)
	require.NoError(t, s.Close())
	path := segmentPath(dir, 1)
	b := d.Read(path)
	frame := func(n int) []byte { return b[ends[n-1]:ends[n]] }
	other := newDisk(t, Options{})
	s = open(t, other)
	add(t, s, 1, 4)
	require.NoError(t, s.Close())
	foreign := other.Read(path)[ends[1]:ends[2]]
	for name, frames := range map[string][][]byte{
		"lost": {frame(1), frame(3), frame(4)}, "doubled": {frame(1), frame(2), frame(2), frame(3)}, "swapped": {frame(1), frame(3), frame(2), frame(4)},
		"first lost": {frame(2)}, "foreign": {frame(1), foreign, frame(3)},
	} {
		changed := copyOf(t, d)
		changed.Put(path, append(bytes.Clone(b[:blockBytes]), slices.Concat(frames...)...))
		_, err := Read(changed, dir, loadList)
		require.ErrorIs(t, err, ErrDamaged, name)
		require.ErrorContains(t, err, path+": byte ")
	}
}

// TestTypicalMessage pins down what a user sees.
func TestTypicalMessage(t *testing.T) {
	d := newDisk(t, Options{})
	s := open(t, d)
	add(t, s, 1, 3)
	require.NoError(t, s.Close())
	b := d.Read(segmentPath(dir, 1))
	b[blockBytes+frameHeadBytes+10] ^= 1
	d.Put(segmentPath(dir, 1), b)
	_, err := Read(d, dir, loadList)
	require.EqualError(t, err, "/data/store/log-00000001.pfl: byte 64: damaged: operation 1: no whole frame: the checksum of the frame of operation 1 does not match, and yet another follows at byte 149")
}

// TestTornFrames: whatever a crash leaves of the frame that was under way, the
// acknowledged ones are there.
func TestTornFrames(t *testing.T) {
	d := newDisk(t, Options{})
	s := open(t, d)
	add(t, s, 1, 3)
	path, whole := segmentPath(dir, 1), s.end.bytes
	add(t, s, 4, 4)
	b := d.Read(path)
	for at := whole; at < int64(len(b)); at++ {
		torn := bytes.Clone(b)
		clear(torn[at : at+(int64(len(b))-at+1)/2])
		if bytes.Equal(torn, b) {
			continue // it was zero before
		}
		after := copyOf(t, d)
		after.Put(path, torn)
		v, err := Read(after, dir, loadList)
		require.NoError(t, err)
		require.ErrorIs(t, v.Recovery.Torn, errTorn)
		require.Len(t, v.Recovery.Warnings(), 1)
		requireHolds(t, after, numbers(1, 3))
		require.Len(t, after.Read(path), int(whole)+frameHeadBytes+sumBytes, "cut off, and closed")
	}
}

// TestClaimsAllocateNothing: lengths are believed as far as the file goes.
func TestClaimsAllocateNothing(t *testing.T) {
	d := newDisk(t, Options{})
	s := open(t, d)
	add(t, s, 1, 1)
	path := segmentPath(dir, 1)
	b := d.Read(path)[:blockBytes]
	for _, h := range []frameHead{{bytes: MaxFrameBytes, operations: 1, sequence: 1}, {bytes: 1<<32 - 1, operations: 1, sequence: 1}, {bytes: 1 << 20, operations: 1<<32 - 1, sequence: 1}} {
		frame := le.AppendUint32(nil, h.bytes)
		frame = le.AppendUint32(frame, h.operations)
		frame = le.AppendUint64(frame, h.sequence)
		frame = append(frame, make([]byte, 12)...)
		frame = le.AppendUint32(frame, crcOf(s.last().sum, frame))
		d.Put(path, slices.Concat(b, frame, make([]byte, 100)))
		var before, after goruntime.MemStats
		goruntime.ReadMemStats(&before)
		_, err := Read(d, dir, loadList)
		goruntime.ReadMemStats(&after)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(2<<20))
		if h.bytes > MaxFrameBytes {
			require.ErrorIs(t, err, ErrTooLarge)
		} else if err != nil {
			requireNamed(t, err)
		}
	}
}
