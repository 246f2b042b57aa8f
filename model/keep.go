package model

import (
	"fmt"
	"regexp"
)

// Blob is what a learner keeps under a name of 1 to 20 of the characters a…z and
// 0…9.
type Blob struct {
	Name string
	Data []byte
}

// Limits of what a checkpoint keeps for a learner.
const (
	MaxKept      = 16      // blobs
	MaxKeptBytes = 1 << 31 // of a blob, exclusive
)

// keptPrefix is what the names of their sections begin with.
const keptPrefix = "l."

var keptName = regexp.MustCompile(`^[a-z0-9]{1,20}$`)

// keptSize is a blob without its content.
type keptSize struct {
	name  string
	bytes int64
}

func (x keptSize) section() Section {
	return Section{Name: keptPrefix + x.name, Kind: KeptSection, DType: Bytes, Bytes: x.bytes}
}

func keptSizes(list []Blob) (sizes []keptSize) {
	for _, x := range list {
		sizes = append(sizes, keptSize{x.Name, int64(len(x.Data))})
	}
	return sizes
}

// keptIn returns the blobs at the end of a section table.
func keptIn(table []Section) (list []keptSize) {
	from := len(table)
	for from > 0 && table[from-1].Kind == KeptSection {
		from--
	}
	for _, s := range table[from:] {
		name := s.Name
		if len(name) > len(keptPrefix) { // or the name will not do
			name = name[len(keptPrefix):]
		}
		list = append(list, keptSize{name, s.Bytes})
	}
	return list
}

// checkKept refuses blobs beyond the limits, and names that will not do or are not
// in order.
func checkKept(list []keptSize) error {
	if len(list) > MaxKept {
		return fmt.Errorf("%w: a learner keeps %d sections, at most %d allowed", ErrTooLarge, len(list), MaxKept)
	}
	for i, x := range list {
		switch {
		case !keptName.MatchString(x.name):
			return fmt.Errorf("%w: a learner's section called %q, want 1 to 20 of a…z, 0…9", ErrFormat, x.name)
		case i > 0 && list[i-1].name >= x.name:
			return fmt.Errorf("%w: a learner's section %q after %q, want them in order", ErrFormat, x.name, list[i-1].name)
		case x.bytes >= MaxKeptBytes:
			return fmt.Errorf("%w: a learner's section %q of %d bytes, want fewer than %d", ErrTooLarge, x.name, x.bytes, int64(MaxKeptBytes))
		}
	}
	return nil
}
