package show

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// diagonal returns n classes, A and so on, with 50 right samples each.
func diagonal(n int) ([]string, [][]int) {
	names, matrix := make([]string, n), make([][]int, n)
	for i := range matrix {
		names[i] = string(rune('A' + i))
		matrix[i] = make([]int, n)
		matrix[i][i] = 50
	}
	return names, matrix
}

func confusionText(t *testing.T, classes []string, matrix [][]int, limit int) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, Confusion(&b, classes, matrix, limit))
	return b.String()
}

func TestConfusionMatrix(t *testing.T) {
	require.Equal(t, ""+
		"                  cat   dog  日本…  a ver…   recall\n"+
		"cat                90     1      .       3   95.74%\n"+
		"dog                 .    88      .       .  100.00%\n"+
		"日本語の名前        .     .      .       .        –\n"+
		"a very long cla…    .  1000      4       7    0.69%\n",
		confusionText(t, []string{"cat", "dog", "日本語の名前", "a very long class name"}, [][]int{
			{90, 1, 0, 3},
			{0, 88, 0, 0},
			{0, 0, 0, 0},
			{0, 1000, 4, 7},
		}, 5))
}

func TestConfusionOfManyClasses(t *testing.T) {
	names, matrix := diagonal(13)
	names[2] = "日本"
	matrix[4][9], matrix[4][4] = 23, 27
	matrix[12][0], matrix[0][12], matrix[2][1] = 3, 3, 4
	matrix[7][7] = 0
	require.Equal(t, ""+
		"recall\n"+
		"A     94.34%    D    100.00%    G    100.00%    J    100.00%    M     94.34%\n"+
		"B    100.00%    E     54.00%    H          –    K    100.00%\n"+
		"日本  92.59%    F    100.00%    I    100.00%    L    100.00%\n"+
		"\n"+
		"most frequent confusions\n"+
		"E → J: 23\n"+
		"日本 → B: 4\n"+
		"A → M: 3\n"+
		"and 1 more kinds\n", confusionText(t, names, matrix, 3))
	require.NotContains(t, confusionText(t, names, matrix, 4), "more")
	require.Contains(t, confusionText(t, names, matrix, -1), "and 4 more kinds\n")
}

func TestConfusionOfManyLongNames(t *testing.T) {
	names, matrix := diagonal(40)
	for i := range names {
		names[i] = strings.Repeat(names[i], 60)
	}
	got := confusionText(t, names, matrix, 5)
	require.Contains(t, got, "no confusions\n")
	for line := range strings.Lines(got) {
		require.LessOrEqual(t, displayWidth(line), 80)
	}
	for _, name := range names {
		require.Contains(t, got, name[:19]+"… 100.00%")
	}
}

func TestConfusionErrors(t *testing.T) {
	names, matrix := diagonal(3)
	require.ErrorIs(t, Confusion(&bytes.Buffer{}, names[:2], matrix, 1), ErrShape)
	matrix[2] = matrix[2][:2]
	err := Confusion(&bytes.Buffer{}, names, matrix, 1)
	require.ErrorIs(t, err, ErrShape)
	require.ErrorContains(t, err, "row 2 has 2 columns for 3 classes")
}
