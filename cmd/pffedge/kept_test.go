package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

// TestKeptThroughCommands: what a learner keeps is shown, signed, and carried along
// where a checkpoint is written again; where a model is made, it stays behind.
func TestKeptThroughCommands(t *testing.T) {
	data, trained := flowerModel(t)
	dir := t.TempDir()
	path, out := filepath.Join(dir, "c.pff"), filepath.Join(dir, "out.pff")
	c, err := model.LoadCheckpoint(trained + ".ckpt")
	require.NoError(t, err)
	c.Kept = []model.Blob{{Name: "memory", Data: make([]byte, 2000)}, {Name: "stats", Data: []byte("seen")}}
	require.NoError(t, model.SaveCheckpoint(path, c))
	kept := func(file string) []model.Blob {
		c, err := model.LoadCheckpoint(file)
		require.NoError(t, err)
		return c.Kept
	}

	require.Regexp(t, `(?m)^learner keeps +memory, 2\.0 KiB; stats, 4 B$`, done(t, "inspect", path))
	require.NotContains(t, done(t, "inspect", trained+".ckpt"), "learner keeps")
	require.Regexp(t, `(?m)^l\.memory +bytes +1×2000 `, done(t, "inspect", "--sections", path))
	require.Contains(t, done(t, "inspect", "--layout", path), "l.stats, bytes bytes, 1×4, which its learner keeps")
	require.Contains(t, done(t, "inspect", "--verify", path), "l.memory")

	key := filepath.Join(dir, "maker.pem")
	done(t, "sign", "--new-key", key)
	done(t, "sign", "--key", key, "--out", out, path)
	done(t, "verify", out)
	require.Equal(t, c.Kept, kept(out))

	done(t, "train", "--data", data, "--resume="+path, "--epochs", "13", "--out", out)
	require.Equal(t, c.Kept, kept(out+".ckpt"))
	_, err = model.LoadCheckpoint(out)
	require.ErrorIs(t, err, model.ErrNotCheckpoint)

	store := filepath.Join(dir, "store")
	done(t, "store", "create", "--budget", "0", "--model", path, store)
	done(t, "store", "export", "--out", out, store)
	require.Equal(t, c.Kept, kept(out))

	require.Contains(t, pffedge(t, "convert", path, out).stderr, "what its learner keeps stays behind, too")
	_, err = model.LoadCheckpoint(out)
	require.ErrorIs(t, err, model.ErrNotCheckpoint)
	o := pffedge(t, "quantize", "--force", "--model", path, "--data", data, "--out", out) // which may warn of the speed
	require.Zero(t, o.code, o.stderr)
	_, err = model.LoadCheckpoint(out)
	require.ErrorIs(t, err, model.ErrNotCheckpoint)
}
