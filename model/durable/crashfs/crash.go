package crashfs

import (
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
)

// Restart returns a disk as the machine may find it when the power fails now:
// one of the possible states, which the seed chooses. The disk itself stays as
// it is, for other seeds.
func (d *Disk) Restart(seed uint64) *Disk {
	r := &restart{rand: rand.New(rand.NewPCG(seed, 0)), done: map[*node]*node{}}
	r.style = style(r.rand.IntN(int(styles)))
	after := New()
	for path, n := range r.namesOf(d) {
		after.settled[path] = r.node(n)
	}
	// A file whose folder did not come to be is nowhere.
	for _, path := range slices.Sorted(maps.Keys(after.settled)) {
		if after.settled[filepath.Dir(path)] == nil {
			delete(after.settled, path)
		}
	}
	after.names = maps.Clone(after.settled)
	return after
}

// style is how a crash treats what was not synced.
type style int

const (
	nothing style = iota // it is lost
	all                  // it has arrived, as after a crash of the process alone
	inOrder              // what comes first in a file, and in time among names, has arrived
	mixed                // anything may have arrived, or not
	dirty                // likewise, and sectors never written hold what other files left there
	styles
)

type restart struct {
	rand  *rand.Rand
	style style
	done  map[*node]*node
}

// namesOf chooses among the names that may be found.
func (r *restart) namesOf(d *Disk) map[string]*node {
	names := maps.Clone(d.settled)
	until := 0
	switch r.style {
	case all:
		until = len(d.pending)
	case inOrder:
		until = r.rand.IntN(len(d.pending) + 1)
	}
	ordered := r.style <= inOrder || r.rand.IntN(2) == 0
	if ordered && r.style > inOrder {
		until = r.rand.IntN(len(d.pending) + 1)
	}
	for i, c := range d.pending {
		if ordered && i < until || !ordered && r.rand.IntN(2) == 0 {
			c.apply(names)
		}
	}
	return names
}

// node returns a file with the content that it is found with.
func (r *restart) node(n *node) *node {
	if n.dir {
		return n
	}
	if found := r.done[n]; found != nil {
		return found
	}
	size := r.size(n)
	data := make([]byte, (size+sectorBytes-1)/sectorBytes*sectorBytes)
	copy(data, n.data)
	clear(data[min(len(n.data), len(data)):])
	until := r.until(n)
	for _, s := range slices.Sorted(maps.Keys(n.sectors)) {
		versions := n.sectors[s]
		v := r.version(s, len(versions), until)
		if lo := s * sectorBytes; lo < len(data) {
			r.fill(data[lo:lo+sectorBytes], versions[v])
		}
	}
	found := &node{data: data[:size:size], sizes: []int{size}}
	r.done[n] = found
	return found
}

// fill puts a sector's content in place; what was never written is zero, or
// whatever it was when it belonged to another file.
func (r *restart) fill(dst, content []byte) {
	clear(dst)
	copy(dst, content)
	if content != nil || r.style != dirty {
		return
	}
	for i := range dst {
		dst[i] = byte(r.rand.Uint32())
	}
}

func (r *restart) size(n *node) int {
	switch r.style {
	case nothing:
		return n.sizes[0]
	case all, inOrder:
		return n.sizes[len(n.sizes)-1]
	}
	return n.sizes[r.rand.IntN(len(n.sizes))]
}

// until returns the sector before which everything has arrived.
func (r *restart) until(n *node) int {
	if r.style != inOrder || len(n.sectors) == 0 {
		return 0
	}
	written := slices.Sorted(maps.Keys(n.sectors))
	return written[0] + r.rand.IntN(written[len(written)-1]-written[0]+2)
}

// version returns which of a sector's contents is found.
func (r *restart) version(sector, versions, until int) int {
	switch {
	case r.style == nothing || r.style == inOrder && sector >= until:
		return 0
	case r.style == all || r.style == inOrder:
		return versions - 1
	}
	return r.rand.IntN(versions)
}
