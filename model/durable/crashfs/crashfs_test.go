package crashfs

import (
	"bytes"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// found counts the contents of path after restarts with many seeds.
func found(d *Disk, path string) map[string]int {
	list := map[string]int{}
	for seed := range uint64(300) {
		after := d.Restart(seed)
		if after.names[path] == nil {
			list["absent"]++
			continue
		}
		list[string(after.Read(path))]++
	}
	return list
}

func TestSyncedContentLasts(t *testing.T) {
	d := New()
	f, err := d.Create("/f", 0)
	require.NoError(t, err)
	_, err = f.WriteAt([]byte("one"), 0)
	require.NoError(t, err)
	require.NoError(t, f.Sync())
	require.Equal(t, []bool{true, true}, []bool{found(d, "/f")["absent"] > 0, found(d, "/f")["one"] > 0}, "its name need not")
	require.NoError(t, d.SyncDir("/"))
	require.Equal(t, map[string]int{"one": 300}, found(d, "/f"))

	_, err = f.WriteAt([]byte("two"), 0)
	require.NoError(t, err)
	all := found(d, "/f")
	require.Len(t, all, 2)
	require.Positive(t, all["one"])
	require.Positive(t, all["two"])
}

// TestSectorsArriveInAnyOrder: each of three is old or new, whatever the others.
func TestSectorsArriveInAnyOrder(t *testing.T) {
	d := New()
	d.Put("/f", bytes.Repeat([]byte("a"), 3*sectorBytes))
	f, err := d.Edit("/f")
	require.NoError(t, err)
	_, err = f.WriteAt(bytes.Repeat([]byte("b"), 3*sectorBytes), 0)
	require.NoError(t, err)
	seen := map[string]bool{}
	for content := range found(d, "/f") {
		var of []byte
		for s := range 3 {
			sector := content[s*sectorBytes : (s+1)*sectorBytes]
			require.Equal(t, bytes.Repeat([]byte{sector[0]}, sectorBytes), []byte(sector), "a sector is old or new")
			of = append(of, sector[0])
		}
		seen[string(of)] = true
	}
	require.Len(t, seen, 8, "%v", seen)
}

func TestLengthAndContentPart(t *testing.T) {
	d := New()
	d.Put("/f", nil)
	f, err := d.Edit("/f")
	require.NoError(t, err)
	_, err = f.WriteAt(bytes.Repeat([]byte("b"), sectorBytes), 0)
	require.NoError(t, err)
	all := found(d, "/f")
	require.Positive(t, all[""])
	require.Positive(t, all[string(make([]byte, sectorBytes))], "longer, and zero")
	require.Greater(t, len(all), 4, "longer, with what was there before")
}

func TestNamesAreOldOrNew(t *testing.T) {
	d := New()
	d.Put("/a", []byte("a"))
	d.Put("/b", []byte("b"))
	d.Put("/c", []byte("c"))
	require.NoError(t, d.Rename("/a", "/b"))
	require.NoError(t, d.Remove("/c"))
	seen := map[string]bool{}
	for seed := range uint64(200) {
		after := d.Restart(seed)
		seen[string(after.Read("/a"))+" "+string(after.Read("/b"))+" "+string(after.Read("/c"))] = true
	}
	require.Equal(t, map[string]bool{"a b c": true, " a c": true, "a b ": true, " a ": true}, seen)
	require.NoError(t, d.SyncDir("/"))
	require.Equal(t, []string{"/b"}, d.Restart(1).Names())
}

// TestFailedSyncGivesUp: a later sync that succeeds has not written what an
// earlier one gave up.
func TestFailedSyncGivesUp(t *testing.T) {
	d := New()
	d.Put("/f", []byte("old"))
	f, err := d.Edit("/f")
	require.NoError(t, err)
	_, err = f.WriteAt([]byte("new"), 0)
	require.NoError(t, err)
	d.Inject(Fault{At: len(d.Steps()), Err: syscall.EIO})
	require.ErrorIs(t, f.Sync(), syscall.EIO)
	require.NoError(t, f.Sync())
	require.Positive(t, found(d, "/f")["old"])
	_, err = f.WriteAt([]byte("new"), 0)
	require.NoError(t, err)
	require.NoError(t, f.Sync())
	require.Equal(t, map[string]int{"new": 300}, found(d, "/f"))
}

func TestFaults(t *testing.T) {
	d := New()
	f, err := d.Create("/f", 0)
	require.NoError(t, err)
	d.Inject(Fault{At: 1, Times: 2, Err: syscall.ENOSPC, Short: true})
	n, err := f.WriteAt([]byte("four"), 0)
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.Equal(t, 2, n)
	_, err = d.Open("/f")
	require.ErrorIs(t, err, syscall.ENOSPC)
	_, err = d.Open("/f")
	require.NoError(t, err)
	require.Equal(t, "fo", string(d.Read("/f")))
	require.Equal(t, []string{"create", "write", "open", "open"}, d.Steps())
	d.CrashAt(4)
	require.ErrorIs(t, d.Remove("/f"), ErrCrashed)
	require.ErrorIs(t, f.Sync(), ErrCrashed)
}

func TestEqualSeedsAreEqualStates(t *testing.T) {
	d := New()
	f, err := d.Create("/f", 0)
	require.NoError(t, err)
	_, err = f.WriteAt(make([]byte, 9*sectorBytes), 0)
	require.NoError(t, err)
	for seed := range uint64(50) {
		a, b := d.Restart(seed), d.Restart(seed)
		require.Equal(t, a.Names(), b.Names())
		require.Equal(t, a.Read("/f"), b.Read("/f"))
	}
}
