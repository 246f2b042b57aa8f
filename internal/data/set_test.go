package data

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

func smallSet() *Set {
	return &Set{
		Input: model.Image(2, 1), Classes: []string{"a", "b"}, Labels: []int32{0, 1, 1, 0},
		pixels: []byte{0, 255, 51, 102, 153, 204, 255, 0},
	}
}

func TestSetSample(t *testing.T) {
	s := smallSet()
	require.Equal(t, 4, s.Len())
	dst := []float32{9, 9, 9}
	require.Equal(t, 1, s.Sample(dst, 1))
	require.Equal(t, []float32{51. / 255, 102. / 255, 9}, dst, "only Input.Size() values are written")
}

func TestSetViews(t *testing.T) {
	s := smallSet()
	require.Equal(t, 2, s.Head(2).Len())
	require.Equal(t, 4, s.Head(9).Len())
	require.Equal(t, 0, s.Head(-1).Len())

	sub := s.Subset([]int{3, 1, 1})
	require.Equal(t, []int32{0, 1, 1}, sub.Labels)
	require.Equal(t, inputs(s, 3), inputs(sub, 0))
	require.Equal(t, inputs(s, 1), inputs(sub, 2))

	again := sub.Subset([]int{2, 0}).Head(1)
	require.Equal(t, 1, again.Len())
	require.Equal(t, inputs(s, 1), inputs(again, 0), "views of views find the right rows")
	require.Equal(t, []int32{0, 1, 1, 0}, s.Labels, "the original stays")
}

func TestSetSampleDoesNotAllocate(t *testing.T) {
	s := smallSet()
	dst := make([]float32, 2)
	require.Zero(t, testing.AllocsPerRun(10, func() { s.Sample(dst, 2) }))
}

func TestCompareNatural(t *testing.T) {
	want := []string{
		"-2", "-1", "0", "01", "1", "1.5", "2", "10", "1e3",
		"", "a", "a01b", "a1b", "a2", "a10", "a10b", "b", "ä",
	}
	got := slices.Clone(want)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		rng.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
		slices.SortFunc(got, compareNatural)
		require.Equal(t, want, got)
	}
}

func TestSplitOf(t *testing.T) {
	var got []Split
	for i := range 12 {
		got = append(got, splitOf(i))
	}
	require.Equal(t, []Split{Train, Train, Train, Train, Train, Test, Train, Train, Train, Train, Train, Test}, got)
	for _, s := range []Split{Train, Test} {
		back, err := ParseSplit(s.String())
		require.NoError(t, err)
		require.Equal(t, s, back)
	}
	_, err := ParseSplit("valid")
	requireFault(t, err, `"valid"`, "train or test")
}

func TestOpenRefusesBadOptions(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		path string
		opt  Options
		is   error
		want string
	}{
		"no such path":     {dir + "/none", Options{}, nil, "none: no such file"},
		"unknown file":     {write(t, dir+"/a.bin", nil), Options{}, ErrUnknownFormat, "a.bin: unknown format"},
		"empty folder":     {t.TempDir(), Options{}, ErrUnknownFormat, "no class folders"},
		"split":            {dir, Options{Split: 7}, nil, "Split(7)"},
		"negative size":    {dir, Options{Width: -1}, nil, "-1×0"},
		"huge size":        {dir, Options{Width: 1 << 15}, model.ErrConfig, "32768×32768"},
		"negative samples": {Synthetic, Options{Samples: -1}, nil, "-1 samples"},
		"too many samples": {Synthetic, Options{Samples: 1 << 30}, ErrTooLarge, "too large"},
		"one class":        {Synthetic, Options{Classes: []string{"0"}}, ErrOneClass, "only one class"},
		"invalid input":    {Synthetic, Options{Input: &model.Input{}}, model.ErrConfig, "0 features"},
		"vector model":     {Synthetic, Options{Input: &model.Input{Features: 1, Offset: make([]float32, 1), Scale: make([]float32, 1)}}, ErrMismatch, "1 features"},
	} {
		t.Run(name, func(t *testing.T) {
			err := openError(c.path, c.opt)
			requireFault(t, err, c.want)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
		})
	}
}

func TestOpenStopsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	folders, table := t.TempDir(), t.TempDir()+"/a.csv"
	write(t, folders+"/a/1.png", pngOf(t, flat(2, 2, white)))
	write(t, folders+"/b/1.png", pngOf(t, flat(2, 2, white)))
	write(t, table, []byte("1,a\n2,b\n"))
	for _, path := range []string{Synthetic, folders, table, writeIDX(t, idxFiles{})} {
		_, err := Open(ctx, path, Options{})
		require.ErrorIs(t, err, context.Canceled, path)
	}
}
