package data

import (
	"context"
	"fmt"
	"image"

	"golang.org/x/image/draw"

	"github.com/pffedge/pffedge/model"
)

// maxScratch bounds the intermediate image of a resize, in pixels of 32
// bytes: as wide as the result and as high as the source.
const maxScratch = 1 << 22

// resizeAll scales grey images, one after the other in pixels.
func resizeAll(ctx context.Context, path string, pixels []byte, from, to model.Input) ([]byte, error) {
	if from.Width == to.Width && from.Height == to.Height {
		return pixels, nil
	}
	n := len(pixels) / from.Size()
	if err := checkBytes(path, n, to.Size()); err != nil {
		return nil, err
	}
	out := make([]byte, n*to.Size())
	for i := range n {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		src := &image.Gray{
			Pix:    pixels[i*from.Size():][:from.Size()],
			Stride: from.Width, Rect: image.Rect(0, 0, from.Width, from.Height),
		}
		if err := toGrey(out[i*to.Size():][:to.Size()], src, to); err != nil {
			return nil, inFile(path, "%w", err)
		}
	}
	return out, nil
}

// checkBytes keeps n samples of size bytes within the cap.
func checkBytes(path string, n, size int) error {
	if n > maxSetBytes/size {
		return inFile(path, "%w: %d samples of %d bytes", ErrTooLarge, n, size)
	}
	return nil
}

// toGrey scales src to the size of to and writes its grey pixels to dst.
// Transparent parts show white behind.
func toGrey(dst []byte, src image.Image, to model.Input) error {
	b := src.Bounds()
	if grey, ok := src.(*image.Gray); ok && b.Dx() == to.Width && b.Dy() == to.Height {
		for y := range to.Height {
			copy(dst[y*to.Width:(y+1)*to.Width], grey.Pix[y*grey.Stride:])
		}
		return nil
	}
	if b.Dy() > maxScratch/to.Width {
		return fmt.Errorf("%w: image of %d×%d pixels for scaling to %v", ErrTooLarge, b.Dx(), b.Dy(), to)
	}
	rgba := image.NewRGBA(image.Rect(0, 0, to.Width, to.Height))
	draw.CatmullRom.Scale(rgba, rgba.Bounds(), src, b, draw.Src, nil)
	for i := range dst {
		p := rgba.Pix[4*i : 4*i+4]
		dst[i] = byte(luma(p[0], p[1], p[2]) + 255 - uint32(p[3]))
	}
	return nil
}

// luma is that of JPEG and of Go's color.Gray: 0.299 R + 0.587 G + 0.114 B,
// rounded. Premultiplied by an alpha of a, it is at most a.
func luma(r, g, b byte) uint32 {
	return (19595*uint32(r) + 38470*uint32(g) + 7471*uint32(b) + 1<<15) >> 16
}
