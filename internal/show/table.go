package show

import (
	"io"
	"strings"
)

// Table prints cells in aligned columns. Unlike text/tabwriter it measures in
// columns of a terminal, so that wide and combining characters stay in line.
type Table struct {
	Columns []Column
	rows    [][]string
}

// Column is a column of a [Table].
type Column struct {
	Title string
	Right bool // aligned to the right
	Max   int  // longer cells are cut with …; 0 means no limit
}

const tableGap = 2 // columns of the terminal between those of a table

// Add appends a row. Missing cells stay empty; surplus ones are dropped.
func (t *Table) Add(cells ...string) { t.rows = append(t.rows, cells) }

// Render prints the titles, unless all are empty, and the rows.
func (t *Table) Render(w io.Writer) error {
	titles := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		titles[i] = c.Title
	}
	rows := t.rows
	if strings.Join(titles, "") != "" {
		rows = append([][]string{titles}, rows...)
	}
	lines := make([]strings.Builder, len(rows))
	for c := range t.Columns {
		t.renderColumn(lines, rows, c)
	}
	var b strings.Builder
	for i := range lines {
		b.WriteString(strings.TrimRight(lines[i].String(), " "))
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (t *Table) renderColumn(lines []strings.Builder, rows [][]string, c int) {
	column, width := t.Columns[c], 0
	cells := make([]string, len(rows))
	for i, row := range rows {
		if c < len(row) {
			cells[i] = column.clip(row[c])
		}
		width = max(width, displayWidth(cells[i]))
	}
	for i, cell := range cells {
		if c > 0 {
			lines[i].WriteString(spaces(tableGap))
		}
		if column.Right {
			cell = padLeft(cell, width)
		}
		lines[i].WriteString(padRight(cell, width))
	}
}

func (c Column) clip(cell string) string {
	if c.Max > 0 {
		return truncate(cell, c.Max)
	}
	return clean(cell)
}
