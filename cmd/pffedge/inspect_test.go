package main

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

func TestInspectJSON(t *testing.T) {
	_, path := flowerModel(t)
	var i inspection
	only(t, done(t, "inspect", "--json", path), &i)
	m, err := model.Load(path)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, path, i.File)
	require.Equal(t, model.FormatVersion, i.FormatVersion)
	require.False(t, i.Checkpoint)
	require.True(t, i.Imagines)
	require.Equal(t, info.Size(), i.Bytes)
	require.Equal(t, m.Config, i.Config)
	require.Equal(t, m.Provenance, i.Provenance)
	require.Equal(t, 201, i.Provenance.Samples)
	require.Equal(t, 12, i.Provenance.Epochs)
	require.Equal(t, "fast", i.Provenance.Settings)
	require.NotContains(t, i.Provenance.Data, "/", "where the data lay is nobody's business")
	require.Empty(t, i.Int8)
	// W, V, b and L of layers of 32 and 24 on D inputs below 3 classes in
	// groups of 10, then the read-out and the generative circuit.
	d, s := int64(m.Config.Input.Size()), int64(m.Config.Latents)
	want := d*32 + 24*32 + 32 + 3*100 + 2*2
	want += 32*24 + 3*24 + 24 + 2*100 + 4*4
	want += 24*3 + 3 + s*24 + 24*32 + 32*d
	require.Equal(t, want, i.Parameters)
	require.Equal(t, "config", i.Sections[0].Name)
	last := i.Sections[len(i.Sections)-1]
	require.InDelta(t, i.Bytes, last.Offset+last.Bytes, 64, "sections are aligned, the last one too")
}

func TestInspectTable(t *testing.T) {
	_, path := flowerModel(t)
	text := done(t, "inspect", path)
	for _, part := range []string{path, "format version 2", "3 features", "3: aster, bellis, crocus", "it can imagine", `preset "fast"`, "201 samples, 12 epochs"} {
		require.Contains(t, text, part)
	}
	require.NotContains(t, text, "CRC")
	require.NotContains(t, text, "dB")
	sections := done(t, "inspect", "--sections", path)
	require.Contains(t, sections, text)
	require.Regexp(t, `(?m)^W2 +packed +32×24 +\d+ +\d+ +[0-9a-f]{8}$`, sections)
	int8s := done(t, "inspect", "--int8", path)
	require.Regexp(t, `(?m)^W2 +[\d.]+ dB +\d`, int8s)
	var i inspection
	only(t, done(t, "inspect", "--json", "--int8", path), &i)
	require.NotEmpty(t, i.Int8)
	for _, loss := range i.Int8 {
		require.Greater(t, loss.SNR, 20.0, loss.Name)
		require.Positive(t, loss.Bytes)
	}
}

func TestInspectCheckpoint(t *testing.T) {
	_, path := flowerModel(t)
	require.Contains(t, done(t, "inspect", path+".ckpt"), "checkpoint of a training run")
	var i inspection
	only(t, done(t, "inspect", "--json", path+".ckpt"), &i)
	require.True(t, i.Checkpoint)
	require.False(t, i.Imagines)
}

func TestVersion(t *testing.T) {
	var v versionInfo
	only(t, done(t, "version", "--json"), &v)
	require.Regexp(t, `^v\d+\.\d+\.\d+`, v.Version)
	require.Equal(t, fmt.Sprintf("pffedge %s (%s, %s/%s, %s kernels)\n", v.Version, v.Go, v.OS, v.Arch, v.Kernels), done(t, "version"))
}
