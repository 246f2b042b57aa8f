package data

import (
	"bytes"
	"context"
	"errors"
	"image/color"
	"io"
	"iter"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

var (
	pixels2 = SampleOptions{Input: model.Image(2, 1)}
	vector2 = SampleOptions{Input: model.Input{Features: 2, Offset: []float32{0, 0}, Scale: []float32{0.1, 0.1}}}
)

func collect(seq iter.Seq2[Sample, error]) (samples []Sample, err error) {
	for s, e := range seq {
		if err != nil {
			return nil, errors.New("samples went on behind an error")
		}
		if err = e; e == nil {
			samples = append(samples, s)
		}
	}
	return samples, err
}

func read(text string, opt SampleOptions) ([]Sample, error) {
	return collect(readSamples(context.Background(), strings.NewReader(text), "in", opt))
}

func TestOpenSamplesOfImages(t *testing.T) {
	dir := t.TempDir()
	files := []string{
		write(t, dir+"/a.png", pngOf(t, flat(2, 1, white))),
		write(t, dir+"/b.JPG", jpegOf(t, flat(8, 8, black))),
		write(t, dir+"/c.idx.gz", zipped(t, soundImages)),
		write(t, dir+"/d.csv", []byte("0,51\n102,255\n")),
		write(t, dir+"/album/img10.png", pngOf(t, flat(1, 1, color.Gray{51}))),
		write(t, dir+"/album/img9.png", pngOf(t, flat(1, 1, color.Gray{102}))),
	}
	write(t, dir+"/album/notes.txt", []byte("x"))
	got, err := collect(OpenSamples(context.Background(), append(files[:4:4], filepath.Dir(files[4])), pixels2))
	require.NoError(t, err)
	var names []string
	for _, s := range got {
		names = append(names, strings.TrimPrefix(s.Name, dir+"/"))
		require.Len(t, s.X, 2)
	}
	require.Equal(t, []string{
		"a.png", "b.JPG", "c.idx.gz#0", "c.idx.gz#1", "c.idx.gz#2", "d.csv:1", "d.csv:2", "album/img9.png", "album/img10.png",
	}, names)
	require.Equal(t, []float32{1, 1}, got[0].X)
	require.Equal(t, []float32{102. / 255, 153. / 255}, got[3].X)
	require.Equal(t, []float32{0.4, 1}, got[6].X)
	require.InDelta(t, 0.4, got[7].X[0], 1e-6)
}

func TestReadSamples(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		opt  SampleOptions
		want [][]float32
	}{
		"no labels":         {"1,2\n3,4\n", vector2, [][]float32{{.1, .2}, {.3, .4}}},
		"spaces":            {"1 2\n", vector2, [][]float32{{.1, .2}}},
		"header":            {"a,b\n1,2\n", vector2, [][]float32{{.1, .2}}},
		"labels last":       {"1,2,cat\n", vector2, [][]float32{{.1, .2}}},
		"labels named":      {"class,a,b\nx,1,2\n", vector2, [][]float32{{.1, .2}}},
		"labels by option":  {"x,1,2\n", SampleOptions{Input: vector2.Input, LabelColumn: "1"}, [][]float32{{.1, .2}}},
		"a feature named y": {"x,y\n1,2\n", vector2, [][]float32{{.1, .2}}},
		"clamped":           {"-1,200\n", vector2, [][]float32{{0, 1}}},
		"pixels":            {"51,255\n", pixels2, [][]float32{{.2, 1}}},
		"scaled idx":        {string(idx(idxImages, []uint32{1, 2, 4}, bytes.Repeat([]byte{51}, 8)...)), pixels2, [][]float32{{.2, .2}}},
		"gzipped csv":       {string(zipped(t, []byte("1,2\n"))), vector2, [][]float32{{.1, .2}}},
		"png":               {string(pngOf(t, flat(2, 1, white))), pixels2, [][]float32{{1, 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := read(c.text, c.opt)
			require.NoError(t, err)
			require.Len(t, got, len(c.want))
			for i := range got {
				require.InDeltaSlice(t, c.want[i], got[i].X, 1e-6)
			}
		})
	}
}

func TestSampleFaults(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		opt  SampleOptions
		is   error
		want string
	}{
		"empty":         {"", vector2, ErrEmpty, "in: no samples: the file is empty"},
		"header only":   {"a,b\n", vector2, ErrEmpty, "in: no samples: no rows below the header"},
		"too few":       {"1\n", vector2, ErrMismatch, "in: 1 features where the model takes 2 features"},
		"too many":      {"1,2,3,4\n", vector2, ErrMismatch, "in: 4 features"},
		"ragged":        {"1,2\n3\n", vector2, nil, "in:2: column 2: row has 1 columns, want 2"},
		"text":          {"1,2\n3,x\n", vector2, nil, `in:2: column 2: want a number, got "x"`},
		"label is gone": {"1,2\n", SampleOptions{Input: vector2.Input, LabelColumn: "1"}, ErrMismatch, "1 features"},
		"pixel":         {"1,256\n", pixels2, nil, "in:1: column 2: pixel of 256"},
		"image to them": {string(pngOf(t, flat(1, 1, white))), vector2, ErrMismatch, "in: images where the model takes 2 features"},
		"idx to them":   {string(soundImages), vector2, ErrMismatch, "in: images where"},
		"idx labels":    {string(soundLabels), pixels2, nil, "in: offset 0: magic number 0x00000801, want 0x00000803"},
		"cut idx":       {string(soundImages[:19]), pixels2, nil, "in: offset 19: file ends early, in image 1 of 3"},
		"long idx":      {string(soundImages) + "x", pixels2, nil, "in: offset 22: more bytes"},
		"no images":     {string(idx(idxImages, []uint32{0, 1, 2})), pixels2, ErrEmpty, "in: no samples"},
		"cut png":       {string(pngOf(t, flat(1, 1, white))[:20]), pixels2, nil, "in: damaged image"},
		"png bomb":      {string(pngHeader(12000, 12000)), pixels2, ErrTooLarge, "in: too large: image of 12000×12000"},
		"gzip":          {"\x1f\x8b", pixels2, nil, "in: offset 0: damaged gzip"},
		"invalid model": {"1,2\n", SampleOptions{}, model.ErrConfig, "0 features"},
		"half a model":  {"1,2\n", SampleOptions{Input: model.Input{Features: 2}}, model.ErrConfig, "0 offsets"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(c.text, c.opt)
			requireFault(t, err, c.want)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
		})
	}
}

func TestOpenSamplesFaults(t *testing.T) {
	dir := t.TempDir()
	for want, path := range map[string]string{
		"none.png: no such file":              dir + "/none.png",
		"text.png: not a PNG or JPEG image":   write(t, dir+"/text.png", []byte("1,2")),
		"empty: no samples: no PNG or JPEG":   filepath.Dir(write(t, dir+"/empty/x.txt", nil)),
		"no standard input":                   "-",
		"zero.csv: no samples: the file is e": write(t, dir+"/zero.csv", nil),
	} {
		_, err := collect(OpenSamples(context.Background(), []string{path}, pixels2))
		requireFault(t, err, want)
	}
}

func TestOpenSamplesFromStdin(t *testing.T) {
	opt := vector2
	opt.Stdin = strings.NewReader("1,2\n")
	got, err := collect(OpenSamples(context.Background(), []string{"-"}, opt))
	require.NoError(t, err)
	require.Equal(t, "stdin:1", got[0].Name)
}

// Rows come out as they come in, without waiting for the end of the stream.
func TestReadSamplesStreams(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	rows := []string{"1,2\n", "3,4\n", "5,6\n"}
	next := make(chan string, 1)
	go func() {
		for row := range next {
			io.WriteString(w, row)
		}
	}()
	next <- rows[0]
	n := 0
	for s, err := range readSamples(context.Background(), r, "pipe", vector2) {
		require.NoError(t, err)
		require.InDelta(t, 0.1+0.2*float64(n), s.X[0], 1e-6)
		if n++; n == len(rows) {
			break
		}
		next <- rows[n]
	}
	close(next)
	require.Equal(t, len(rows), n)
}

func TestReadSamplesStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := 0
	var last error
	for _, err := range readSamples(ctx, strings.NewReader("1,2\n3,4\n5,6\n"), "in", vector2) {
		last = err
		n++
		cancel()
	}
	require.Equal(t, 2, n)
	require.ErrorIs(t, last, context.Canceled)
}

func TestBinaryIsNoText(t *testing.T) {
	in := model.Input{Features: 2, Offset: []float32{0, 0}, Scale: []float32{1, 1}}
	for _, err := range readSamples(t.Context(), strings.NewReader("1,2\n\x7fELF\x02,\x00\x01\n"), "program", SampleOptions{Input: in}) {
		if err != nil {
			require.ErrorIs(t, err, ErrUnknownFormat)
			requireFault(t, err, "program:2", "NUL byte")
			return
		}
	}
	t.Fatal("taken for text")
}

// readSamples yields the samples of a stream as OpenSamples does those of
// standard input, under a name of the test's choice.
func readSamples(ctx context.Context, r io.Reader, name string, opt SampleOptions) iter.Seq2[Sample, error] {
	return sampleSeq(ctx, opt, func(w *sampleWalk) error { return w.stream(name, r) })
}
