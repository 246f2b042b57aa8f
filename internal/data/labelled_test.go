package data

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

// labelledIn collects what OpenLabelled yields: "class name", or "bad: error" of what is
// passed over.
func labelledIn(text string, in model.Input, skip bool, paths ...string) (list []string, x [][]float32, err error) {
	opt := LabelledOptions{SampleOptions: SampleOptions{Input: in, Stdin: strings.NewReader(text)}}
	if skip {
		opt.Bad = func(err error) { list = append(list, "bad: "+err.Error()) }
	}
	if len(paths) == 0 {
		paths = []string{"-"}
	}
	for s, wrong := range OpenLabelled(context.Background(), paths, opt) {
		if wrong != nil {
			err = wrong
			continue
		}
		list, x = append(list, s.Class+" "+s.Name), append(x, s.X)
	}
	return list, x, err
}

func vectorOf(n int) model.Input {
	in := model.Input{Features: n, Offset: make([]float32, n), Scale: make([]float32, n)}
	for i := range in.Scale {
		in.Scale[i] = 0.5
	}
	return in
}

func TestLabelledRowsAndLines(t *testing.T) {
	for name, text := range map[string]string{
		"CSV": "p,label,q\n0,a,1\n\n2, b ,1\n", "JSON": "{\"label\":\"a\",\"x\":[0,1]}\n\n{\"x\":[2,1],\"label\":\"b\",\"more\":[{}]}",
	} {
		list, x, err := labelledIn(text, vectorOf(2), false)
		require.NoError(t, err, name)
		require.Len(t, list, 2)
		require.Equal(t, []string{"a ", "b "}, []string{list[0][:2], list[1][:2]})
		require.Equal(t, [][]float32{{0, 0.5}, {1, 0.5}}, x, name)
		list, _, err = labelledIn("", vectorOf(2), false, gzipped(t, text))
		require.NoError(t, err)
		require.Len(t, list, 2, "gzipped %s", name)
	}
	// Pixels of a line are those of a row.
	_, row, err := labelledIn("0,127,255,1,a\n", model.Image(2, 2), false)
	require.NoError(t, err)
	_, line, err := labelledIn(`{"label":7,"x":[0,127,255,1]}`, model.Image(2, 2), false)
	require.NoError(t, err)
	require.Equal(t, row, line)
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "text.gz")
	require.NoError(t, os.WriteFile(path, zipped(t, []byte(text)), 0o644))
	return path
}

func TestLabelledPassesOver(t *testing.T) {
	for text, bad := range map[string]int{
		"1,1,a\n1,x,a\n1\n1,1,\n1,1,b\n": 3, "1,1,a\n1,\"1,b\n": 1, "{\"label\":\"a\",\"x\":[1,1]}\n{\n{}\n{\"label\":\"b\",\"x\":[1,1]}\n": 2,
	} {
		list, _, err := labelledIn(text, vectorOf(2), true)
		require.NoError(t, err, text)
		n := 0
		for _, line := range list {
			if strings.HasPrefix(line, "bad: stdin:") {
				n++
			}
		}
		require.Equal(t, bad, n, "%v", list)
		_, _, err = labelledIn(text, vectorOf(2), false)
		var at *FileError
		require.ErrorAs(t, err, &at)
		require.Equal(t, 2, at.Line)
	}
	for text, want := range map[string]error{"": ErrEmpty, "p,label\n": ErrMismatch, "p,q,label\n": ErrEmpty, "1,2,3,a\n": ErrMismatch, "\x89PNG....": ErrUnknownFormat, "\x00\x00\x08\x03": ErrUnknownFormat} {
		_, _, err := labelledIn(text, vectorOf(2), true)
		require.ErrorIs(t, err, want, "%q", text)
	}
	_, _, err := labelledIn("{\"label\":\""+strings.Repeat("x", maxRecordBytes)+"\"}", vectorOf(2), true)
	require.ErrorIs(t, err, ErrTooLarge)
}

// TestLabelledStops: a receiver that wants no more gets no more.
func TestLabelledStops(t *testing.T) {
	opt := LabelledOptions{SampleOptions: SampleOptions{Input: vectorOf(2), Stdin: strings.NewReader("1,1,a\n1,1,b\n")}}
	for s, err := range OpenLabelled(t.Context(), []string{"-"}, opt) {
		require.NoError(t, err)
		require.Equal(t, "a", s.Class)
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	opt.Stdin = strings.NewReader("1,1,a\n")
	for _, err := range OpenLabelled(ctx, []string{"-"}, opt) {
		require.ErrorIs(t, err, context.Canceled)
	}
	opt.Stdin = nil
	for _, err := range OpenLabelled(t.Context(), []string{"-"}, opt) {
		require.ErrorContains(t, err, "no standard input")
	}
}

func FuzzLabelled(f *testing.F) {
	f.Add("1,2,a\n", true)
	f.Add("p;q;y\n1;2;a\n", false)
	f.Add(`{"label":"a","x":[1,2]}`, true)
	f.Add("{\"label\":1,\"x\":[1,null]}\n{}", true)
	f.Fuzz(func(t *testing.T, text string, skip bool) {
		if strings.Contains(text, "file") {
			return // which would be opened
		}
		_, x, err := labelledIn(text, vectorOf(2), skip)
		for _, row := range x {
			for _, v := range row {
				require.True(t, v >= 0 && v <= 1, fmt.Sprint(row))
			}
		}
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			require.False(t, errors.As(err, new(badSample)))
		}
	})
}
