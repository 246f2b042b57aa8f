package data

import (
	"bufio"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pffedge/pffedge/model"
)

// layout says what the columns of a CSV file are.
type layout struct {
	columns int
	label   int      // 0-based column of the labels, −1 when there is none
	header  []string // column names, nil when the file has none
	passed  bool     // the header has been read over
}

// defaultLabels are the names of a label column, best first.
var defaultLabels = []string{"label", "class", "target", "y"}

// newLayout reads the layout off the first row. Want is the name or number
// of the label column, "" for the default.
func newLayout(first []string, want string) (layout, error) {
	l := layout{columns: len(first)}
	var named bool
	var err error
	if l.label, named, err = labelColumn(first, want); err != nil {
		return layout{}, err
	}
	if named || slices.ContainsFunc(l.without(first), isTitle) {
		l.header = slices.Clone(first)
	}
	return l, l.check()
}

// unlabelledLayout is newLayout for a file without labels.
func unlabelledLayout(first []string) (layout, error) {
	l := layout{columns: len(first), label: -1}
	if slices.ContainsFunc(first, isTitle) {
		l.header = slices.Clone(first)
	}
	return l, l.check()
}

func (l layout) check() error {
	if l.features() < 1 {
		return fmt.Errorf("only one column, want features and a label")
	}
	if l.features() > model.MaxFeatures {
		return fmt.Errorf("%w: %d features, at most %d allowed", ErrTooLarge, l.features(), model.MaxFeatures)
	}
	return nil
}

// features returns the number of columns that are no label.
func (l layout) features() int {
	if l.label < 0 {
		return l.columns
	}
	return l.columns - 1
}

// without returns the fields of a row but its label.
func (l layout) without(row []string) []string {
	if l.label < 0 {
		return row
	}
	return slices.Delete(slices.Clone(row), l.label, l.label+1)
}

// title names a column for an error message.
func (l layout) title(i int) string {
	if l.header == nil {
		return ""
	}
	return quoteShort(strings.TrimSpace(l.header[i])) + ": "
}

// labelColumn finds the label column, 0-based, in the first row. Named tells
// that the row must be a header. The word y alone does not make a header: it
// may be a label.
func labelColumn(first []string, want string) (column int, named bool, err error) {
	if n, err := strconv.Atoi(want); err == nil {
		if n < 1 || n > len(first) {
			return 0, false, fmt.Errorf("label column %d, but there are %d columns", n, len(first))
		}
		return n - 1, false, nil
	}
	if want != "" {
		if i := indexTitle(first, want); i >= 0 {
			return i, true, nil
		}
		return 0, false, fmt.Errorf("no label column %s, the first row has %s", quoteShort(want), listNames(first))
	}
	for _, name := range defaultLabels {
		if i := indexTitle(first, name); i >= 0 {
			return i, name != "y", nil
		}
	}
	return len(first) - 1, false, nil
}

// indexTitle finds a column by name: exactly, else in any case.
func indexTitle(titles []string, name string) int {
	exact := func(s string) bool { return strings.TrimSpace(s) == name }
	if i := slices.IndexFunc(titles, exact); i >= 0 {
		return i
	}
	return slices.IndexFunc(titles, func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), name) })
}

// isTitle tells a field of a header from one of a row of numbers.
func isTitle(field string) bool {
	field = strings.TrimSpace(field)
	if isMissing(field) {
		return false
	}
	_, err := parseFeature(field)
	_, text := err.(notNumberError)
	return text
}

// detectDelimiter looks at the lines at hand: the delimiter is what each of
// them has equally often, the more the better; else what the first has most.
func detectDelimiter(name string, r *bufio.Reader) rune {
	trimmed := strings.TrimSuffix(strings.ToLower(name), ".gz")
	if strings.HasSuffix(trimmed, ".tsv") {
		return '\t'
	}
	lines := firstLines(r)
	best, most := rune(0), 0
	for _, steady := range []bool{true, false} {
		for _, d := range []rune{',', ';', '\t', '|'} {
			n := countOutside(lines[0], d)
			same := func(line string) bool { return countOutside(line, d) == n }
			if n > most && (!steady || !slices.ContainsFunc(lines, func(s string) bool { return !same(s) })) {
				best, most = d, n
			}
		}
		if best != 0 {
			return best
		}
	}
	if countOutside(strings.TrimSpace(lines[0]), ' ') > 0 {
		return ' '
	}
	return ','
}

// firstLines peeks at a few lines, at least one, without waiting for more
// input than that.
func firstLines(r *bufio.Reader) []string {
	const enough = 10
	head, err := r.Peek(1)
	for err == nil && len(head) < bufferSize && !strings.Contains(trimBreaks(head), "\n") {
		head, err = r.Peek(min(max(r.Buffered(), len(head)+1), bufferSize))
	}
	text := trimBreaks(head)
	lines := strings.FieldsFunc(text, func(c rune) bool { return c == '\n' || c == '\r' })
	if len(lines) > 1 && !strings.HasSuffix(text, "\n") {
		lines = lines[:len(lines)-1] // cut off in the middle
	}
	if len(lines) == 0 {
		return []string{""}
	}
	return lines[:min(len(lines), enough)]
}

// trimBreaks drops the line breaks that text begins with.
func trimBreaks(text []byte) string { return strings.TrimLeft(string(text), "\r\n") }

// countOutside counts d outside double quotes.
func countOutside(line string, d rune) int {
	n, quoted := 0, false
	for _, c := range line {
		switch {
		case c == '"':
			quoted = !quoted
		case c == d && !quoted:
			n++
		}
	}
	return n
}
