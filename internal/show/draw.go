package show

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// DrawOptions say how [DrawRow] draws.
type DrawOptions struct {
	Color    ColorMode
	Columns  int      // of the terminal; 0 means 80
	MaxWidth int      // most columns an image may take; 0 means 32
	Captions []string // above the images; at most one for each
}

const (
	drawGap    = 2  // columns between images
	drawHeight = 96 // most pixels an image may be high: 48 lines
	drawSide   = 24 // up to which small images are enlarged, by whole numbers
)

// DrawRow draws images side by side, and goes on below when the terminal is
// too narrow for all. Each has width·height pixels in rows, 0…1; values
// outside are clamped. One column is one pixel wide and two high; images too
// large for the terminal are scaled down. With [ColorNone] the denser
// characters are the higher values. Nothing is written if the images cannot be
// drawn: the error then wraps [ErrShape], [ErrNaN] or [ErrTooLarge].
func DrawRow(w io.Writer, images [][]float32, width, height int, opt DrawOptions) error {
	if err := checkDrawing(images, width, height, opt); err != nil {
		return fmt.Errorf("draw images: %w", err)
	}
	columns := opt.Columns
	if columns <= 0 {
		columns = 80
	}
	wide, high := drawnSize(width, height, columns, opt.MaxWidth)
	perBand := max(1, (columns+drawGap)/(wide+drawGap))
	captions := append(slices.Clone(opt.Captions), make([]string, len(images)-len(opt.Captions))...)

	var b bytes.Buffer
	for from := 0; from < len(images); from += perBand {
		to := min(from+perBand, len(images))
		if from > 0 {
			b.WriteByte('\n')
		}
		if len(opt.Captions) > 0 {
			writeCaptions(&b, captions[from:to], wide)
		}
		var pictures [][]string
		for _, pixels := range images[from:to] {
			pictures = append(pictures, drawLines(pixels, width, height, wide, high, opt.Color))
		}
		writeSideBySide(&b, pictures)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func checkDrawing(images [][]float32, width, height int, opt DrawOptions) error {
	if err := checkSize(width, height); err != nil {
		return err
	}
	if len(opt.Captions) > len(images) {
		return fmt.Errorf("%w: %d captions for %d images", ErrShape, len(opt.Captions), len(images))
	}
	return checkImages(images, width, height)
}

// drawnSize returns the size of a drawing in pixels, that is, in columns and
// half lines.
func drawnSize(width, height, columns, maxWidth int) (wide, high int) {
	if maxWidth <= 0 {
		maxWidth = 32
	}
	maxWidth = min(maxWidth, columns)
	scale := min(float64(maxWidth)/float64(width), drawHeight/float64(height))
	if scale >= 1 {
		scale = min(math.Floor(scale), max(1, float64(drawSide/max(width, height))))
	}
	pixels := func(n int) int { return max(1, int(math.Round(float64(n)*scale))) }
	return pixels(width), pixels(height)
}

// drawLines draws an image in lines of wide columns.
func drawLines(pixels []float32, width, height, wide, high int, mode ColorMode) []string {
	lines := make([]string, (high+1)/2)
	if mode == ColorNone {
		pixels = resample(pixels, width, height, wide, len(lines))
		for i := range lines {
			lines[i] = rampLine(pixels[i*wide:][:wide])
		}
		return lines
	}
	pixels = resample(pixels, width, height, wide, high)
	for i := range lines {
		rest := pixels[2*i*wide:]
		var lower []float32
		if len(rest) > wide {
			lower = rest[wide : 2*wide]
		}
		lines[i] = blockLine(rest[:wide], lower, mode)
	}
	return lines
}

func writeSideBySide(b *bytes.Buffer, pictures [][]string) {
	for i := range pictures[0] {
		var line strings.Builder
		for j, picture := range pictures {
			if j > 0 {
				line.WriteString(strings.Repeat(" ", drawGap))
			}
			line.WriteString(picture[i])
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
}

func writeCaptions(b *bytes.Buffer, captions []string, wide int) {
	var line strings.Builder
	for j, caption := range captions {
		if j > 0 {
			line.WriteString(strings.Repeat(" ", drawGap))
		}
		line.WriteString(center(truncate(caption, wide), wide))
	}
	b.WriteString(strings.TrimRight(line.String(), " "))
	b.WriteByte('\n')
}
