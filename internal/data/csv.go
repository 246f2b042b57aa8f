package data

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// csvReader reads the rows of a CSV file and knows which is its first and
// which of its columns is what.
type csvReader struct {
	name   string
	r      *csv.Reader
	record *capped
	first  []string // the first row, nil when it has been handed out
	line   int      // of the row read last
	layout layout
}

// isCSVName tells CSV files by their extension.
func isCSVName(path string) bool {
	name := strings.TrimSuffix(strings.ToLower(path), ".gz")
	return slices.Contains([]string{".csv", ".tsv"}, filepath.Ext(name))
}

// openCSV opens the file at path, plain or gzipped. The caller closes it.
func openCSV(path string, delimiter rune) (*csvReader, io.Closer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	r, err := gunzip(f)
	if err != nil {
		f.Close()
		return nil, nil, atOffset(path, 0, "damaged gzip: %w", err)
	}
	c, err := newCSV(path, r, delimiter)
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return c, f, nil
}

// newCSV reads the first row of r. Its layout is to be set by the caller.
func newCSV(name string, r *bufio.Reader, delimiter rune) (*csvReader, error) {
	if err := skipMark(name, r); err != nil {
		return nil, err
	}
	if delimiter == 0 {
		delimiter = detectDelimiter(name, r)
	}
	c := &csvReader{name: name}
	whole := &capped{r: r, left: maxSetBytes, reason: tooLong("file", maxSetBytes)}
	c.record = &capped{r: whole, reason: tooLong("row", maxRecordBytes)}
	c.r = csv.NewReader(c.record)
	c.r.Comma = delimiter
	c.r.FieldsPerRecord = -1
	c.r.ReuseRecord = true
	c.r.TrimLeadingSpace = delimiter != '\t'
	row, err := c.row()
	if errors.Is(err, io.EOF) {
		return nil, inFile(name, "%w: the file is empty", ErrEmpty)
	}
	c.first = slices.Clone(row)
	return c, err
}

// skipMark skips the byte order mark of UTF-8 and refuses that of UTF-16.
func skipMark(name string, r *bufio.Reader) error {
	// Not a byte more than needed: a row may be as short as two.
	if head, _ := r.Peek(1); len(head) == 0 || head[0] < 0xef {
		return nil
	}
	if head, _ := r.Peek(2); string(head) == "\xff\xfe" || string(head) == "\xfe\xff" {
		return atOffset(name, 0, "UTF-16 text, want UTF-8")
	}
	if head, _ := r.Peek(3); string(head) == "\xef\xbb\xbf" {
		_, err := r.Discard(len(head))
		return err
	}
	return nil
}

// row returns the next row with something in it, valid until the next call,
// or io.EOF.
func (c *csvReader) row() ([]string, error) {
	if c.first != nil {
		row := c.first
		c.first = nil
		return row, nil
	}
	for {
		c.record.left = maxRecordBytes
		row, err := c.r.Read()
		if errors.Is(err, io.EOF) && len(row) == 0 {
			return nil, io.EOF
		}
		if err != nil {
			return nil, c.broken(err)
		}
		c.line, _ = c.r.FieldPos(0)
		if i := slices.IndexFunc(row, func(field string) bool { return strings.ContainsRune(field, 0) }); i >= 0 {
			return nil, atField(c.name, c.line, i+1, "%w: a NUL byte, this is no text", ErrUnknownFormat)
		}
		if c.r.Comma == ' ' && len(row) > 1 && row[len(row)-1] == "" {
			row = row[:len(row)-1] // a space at the end of the line
		}
		if len(row) > 1 || strings.TrimSpace(row[0]) != "" {
			return row, nil
		}
	}
}

func (c *csvReader) broken(err error) error {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return atField(c.name, parse.Line, 0, "%w", parse.Err)
	}
	return inFile(c.name, "behind line %d: %w", c.line, err)
}

// next returns the next row below the header, with as many fields as the
// layout says, or io.EOF.
func (c *csvReader) next() ([]string, error) {
	row, err := c.row()
	if err == nil && c.layout.header != nil && !c.layout.passed {
		c.layout.passed = true
		row, err = c.row()
	}
	if err != nil {
		return nil, err
	}
	if len(row) != c.layout.columns {
		return nil, atField(c.name, c.line, min(len(row), c.layout.columns)+1,
			"row has %d columns, want %d", len(row), c.layout.columns)
	}
	return row, nil
}

// features appends the numbers of a row, without its label, to dst.
func (c *csvReader) features(dst []float32, row []string) ([]float32, error) {
	for i, field := range row {
		if i == c.layout.label {
			continue
		}
		v, err := parseFeature(field)
		if err != nil {
			return nil, atField(c.name, c.line, i+1, "%s%w", c.layout.title(i), err)
		}
		dst = append(dst, v)
	}
	return dst, nil
}

// maxFeature keeps differences of two features finite.
const maxFeature = math.MaxFloat32 / 4

var (
	errMissing   = errors.New("value is missing")
	errNotFinite = errors.New("value is not finite")
)

func parseFeature(field string) (float32, error) {
	field = strings.TrimSpace(field)
	if isMissing(field) {
		return 0, errMissing
	}
	v, err := strconv.ParseFloat(field, 32)
	switch {
	case errors.Is(err, strconv.ErrSyntax):
		return 0, notNumberError(field)
	case err != nil || math.Abs(v) > maxFeature && !math.IsInf(v, 0):
		return 0, fmt.Errorf("number is too large: %s", quoteShort(field))
	case math.IsNaN(v) || math.IsInf(v, 0):
		return 0, errNotFinite
	}
	return float32(v), nil
}

// isMissing tells the usual marks of a missing value.
func isMissing(field string) bool {
	switch strings.ToLower(field) {
	case "", "?", "-", "na", "n/a", "null", "none":
		return true
	}
	return false
}

// notNumberError is text where a number belongs.
type notNumberError string

func (e notNumberError) Error() string { return "want a number, got " + quoteShort(string(e)) }
