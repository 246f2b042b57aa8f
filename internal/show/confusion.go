package show

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

const (
	matrixClasses  = 12 // most classes to print as a matrix
	matrixName     = 16 // columns of a class name at the left
	matrixHeading  = 6  // columns of a class name above
	confusionName  = 20
	recallsColumns = 76
)

// Confusion summarises matrix, whose element [i][j] counts the samples of
// class i predicted as class j. Up to 12 classes it prints the whole matrix, a
// line for each true class, with the recall at its end. For more it prints the
// recall of every class, then the limit most frequent confusions. The error
// wraps [ErrShape] when matrix does not fit classes.
func Confusion(w io.Writer, classes []string, matrix [][]int, limit int) error {
	if err := checkConfusion(classes, matrix); err != nil {
		return fmt.Errorf("confusion matrix: %w", err)
	}
	if len(classes) <= matrixClasses {
		return writeMatrix(w, classes, matrix)
	}
	var b strings.Builder
	writeRecalls(&b, classes, matrix)
	b.WriteByte('\n')
	writeConfusions(&b, classes, matrix, limit)
	_, err := io.WriteString(w, b.String())
	return err
}

func checkConfusion(classes []string, matrix [][]int) error {
	if len(matrix) != len(classes) {
		return fmt.Errorf("%w: %d rows for %d classes", ErrShape, len(matrix), len(classes))
	}
	for i, row := range matrix {
		if len(row) != len(classes) {
			return fmt.Errorf("%w: row %d has %d columns for %d classes", ErrShape, i, len(row), len(classes))
		}
	}
	return nil
}

// recall returns the share of class c that was predicted right, NaN without
// samples.
func recall(matrix [][]int, c int) float64 {
	samples := 0
	for _, n := range matrix[c] {
		samples += n
	}
	if samples == 0 {
		return math.NaN()
	}
	return float64(matrix[c][c]) / float64(samples)
}

func writeMatrix(w io.Writer, classes []string, matrix [][]int) error {
	t := Table{Columns: []Column{{Max: matrixName}}}
	for _, name := range classes {
		t.Columns = append(t.Columns, Column{Title: truncate(name, matrixHeading), Right: true})
	}
	t.Columns = append(t.Columns, Column{Title: "recall", Right: true})
	for i, row := range matrix {
		cells := []string{classes[i]}
		for _, n := range row {
			cells = append(cells, count(n))
		}
		t.Add(append(cells, Percent(recall(matrix, i)))...)
	}
	return t.Render(w)
}

// count prints 0 as a dot, so that the others stand out.
func count(n int) string {
	if n == 0 {
		return "."
	}
	return strconv.Itoa(n)
}

// writeRecalls prints names and recalls in columns, to be read downwards.
func writeRecalls(b *strings.Builder, classes []string, matrix [][]int) {
	const gap, figure = "    ", len("100.00%")
	width := 0
	names := make([]string, len(classes))
	for i, name := range classes {
		names[i] = truncate(name, confusionName)
		width = max(width, displayWidth(names[i]))
	}
	across := max(1, (recallsColumns+len(gap))/(width+1+figure+len(gap)))
	lines := (len(names) + across - 1) / across
	b.WriteString("recall\n")
	for line := range lines {
		for i := line; i < len(names); i += lines {
			if i > line {
				b.WriteString(gap)
			}
			b.WriteString(padRight(names[i], width) + " " + padLeft(Percent(recall(matrix, i)), figure))
		}
		b.WriteByte('\n')
	}
}

type confused struct{ class, as, count int }

// confusions lists what is beside the diagonal, most frequent first, then in
// the order of the classes.
func confusions(matrix [][]int) []confused {
	var all []confused
	for i, row := range matrix {
		for j, n := range row {
			if i != j && n > 0 {
				all = append(all, confused{i, j, n})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b confused) int { return cmp.Compare(b.count, a.count) })
	return all
}

func writeConfusions(b *strings.Builder, classes []string, matrix [][]int, limit int) {
	all := confusions(matrix)
	if len(all) == 0 {
		b.WriteString("no confusions\n")
		return
	}
	b.WriteString("most frequent confusions\n")
	for _, c := range all[:min(max(limit, 0), len(all))] {
		fmt.Fprintf(b, "%s → %s: %d\n", truncate(classes[c.class], confusionName), truncate(classes[c.as], confusionName), c.count)
	}
	if more := len(all) - max(limit, 0); more > 0 {
		fmt.Fprintf(b, "and %d more kinds\n", more)
	}
}
