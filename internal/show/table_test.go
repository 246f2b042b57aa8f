package show

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func rendered(t *testing.T, table *Table) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, table.Render(&b))
	return b.String()
}

func TestTable(t *testing.T) {
	table := &Table{Columns: []Column{{Title: "class", Max: 8}, {Title: "n", Right: true}, {Title: "note"}}}
	table.Add("cat", "5", "fine")
	table.Add("日本語", "12345")
	table.Add("hippopotamus", "17", "cut\n", "surplus")
	require.Equal(t, ""+
		"class         n  note\n"+
		"cat           5  fine\n"+
		"日本語    12345\n"+
		"hippopo…     17  cut�\n", rendered(t, table))
}

func TestTableWithoutTitles(t *testing.T) {
	table := &Table{Columns: []Column{{}, {Right: true}}}
	table.Add("a", "1")
	table.Add("bb", "22")
	require.Equal(t, "a    1\nbb  22\n", rendered(t, table))
	require.Empty(t, rendered(t, &Table{Columns: make([]Column, 2)}))
}
