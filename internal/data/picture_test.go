package data

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
)

// TestDecodePicture: bytes give what the file gives.
func TestDecodePicture(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 9, 7))
	for i := range img.Pix {
		img.SetGray(i%9, i/9, color.Gray{Y: uint8(4 * i)})
	}
	var file bytes.Buffer
	require.NoError(t, png.Encode(&file, img))
	path := filepath.Join(t.TempDir(), "x.png")
	require.NoError(t, os.WriteFile(path, file.Bytes(), 0o644))

	in := model.Image(9, 7)
	want, err := ReadPicture(path, in)
	require.NoError(t, err)
	require.InDelta(t, 4.0/255, want[1], 1e-6)
	got, err := DecodePicture("body", file.Bytes(), in)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestDecodePictureRefuses(t *testing.T) {
	in := model.Image(4, 4)
	for name, b := range map[string][]byte{"none": nil, "short": {0x89}, "text": []byte("hello"), "cut": []byte("\x89PNG\r\n\x1a\n"), "jpeg": {0xff, 0xd8, 0xff, 0xe0}} {
		_, err := DecodePicture("body", b, in)
		require.Error(t, err, name)
		require.Contains(t, err.Error(), "body", name)
	}
	_, err := DecodePicture("body", make([]byte, maxImageBytes+1), in)
	require.ErrorIs(t, err, ErrTooLarge)
	_, err = DecodePicture("body", []byte("\x89PNG"), model.Input{Features: 3})
	require.ErrorIs(t, err, ErrMismatch)
}
