package show

import (
	"fmt"
	"math"
	"strings"
)

// ramp holds characters of growing density for values 0…1.
const ramp = " .:-=+*#%@"

// rampLine draws a line of values 0…1 with the characters of the ramp.
func rampLine(values []float32) string {
	line := make([]byte, len(values))
	for i, v := range values {
		line[i] = ramp[int(math.Round(float64(v)*float64(len(ramp)-1)))]
	}
	return string(line)
}

// noShade leaves half a cell in the terminal's own background.
const noShade = -1

// blockLine draws two lines of pixels in one line of half blocks. lower is
// nil where the image ends with the upper line.
func blockLine(upper, lower []float32, mode ColorMode) string {
	var b strings.Builder
	front, back := noShade, noShade
	for i := range upper {
		top, bottom := shade(upper[i], mode), noShade
		if lower != nil {
			bottom = shade(lower[i], mode)
		}
		if bottom != back {
			b.WriteString(sgr(48, bottom, mode))
			back = bottom
		}
		if top == bottom {
			b.WriteByte(' ')
			continue
		}
		if top != front {
			b.WriteString(sgr(38, top, mode))
			front = top
		}
		b.WriteString("▀")
	}
	b.WriteString("\x1b[0m")
	return b.String()
}

// shade returns the grey of a value 0…1: a level 0…255 with 24 bits, an index
// of the palette otherwise.
func shade(v float32, mode ColorMode) int {
	grey := int(level(v))
	if mode == Color24Bit {
		return grey
	}
	// 232…255 are the greys 8, 18 … 238; 16 is black and 231 white.
	switch {
	case grey < 4:
		return 16
	case grey > 246:
		return 231
	}
	return min(232+max(grey-3, 0)/10, 255)
}

// sgr selects a foreground (38) or background (48).
func sgr(ground, shade int, mode ColorMode) string {
	switch {
	case shade == noShade:
		return fmt.Sprintf("\x1b[%dm", ground+1)
	case mode == Color24Bit:
		return fmt.Sprintf("\x1b[%d;2;%d;%d;%dm", ground, shade, shade, shade)
	}
	return fmt.Sprintf("\x1b[%d;5;%dm", ground, shade)
}
