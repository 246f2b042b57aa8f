package replay

import "encoding/binary"

var le = binary.LittleEndian

// entryBytes is what the index has a sample: where its record starts, u32, and
// the sample's identity, 40 bits.
const (
	entryBytes = 9
	maxID      = 1<<40 - 1
)

// buffer holds records, from the front, and the index, from the back:
//
//	record record gone record │ free │ entry n−1 … entry 1, entry 0
type buffer struct {
	b    []byte
	end  int // of the records
	live int // bytes of records that are not gone
	n    int // entries
}

// entry returns the bytes of entry i, of which there may be none yet.
func (s *buffer) entry(i int) []byte {
	at := len(s.b) - (i+1)*entryBytes
	return s.b[at : at+entryBytes]
}

func (s *buffer) start(i int) int { return int(le.Uint32(s.entry(i))) }

// id returns the identity of sample i.
func (s *buffer) id(i int) uint64 {
	e := s.entry(i)
	return uint64(le.Uint32(e[4:])) | uint64(e[8])<<32
}

// move copies entry from to the place of entry to.
func (s *buffer) move(to, from int) { copy(s.entry(to), s.entry(from)) }

// record returns the record of sample i.
func (s *buffer) record(i int) []byte { return s.recordAt(s.start(i)) }

func (s *buffer) recordAt(at int) []byte {
	_, _, n := splitRecord(s.b[at:s.end])
	return s.b[at : at+n]
}

func (s *buffer) used() int { return s.live + s.n*entryBytes }

// reserve makes room for n bytes and an entry in a buffer of at most limit
// bytes, which is large enough for all that is not gone.
func (s *buffer) reserve(n, limit int) {
	need := s.end + n + (s.n+1)*entryBytes
	if need > len(s.b) && (s.end-s.live > s.end/4 || len(s.b) >= limit || need > limit) {
		s.compact(nil)
		need = s.end + n + (s.n+1)*entryBytes
	}
	if need <= len(s.b) {
		return
	}
	grown := make([]byte, min(limit, max(need, 2*len(s.b), 1<<10)))
	copy(grown, s.b[:s.end])
	index := s.n * entryBytes
	copy(grown[len(grown)-index:], s.b[len(s.b)-index:])
	s.b = grown
}

// add appends a record, for which there is room, and returns where it starts.
func (s *buffer) add(record []byte) int {
	at := s.end
	s.end += max(len(record), minRecord)
	clear(s.b[at+copy(s.b[at:], record) : s.end])
	s.live += s.end - at
	return at
}

// set makes entry i that of the record at start.
func (s *buffer) set(i, start int, id uint64) {
	e := s.entry(i)
	le.PutUint32(e, uint32(start))
	le.PutUint32(e[4:], uint32(id))
	e[8] = byte(id >> 32)
}

// gone marks the first word of a record that no entry has; the rest is its
// length.
const gone = uint32(1 << 31)

// drop marks the record of entry i as gone; the caller fills the entry's place.
func (s *buffer) drop(i int) {
	at := s.start(i)
	n := max(len(s.recordAt(at)), minRecord)
	le.PutUint32(s.b[at:], gone|uint32(n))
	s.live -= n
}

// compact closes the gaps between records. It puts what change returns, which is
// not longer, in a record's place unless change is nil.
//
// To find a record's entry without memory (after Jonkers, "A fast garbage
// compaction algorithm", 1979), the entry and the record's first word change
// places: the word becomes the entry's number.
func (s *buffer) compact(change func(record []byte) []byte) {
	for i := range s.n {
		e := s.entry(i)
		word := s.b[le.Uint32(e):]
		first := le.Uint32(word)
		le.PutUint32(word, uint32(i))
		le.PutUint32(e, first)
	}
	to := 0
	for at := 0; at < s.end; {
		word := le.Uint32(s.b[at:])
		if word&gone != 0 {
			at += int(word &^ gone)
			continue
		}
		e := s.entry(int(word))
		copy(s.b[at:], e[:minRecord])
		record := s.recordAt(at)
		at += max(len(record), minRecord)
		if change != nil {
			record = change(record)
		}
		le.PutUint32(e, uint32(to))
		next := to + max(len(record), minRecord)
		clear(s.b[to+copy(s.b[to:], record) : next])
		to = next
	}
	s.end, s.live = to, to
}
