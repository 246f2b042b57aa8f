package data

import "github.com/pffedge/pffedge/model"

// Set is labelled samples of one input specification. Its fields are to be
// read only; it is safe for use by several goroutines.
type Set struct {
	Input   model.Input
	Classes []string // names, in label order
	Labels  []int32  // a sample each, indices into Classes
	Source  string   // where the samples came from, for a model's provenance

	// One of these holds the raw samples, Input.Values() values a row.
	pixels []byte
	values []float32
	disk   *diskImages
	rows   []int32 // the row of each sample; nil when sample i is row i
}

// Len returns the number of samples.
func (s *Set) Len() int { return len(s.Labels) }

// Sample writes the inputs of sample i, scaled to 0…1, to
// dst[:s.Input.Size()] and returns its label. Of a set on disk it returns -1
// where the sample cannot be read; Err then says why.
func (s *Set) Sample(dst []float32, i int) int {
	size, row := s.Input.Values(), i
	if s.rows != nil {
		row = int(s.rows[i])
	}
	lo, hi := row*size, (row+1)*size
	switch {
	case s.disk != nil:
		if !s.disk.scale(dst[:size], row, s.Input) {
			return -1
		}
	case s.Input.IsImage():
		s.Input.ScaleBytes(dst[:size], s.pixels[lo:hi])
	default:
		s.Input.ScaleValues(dst[:s.Input.Size()], s.values[lo:hi])
	}
	return int(s.Labels[i])
}

// Err returns the first error that reading a sample met, for a set on disk.
func (s *Set) Err() error {
	if s.disk == nil {
		return nil
	}
	return s.disk.failure()
}

// Close lets go of the file of a set on disk. Neither the set nor what shares
// its memory can be used any more.
func (s *Set) Close() error {
	if s.disk == nil {
		return nil
	}
	return s.disk.close()
}

// Head returns the first n samples, or all when there are fewer. It shares
// memory with s.
func (s *Set) Head(n int) *Set {
	n = min(max(n, 0), s.Len())
	head := *s
	head.Labels = s.Labels[:n:n]
	if s.rows != nil {
		head.rows = s.rows[:n:n]
	}
	return &head
}

// Subset returns the samples with the given indices, in that order. It
// shares the samples' memory with s.
func (s *Set) Subset(idx []int) *Set {
	sub := *s
	sub.Labels = make([]int32, len(idx))
	sub.rows = make([]int32, len(idx))
	for k, i := range idx {
		sub.Labels[k] = s.Labels[i]
		sub.rows[k] = int32(i)
		if s.rows != nil {
			sub.rows[k] = s.rows[i]
		}
	}
	return &sub
}

// check reports a set that cannot be trained on or evaluated with. Which
// classes a set must cover is up to the model when there is one.
func (s *Set) check(path string, opt Options) error {
	if s.Len() == 0 {
		return inFile(path, "%w in the %v split", ErrEmpty, opt.Split)
	}
	if opt.Classes != nil {
		return nil
	}
	if len(s.Classes) < 2 || opt.Split == Train && !varied(s.Labels) {
		return inFile(path, "%w", ErrOneClass)
	}
	return nil
}

// varied tells whether there are two different labels.
func varied(labels []int32) bool {
	for _, l := range labels {
		if l != labels[0] {
			return true
		}
	}
	return false
}
