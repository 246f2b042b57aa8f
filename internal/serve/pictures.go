package serve

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/png"
	"math"
	"net/http"

	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// quick writes small pictures without looking for the smallest file.
var quick = png.Encoder{CompressionLevel: png.BestSpeed}

func picture(in model.Input, x []float32) []byte {
	img := image.NewGray(image.Rect(0, 0, in.Width, in.Height))
	for i, v := range x {
		img.Pix[i] = uint8(math.Round(float64(min(max(v, 0), 1)) * 255))
	}
	var b bytes.Buffer
	quick.Encode(&b, img) // into memory: it cannot fail
	return b.Bytes()
}

// shown returns a sample for JSON: a picture, or its values in their own units.
func shown(in model.Input, x []float32) any {
	if in.IsImage() {
		return "data:image/png;base64," + base64.StdEncoding.EncodeToString(picture(in, x))
	}
	raw := make([]float32, in.Values())
	in.Restore(raw, x)
	return raw
}

// gridWide is how many samples stand in a row of a grid.
const gridWide = 8

func writeGrid(w http.ResponseWriter, in model.Input, x simd.Matrix) error {
	g := &show.Grid{Width: in.Width, Height: in.Height}
	for lo := 0; lo < x.Rows; lo += gridWide {
		var row show.GridRow
		for i := lo; i < min(lo+gridWide, x.Rows); i++ {
			row.Images = append(row.Images, x.Row(i))
		}
		g.Rows = append(g.Rows, row)
	}
	var b bytes.Buffer
	if err := g.WritePNG(&b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/png")
	w.Write(b.Bytes())
	return nil
}
