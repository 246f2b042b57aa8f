package continual

import (
	"image/color"
	"math"
)

// ramp are colours of rising brightness, which remain apart for most people and in
// grey too, at equal distances from 0 to 1 (after the map viridis of Smith and van der
// Walt).
var ramp = []color.NRGBA{
	{0x44, 0x01, 0x54, 0xff}, {0x41, 0x44, 0x87, 0xff}, {0x2a, 0x78, 0x8e, 0xff}, {0x22, 0xa8, 0x84, 0xff}, {0x7a, 0xd1, 0x51, 0xff}, {0xfd, 0xe7, 0x25, 0xff},
}

// rampColor returns the colour of a share, 0…1.
func rampColor(share float64) color.NRGBA {
	at := min(max(share, 0), 1) * float64(len(ramp)-1)
	low := min(int(at), len(ramp)-2)
	part := at - float64(low)
	between := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + part*(float64(b)-float64(a)))) }
	a, b := ramp[low], ramp[low+1]
	return color.NRGBA{between(a.R, b.R), between(a.G, b.G), between(a.B, b.B), 0xff}
}
