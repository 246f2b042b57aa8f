package data

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pffedge/pffedge/model"
)

// pictureFormat is one kind of image file.
type pictureFormat struct {
	magic        string // at most magicBytes
	decodeConfig func(io.Reader) (image.Config, error)
	decode       func(io.Reader) (image.Image, error)
}

// magicBytes is how much of a file tells its format.
const magicBytes = 4

var pictureFormats = []pictureFormat{
	{"\x89PNG", png.DecodeConfig, png.Decode},
	{"\xff\xd8\xff", jpeg.DecodeConfig, jpeg.Decode},
}

var errNotPicture = errors.New("not a PNG or JPEG image")

// isPictureName tells image files by their extension.
func isPictureName(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".png", ".jpg", ".jpeg":
		return true
	}
	return false
}

// formatOf tells image files by how they begin; nil when head is no image.
func formatOf(head []byte) *pictureFormat {
	for i, f := range pictureFormats {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			return &pictureFormats[i]
		}
	}
	return nil
}

// readPicture writes the image file at path to dst, grey and scaled to to.
func readPicture(dst []byte, path string, to model.Input) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return decodePicture(dst, path, f, to)
}

// decodePicture is readPicture for an open file. The size an image claims is
// checked before it is decoded.
func decodePicture(dst []byte, name string, r io.ReadSeeker, to model.Input) error {
	var head [magicBytes]byte
	n, err := io.ReadFull(r, head[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return inFile(name, "%w", err)
	}
	format := formatOf(head[:n])
	if format == nil {
		return inFile(name, "%w", errNotPicture)
	}
	img, err := format.read(r)
	if err == nil {
		err = toGrey(dst, img, to)
	}
	if err != nil {
		return inFile(name, "%w", err)
	}
	return nil
}

func (f *pictureFormat) read(r io.ReadSeeker) (image.Image, error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	cfg, err := f.decodeConfig(bufio.NewReader(r))
	if err != nil {
		return nil, fmt.Errorf("damaged image: %w", err)
	}
	if cfg.Width < 1 || cfg.Height < 1 || cfg.Width > maxImagePixels/cfg.Height {
		return nil, fmt.Errorf("%w: image of %d×%d pixels, want 1…%d in all", ErrTooLarge, cfg.Width, cfg.Height, maxImagePixels)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	img, err := f.decode(bufio.NewReader(r))
	if err != nil {
		return nil, fmt.Errorf("damaged image: %w", err)
	}
	return img, nil
}

// ReadPicture reads the PNG or JPEG image at path as a sample: grey, scaled to the size
// of the input, which is that of images, and to 0…1.
func ReadPicture(path string, in model.Input) ([]float32, error) {
	return pictureSample(in, func(pixels []byte) error { return readPicture(pixels, path, in) })
}

// DecodePicture is ReadPicture for the bytes of an image file. The name is what errors
// call it.
func DecodePicture(name string, b []byte, in model.Input) ([]float32, error) {
	if len(b) > maxImageBytes {
		return nil, inFile(name, "%w: image of %d bytes, want at most %d", ErrTooLarge, len(b), maxImageBytes)
	}
	if !in.IsImage() {
		return nil, inFile(name, "%w: an image, for a model of %d values", ErrMismatch, in.Values())
	}
	return pictureSample(in, func(pixels []byte) error { return decodePicture(pixels, name, bytes.NewReader(b), in) })
}

// pictureSample scales the pixels that read fills in.
func pictureSample(in model.Input, read func(pixels []byte) error) ([]float32, error) {
	pixels := make([]byte, in.Size())
	if err := read(pixels); err != nil {
		return nil, err
	}
	x := make([]float32, len(pixels))
	in.ScaleBytes(x, pixels)
	return x, nil
}
