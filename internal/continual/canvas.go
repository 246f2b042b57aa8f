package continual

import (
	"math"

	"github.com/pffedge/pffedge/internal/plot"
)

// canvas is a picture to draw on.
type canvas struct{ plot.Canvas }

func newCanvas(width, height int) canvas { return canvas{plot.New(width, height)} }

// fitted shortens s to at most n characters.
func fitted(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n-2]) + ".."
	}
	return s
}

// ticks returns round steps from the first at or above from up to to, at most so many.
func ticks(from, to float64, most int) (list []float64) {
	step := math.Pow(10, math.Floor(math.Log10((to-from)/float64(most))))
	for _, factor := range []float64{1, 2, 5, 10} {
		if (to-from)/(step*factor) <= float64(most) {
			step *= factor
			break
		}
	}
	for i := int(math.Ceil(from/step - 1e-9)); float64(i)*step <= to*(1+1e-9) && len(list) <= most+1; i++ {
		list = append(list, math.Round(float64(i)*step*1e9)/1e9)
	}
	return list
}
