// Package npz reads and writes NumPy's .npz files: zip archives of .npy
// files, each an array. It is our own because no well-kept Go library reads
// them with bounded memory.
//
// What numpy.savez and numpy.savez_compressed write is read; numpy.load reads
// what is written here. Every array's CRC-32 is checked.
package npz

import (
	"archive/zip"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/pffedge/pffedge/internal/array"
)

const (
	suffix    = ".npy"
	encrypted = 1 // bit of a zip entry's flags
	// maxInflation is how many bytes one compressed byte can become. An archive
	// that claims more in all makes its entries overlap.
	maxInflation = 1032
)

// Read reads the arrays in an archive of size bytes, in the order of its
// directory. The memory it takes is bounded by what the archive unpacks to,
// at most array.MaxBytes in all.
func Read(r io.ReaderAt, size int64) ([]array.Array, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", array.ErrFormat, err)
	}
	left := int64(array.MaxBytes)
	if size < array.MaxBytes/maxInflation {
		left = size * maxInflation
	}
	var list []array.Array
	seen := map[string]bool{}
	for _, f := range archive.File {
		a, err := read(f, &left)
		if err != nil {
			return nil, fmt.Errorf("array %s: %w", array.Quote(strings.TrimSuffix(f.Name, suffix)), err)
		}
		if seen[a.Name] {
			return nil, fmt.Errorf("array %s: %w: it is there twice", array.Quote(a.Name), array.ErrFormat)
		}
		seen[a.Name] = true
		list = append(list, a)
	}
	return list, nil
}

// read reads an entry of the archive, which may unpack to *left bytes.
func read(f *zip.File, left *int64) (a array.Array, err error) {
	name, isArray := strings.CutSuffix(f.Name, suffix)
	switch {
	case !isArray:
		return a, fmt.Errorf("%w: the archive's entry %s is no %s file", array.ErrFormat, array.Quote(f.Name), suffix)
	case f.Flags&encrypted != 0:
		return a, fmt.Errorf("%w: it is encrypted", array.ErrFormat)
	case f.UncompressedSize64 > uint64(*left):
		return a, fmt.Errorf("%w: it claims %d bytes, of which at most %d are allowed", array.ErrTooLarge, f.UncompressedSize64, *left)
	}
	*left -= int64(f.UncompressedSize64)
	content, err := f.Open()
	if err != nil {
		return a, fmt.Errorf("%w: %w", array.ErrFormat, err)
	}
	defer content.Close()
	sum := crc32.NewIEEE()
	// The archive's end shows damage only after the last byte was read.
	if a, err = ReadArray(io.TeeReader(content, sum)); err != nil {
		return a, damage(err)
	}
	if sum.Sum32() != f.CRC32 {
		return a, damage(zip.ErrChecksum)
	}
	a.Name = name
	return a, nil
}

// damage marks errors of package zip.
func damage(err error) error {
	for _, known := range []error{array.ErrFormat, array.ErrTruncated, array.ErrTooLarge, array.ErrType} {
		if errors.Is(err, known) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", array.ErrFormat, err)
}

// written is the time that every entry has: the first that zip knows.
var written = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// Write writes an archive of arrays in its only form: stored, in C order,
// without times, so that equal arrays are equal bytes.
func Write(w io.Writer, arrays []array.Source) error {
	numbers := slices.DeleteFunc(slices.Clone(arrays), func(a array.Source) bool { return a.Type == array.Text })
	if _, err := array.Total(numbers); err != nil {
		return err
	}
	archive := zip.NewWriter(w)
	for _, a := range arrays {
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: a.Name + suffix, Method: zip.Store, Modified: written})
		if err != nil {
			return err
		}
		if err := WriteArray(entry, a); err != nil {
			return fmt.Errorf("array %s: %w", array.Quote(a.Name), err)
		}
	}
	return archive.Close()
}
