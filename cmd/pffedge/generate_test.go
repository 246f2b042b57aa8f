package main

import (
	"encoding/csv"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func imaginings(t *testing.T, args ...string) []imagined {
	t.Helper()
	var list []imagined
	for line := range strings.Lines(done(t, append(words("generate --json"), args...)...)) {
		var i imagined
		only(t, line, &i)
		list = append(list, i)
	}
	return list
}

func TestGenerateJSON(t *testing.T) {
	_, model := barModel(t)
	each := imaginings(t, "--model", model)
	require.Len(t, each, 16, "eight of each class")
	for i, s := range each {
		require.Equal(t, barNames[i/8], s.Class)
		require.Len(t, s.Values, 64)
		for _, v := range s.Values {
			require.True(t, v >= 0 && v <= 1, v)
		}
	}
	top := imaginings(t, "--model", model, "--class", "top", "--count", "3")
	require.Equal(t, each[8:11], top, "the same, however many and whichever others are asked for")
	anything := imaginings(t, "--model", model, "--any", "--count", "5")
	require.Len(t, anything, 5)
	require.Empty(t, anything[0].Class)
}

func TestGenerateIsSeeded(t *testing.T) {
	_, model := flowerModel(t)
	for _, form := range []string{"--class aster", "--any", "--count 3"} {
		line := words("generate "+form+" --model", model)
		zero := done(t, line...)
		require.Equal(t, zero, done(t, append(line, "--seed=0")...))
		require.NotEqual(t, zero, done(t, append(line, "--seed=1")...))
		require.Equal(t, done(t, append(line, "--seed=1")...), done(t, append(line, "--seed=1")...))
	}
}

// TestGenerateVectors are CSV in the units of the training set, and can be
// read as samples and as a set.
func TestGenerateVectors(t *testing.T) {
	_, model := flowerModel(t)
	text := done(t, "generate", "--model", model, "--count", "40")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 120)
	for i, row := range rows {
		require.Len(t, row, 4)
		require.Equal(t, flowers[i/40], row[3])
		for j, limit := range [][2]float64{{9.5, 18.5}, {9.5, 30.5}, {-2.5, 1.5}} {
			v, err := strconv.ParseFloat(row[j], 32)
			require.NoError(t, err)
			require.True(t, v >= limit[0]-0.01 && v <= limit[1]+0.01, "%v, the training set has %v", v, limit)
		}
	}
	list := predictions(t, text, "--model", model)
	require.Len(t, list, 120)
	own := 0
	for i, p := range list {
		if p.Class == rows[i][3] {
			own++
		}
	}
	require.Greater(t, own, 80, "most look like what they are meant to be")
	file := write(t, filepath.Join(t.TempDir(), "imagined.csv"), text)
	done(t, "eval", "--model", model, "--data", file)

	anything := done(t, "generate", "--model", model, "--any", "--count", "2")
	require.Len(t, predictions(t, anything, "--model", model), 2)
	require.Len(t, imaginings(t, "--model", model)[0].Values, 3, "as many values as a sample has")
}

func TestGeneratePicture(t *testing.T) {
	_, model := barModel(t)
	dir := t.TempDir()
	out := filepath.Join(dir, "grid.png")
	require.Empty(t, done(t, "generate", "--model", model, "--out", out))
	all := picture(t, out).Bounds()
	done(t, "generate", "--model", model, "--class", "left", "--out", out)
	require.Less(t, picture(t, out).Bounds().Dy(), all.Dy())
	text := done(t, "generate", "--model", model, "--count", "2", "--json", "--out", out)
	require.Len(t, objects(t, text), 4)
	require.Equal(t, []string{"grid.png"}, names(t, dir))

	drawn := done(t, "generate", "--model", model, "--count", "2")
	require.Regexp(t, `^left\n[ -~\n]+\ntop\n[ -~\n]+$`, drawn)
}

// TestGenerateUnchecked gives what was drawn first, as most samples are
// without it.
func TestGenerateUnchecked(t *testing.T) {
	_, model := barModel(t)
	checked, unchecked := imaginings(t, "--model", model), imaginings(t, "--model", model, "--unchecked")
	same := 0
	for i := range checked {
		if slices.Equal(checked[i].Values, unchecked[i].Values) {
			same++
		}
	}
	require.Greater(t, same, len(checked)/2)
}
