package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model/durable/crashfs"
)

// simulation does random work on a store, on a disk that fails and crashes, and
// on a list in memory beside it.
type simulation struct {
	t    *testing.T
	rand *rand.Rand
	disk *crashfs.Disk
	s    *Store

	want   []uint32   // what is acknowledged
	others [][]uint32 // what may be there instead after a restart
	after  map[uint64][]uint32
	newest uint64 // snapshot
	made   uint32 // numbers so far

	crashes, faults, acknowledged, snapshots, compactions, rollbacks, reopened int
}

func newSimulation(t *testing.T, seed uint64) *simulation {
	m := &simulation{t: t, rand: rand.New(rand.NewPCG(seed, 7)), after: map[uint64][]uint32{0: nil}}
	m.disk = newDisk(t, Options{Keep: 2 + int(seed%3), Stretch: MinStretch})
	return m
}

// fine tells whether something was done, and demands that it was unless the disk
// had a fault.
func (m *simulation) fine(err error, doing string) bool {
	if !isFault(err) {
		require.NoError(m.t, err, doing)
	}
	return err == nil
}

func isFault(err error) bool {
	for _, fault := range []error{crashfs.ErrCrashed, syscall.ENOSPC, syscall.EIO, syscall.EROFS} {
		if errors.Is(err, fault) {
			return true
		}
	}
	return false
}

// open opens the store and compares what it holds.
func (m *simulation) open() bool {
	s, err := Open(m.disk, dir, loadList)
	if !m.fine(err, "open") {
		return false
	}
	m.s = s
	got := held(s.State)
	if !slices.Equal(got, m.want) {
		at := slices.IndexFunc(m.others, func(o []uint32) bool { return slices.Equal(got, o) })
		require.GreaterOrEqual(m.t, at, 0, "acknowledged %v\nfound        %v\npossible     %v", m.want, got, m.others)
	}
	m.settle(got)
	return true
}

// settle notes what the store holds now.
func (m *simulation) settle(now []uint32) {
	m.want, m.others = slices.Clone(now), nil
	m.after[m.s.Sequence] = m.want
}

// work does one random thing. It returns false when the disk has crashed.
func (m *simulation) work() bool {
	if m.s == nil && !m.open() {
		return !m.down()
	}
	switch r := m.rand.IntN(100); {
	case r < 60:
		m.append(1)
	case r < 75:
		m.append(2 + m.rand.IntN(4))
	case r < 83:
		if m.fine(m.s.Snapshot(), "snapshot") {
			m.snapshots++
		}
		m.newest = m.s.Sequence // or it may be
	case r < 86:
		m.compact()
	case r < 90:
		m.rollback()
	case r < 95:
		m.close()
		m.reopened++
	default:
		m.breakSome()
	}
	return !m.down()
}

func (m *simulation) down() bool {
	_, err := m.disk.Open(dir)
	return errors.Is(err, crashfs.ErrCrashed)
}

func (m *simulation) close() {
	m.fine(m.s.Close(), "close")
	m.s = nil
}

// breakSome makes some of the next steps fail.
func (m *simulation) breakSome() {
	m.faults++
	m.disk.Inject(crashfs.Fault{
		At: len(m.disk.Steps()) + m.rand.IntN(12), Times: 1 + m.rand.IntN(4), Short: m.rand.IntN(2) == 0,
		Err: []error{syscall.ENOSPC, syscall.EIO, syscall.EROFS}[m.rand.IntN(3)],
	})
}

func (m *simulation) append(n int) {
	var ops []Operation
	next := slices.Clone(m.want)
	for range n {
		m.made++
		ops, next = append(ops, number(m.made)), append(next, m.made)
	}
	first, err := m.s.Append(ops...)
	if errors.Is(err, ErrFull) {
		m.compact()
		return
	}
	if !m.fine(err, "append") {
		require.Equal(m.t, len(m.want), len(held(m.s.State)), "a failed append")
		m.others = append(m.others, next)
		return
	}
	m.acknowledged += n
	for i := range n {
		m.after[first+uint64(i)] = next[:len(next)-n+1+i]
	}
	m.settle(next)
	require.Equal(m.t, first+uint64(n)-1, m.s.Sequence)
}

func (m *simulation) compact() {
	if m.fine(m.s.Compact(), "compact") {
		m.compactions++
	}
	m.newest = m.s.Sequence // or it may be
}

// rollback goes to a state of late, which may be one that was undone.
func (m *simulation) rollback() {
	now := m.s.Sequence
	next := m.s.end.next
	m.close()
	to := next - 1 - min(uint64(m.rand.IntN(30)), next-1)
	target, known := m.after[to]
	if !known {
		return // it was never acknowledged
	}
	r, err := Rollback(m.disk, dir, to, loadList)
	if err != nil && !isFault(err) {
		// The newest snapshot and the log behind it must be there.
		require.ErrorIs(m.t, err, ErrUnreachable)
		of := len(target) <= len(m.want) && slices.Equal(target, m.want[:len(target)])
		require.False(m.t, of && to >= m.newest, "%d of %d, newest snapshot %d: %v", to, now, m.newest, err)
		return
	}
	if err != nil {
		m.others = append(m.others, target)
		return
	}
	require.Equal(m.t, to, r.To)
	m.rollbacks++
	m.want, m.others = target, append(m.others, m.want)
	if to != now {
		m.others = nil
	}
}

// crash lets the power fail or the process die at a random step, and works on in
// what is found.
func (m *simulation) crash() {
	m.disk.CrashAt(len(m.disk.Steps()) + m.rand.IntN(200))
	for m.work() {
	}
	m.crashes++
	m.s = nil
	if m.rand.IntN(3) == 0 {
		m.disk.Revive()
		m.disk.Inject(crashfs.Fault{})
	} else {
		m.disk = m.disk.Restart(m.rand.Uint64())
	}
	v, err := Read(m.disk, dir, loadList)
	require.NoError(m.t, err, "unreadable after crash %d", m.crashes)
	require.NotNil(m.t, v)
	require.True(m.t, m.open())
	if m.crashes%16 == 0 {
		r, err := Verify(m.disk, dir, loadList, func(Entry) error { return nil })
		require.NoError(m.t, err)
		require.Empty(m.t, r.Damage, "after crash %d", m.crashes)
	}
	if len(m.want) > 2000 {
		m.restart()
	}
}

// restart begins with an empty store.
func (m *simulation) restart() {
	m.disk = newDisk(m.t, Options{Keep: 2 + m.rand.IntN(3), Stretch: MinStretch})
	m.s, m.want, m.others, m.newest, m.after = nil, nil, nil, 0, map[uint64][]uint32{0: nil}
}

// TestStoreSimulation lets power or process fail hundreds of times, or as often as the
// environment variable PFFEDGE_CRASHES says, while a store works: nothing that
// was acknowledged may be lost, and every store must open.
func TestStoreSimulation(t *testing.T) {
	crashes := 400
	if n, err := strconv.Atoi(os.Getenv("PFFEDGE_CRASHES")); err == nil {
		crashes = n
	}
	begin, total := time.Now(), simulation{}
	for seed := uint64(1); total.crashes < crashes; seed++ {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			m := newSimulation(t, seed)
			for range min(100, crashes) {
				m.crash()
			}
			total.crashes += m.crashes
			total.faults += m.faults
			total.acknowledged += m.acknowledged
			total.snapshots += m.snapshots
			total.compactions += m.compactions
			total.rollbacks += m.rollbacks
			total.reopened += m.reopened
		})
		if t.Failed() {
			return
		}
	}
	require.Greater(t, total.acknowledged, 5*crashes)
	require.Greater(t, total.rollbacks, crashes/20)
	t.Logf("%d crashes, %d faults, %d operations acknowledged, %d snapshots, %d compactions, %d rollbacks, %d reopenings in %v: none lost, all stores readable",
		total.crashes, total.faults, total.acknowledged, total.snapshots, total.compactions, total.rollbacks, total.reopened, time.Since(begin).Round(time.Second))
}
