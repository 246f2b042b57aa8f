package show

import (
	"errors"
	"fmt"
	"math"
)

var (
	// ErrShape is wrapped when the lengths of the arguments do not match.
	ErrShape = errors.New("shapes do not match")
	// ErrNaN is wrapped when a pixel is not a number.
	ErrNaN = errors.New("pixel is not a number")
	// ErrTooLarge is wrapped when an image or a picture exceeds the caps of
	// this package.
	ErrTooLarge = errors.New("too large")
)

// maxSide is the largest width or height, in pixels, of an image to show.
const maxSide = 4096

func checkSize(width, height int) error {
	switch {
	case width < 1 || height < 1:
		return fmt.Errorf("%w: images of %d×%d pixels", ErrShape, width, height)
	case width > maxSide || height > maxSide:
		return fmt.Errorf("%w: images of %d×%d pixels, at most %d×%d can be shown", ErrTooLarge, width, height, maxSide, maxSide)
	}
	return nil
}

func checkImages(images [][]float32, width, height int) error {
	for i, pixels := range images {
		if len(pixels) != width*height {
			return fmt.Errorf("image %d: %w: %d pixels, want %d×%d", i, ErrShape, len(pixels), width, height)
		}
		for j, v := range pixels {
			if v != v {
				return fmt.Errorf("image %d, column %d, row %d: %w", i, j%width, j/width, ErrNaN)
			}
		}
	}
	return nil
}

// level maps 0…1 to 0…255 and clamps what is outside.
func level(v float32) uint8 {
	return uint8(math.Round(255 * float64(min(max(v, 0), 1))))
}
