package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func predictions(t *testing.T, stdin string, args ...string) []prediction {
	t.Helper()
	var list []prediction
	for line := range strings.Lines(doneWith(t, stdin, append(words("predict --json"), args...)...)) {
		var p prediction
		only(t, line, &p)
		list = append(list, p)
	}
	return list
}

// TestPredictAgreesWithEval counts right predictions of a whole file.
func TestPredictAgreesWithEval(t *testing.T) {
	data, model := flowerModel(t)
	for _, method := range []string{"goodness", "readout"} {
		right := 0.0
		for _, split := range []string{"train", "test"} {
			o := objects(t, done(t, "eval", "--json", "--model", model, "--data", data, "--method", method, "--split", split))[0]
			right += o.at(t, "correct").(float64)
		}
		list := predictions(t, "", "--model", model, "--method", method, data)
		require.Len(t, list, 240)
		for i, p := range list {
			require.Equal(t, fmt.Sprintf("%s:%d", data, i+2), p.Name, "the line of the file")
			require.EqualValues(t, method, p.Method)
			require.Equal(t, flowers[p.Index], p.Class)
			require.Equal(t, p.Probabilities[p.Index], p.Confidence)
			sum := float32(0)
			for _, share := range p.Probabilities {
				require.LessOrEqual(t, share, p.Confidence)
				sum += share
			}
			require.InDelta(t, 1, sum, 1e-5)
			if p.Class == flowers[i%3] {
				right--
			}
		}
		require.Zero(t, right)
	}
}

func TestPredictTable(t *testing.T) {
	_, model := flowerModel(t)
	rows := "10,30,-2\n14,25,1\n18,10,-2\n"
	require.Regexp(t, `^stdin:1\taster [\d.]+%\nstdin:2\tbellis [\d.]+%\nstdin:3\tcrocus [\d.]+%\n$`, doneWith(t, rows, "predict", "--model", model))
	require.Regexp(t, `^stdin:1\taster [\d.]+%\t\w+ [\d.]+%\n`, doneWith(t, rows, "predict", "--model", model, "--top", "2"))
	all := doneWith(t, rows, "predict", "--model", model, "--top", "3")
	require.Equal(t, 9, strings.Count(all, "%"))
	require.Equal(t, all, doneWith(t, rows, "predict", "--model", model, "--top", "99"), "there are only three")
	require.Equal(t, all, doneWith(t, rows, "predict", "--model", model, "--top", "3", "-"))
}

// TestPredictSpellings reads the same flower in other words.
func TestPredictSpellings(t *testing.T) {
	_, model := flowerModel(t)
	want := predictions(t, "10,30,-2\n", "--model", model)[0].Probabilities
	for name, c := range map[string]struct {
		stdin string
		args  []string
	}{
		"header":         {"length,width,height\n10,30,-2\n", nil},
		"labelled":       {"10,30,-2,crocus\n", nil},
		"label, header":  {flowerHeader + "10,30,-2,crocus\n", nil},
		"label in front": {"kind,length,width,height\nbellis,10,30,-2\n", words("--label kind")},
		"unknown label":  {"10,30,-2,dahlia\n", nil},
		"semicolons":     {"10;30;-2\n", nil},
		"bars":           {"10|30|-2\n", words("--delimiter |")},
		"tabs":           {"10\t30\t-2\n", words("--delimiter tab")},
		"blanks":         {" 10, 30, -2\r\n", nil},
		"no last break":  {"10,30,-2", nil},
		"byte order":     {"\ufeff10,30,-2\n", nil},
		"gzip":           {gzipped(t, "10,30,-2\n"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			list := predictions(t, c.stdin, append(c.args, "--model", model)...)
			require.Len(t, list, 1)
			require.Equal(t, want, list[0].Probabilities)
		})
	}
}

func TestPredictImages(t *testing.T) {
	data, model := barModel(t)
	file := filepath.Join(data, "top", "0.png")
	want := predictions(t, "", "--model", model, file)
	require.Len(t, want, 1)
	require.Equal(t, file, want[0].Name)
	require.Equal(t, "top", want[0].Class)

	stdin := predictions(t, read(t, file), "--model", model)
	require.Equal(t, "stdin", stdin[0].Name)
	require.Equal(t, want[0].Probabilities, stdin[0].Probabilities)

	folder := predictions(t, "", "--model", model, filepath.Join(data, "left"), file)
	require.Len(t, folder, 61)
	require.Equal(t, filepath.Join(data, "left", "10.png"), folder[10].Name, "in natural order")
	require.Equal(t, want[0], folder[60])

	pixels := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(bars(1, 0).Pix)), ","), "[]")
	row := predictions(t, pixels+"\n", "--model", model)
	require.Equal(t, want[0].Probabilities, row[0].Probabilities, "a row of pixels is an image too")

	packed, _ := barIDX(4)
	idx := predictions(t, "", "--model", model, write(t, filepath.Join(t.TempDir(), "four.gz"), gzipped(t, packed)))
	require.Len(t, idx, 4)
	require.True(t, strings.HasSuffix(idx[3].Name, "four.gz#3"), idx[3].Name)
}

// TestPredictManySamples is more than a block's worth.
func TestPredictManySamples(t *testing.T) {
	_, model := flowerModel(t)
	list := predictions(t, strings.Join(flowerRows(3*maxBlock+1), "\n"), "--model", model)
	require.Len(t, list, 3*maxBlock+1)
	for i, p := range list {
		require.Equal(t, fmt.Sprintf("stdin:%d", i+1), p.Name)
	}
}

// conversation is a program that is written to and answers line by line.
type conversation struct {
	t       *testing.T
	in      *io.PipeWriter
	answers chan string
	end     chan outcome
}

func converse(t *testing.T, args ...string) *conversation {
	stdin, in := io.Pipe()
	out, stdout := io.Pipe()
	c := &conversation{t, in, make(chan string, 100), make(chan outcome, 1)}
	go func() {
		var stderr bytes.Buffer
		code := run(t.Context(), args, stdin, stdout, &stderr)
		stdin.Close()
		stdout.Close()
		c.end <- outcome{code: code, stderr: stderr.String()}
	}()
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			c.answers <- lines.Text()
		}
		close(c.answers)
	}()
	t.Cleanup(func() { in.Close() })
	return c
}

func (c *conversation) say(line string) {
	c.t.Helper()
	_, err := io.WriteString(c.in, line)
	require.NoError(c.t, err)
}

// patience ends a test that would wait for ever; no result depends on it.
const patience = 10 * time.Second

func (c *conversation) hear() string {
	c.t.Helper()
	select {
	case answer, ok := <-c.answers:
		require.True(c.t, ok, "the program ended")
		return answer
	case <-time.After(patience):
		require.Fail(c.t, "no answer, though the row is complete")
	}
	return ""
}

func (c *conversation) close() outcome {
	c.t.Helper()
	require.NoError(c.t, c.in.Close())
	select {
	case o := <-c.end:
		return o
	case <-time.After(patience):
		require.Fail(c.t, "the program does not end with its input")
	}
	return outcome{}
}

// TestPredictAnswersRowsAsTheyArrive sends a row only when the one before it
// has been answered.
func TestPredictAnswersRowsAsTheyArrive(t *testing.T) {
	_, model := flowerModel(t)
	for _, header := range []string{"", "length,width,height\n", flowerHeader} {
		for _, form := range []string{"predict", "predict --json", "reconstruct", "reconstruct --json"} {
			t.Run(fmt.Sprintf("%s,%q", form, header), func(t *testing.T) {
				c := converse(t, words(form+" --model", model)...)
				c.say(header)
				for i, row := range flowerRows(5) {
					if header != flowerHeader {
						row = row[:strings.LastIndex(row, ",")]
					}
					c.say(row[:3])
					c.say(row[3:] + "\n")
					require.Contains(t, c.hear(), fmt.Sprintf("stdin:%d", i+1+strings.Count(header, "\n")))
				}
				o := c.close()
				require.Zero(t, o.code, o.stderr)
			})
		}
	}
}

// TestPredictAnswersShortRows: a whole row may have two bytes.
func TestPredictAnswersShortRows(t *testing.T) {
	dir := t.TempDir()
	data, model := filepath.Join(dir, "d.csv"), filepath.Join(dir, "m.pff")
	write(t, data, strings.Repeat("1,low\n9,high\n", 12))
	done(t, words(small+"--data", data, "--out", model)...)
	c := converse(t, "predict", "--model", model)
	for i := range 3 {
		c.say(fmt.Sprintf("%d\n", 3*i))
		require.Contains(t, c.hear(), fmt.Sprintf("stdin:%d\t", i+1))
	}
	require.Zero(t, c.close().code)
}

// TestPredictStopsAtABadRow, after having answered those before it.
func TestPredictStopsAtABadRow(t *testing.T) {
	_, model := flowerModel(t)
	for _, row := range []string{"1,2", "1,2,3,4,5", "1,x,3", "1,,3", "1,NaN,3", "1,inf,3", "1,1e99,3", `1,"2,3`} {
		t.Run(row, func(t *testing.T) {
			c := converse(t, "predict", "--model", model)
			c.say("10,30,-2\n")
			require.Contains(t, c.hear(), "stdin:1\taster")
			c.say(row + "\n")
			o := c.close()
			require.Equal(t, exitFailed, o.code)
			requireError(t, o, 0, "stdin:2: ")
		})
	}
}
