package serve

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // what is decoded
	_ "image/png"
	"io"
	"math"
	"mime"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/service"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// Limits of images: in pixels, what is decoded at all, and what takes so much memory that
// it is decoded alone.
const (
	maxPixels  = 1 << 24
	manyPixels = 1 << 20
)

// samplesIn is the part of a request that holds samples.
type samplesIn struct {
	Inputs []jsontext.Value `json:"inputs,omitempty"` // raw values
	Images []string         `json:"images,omitempty"` // PNG or JPEG in base 64
}

// read returns the body, and what kind of content it is: "json" or "image".
func (s *Server) read(r *http.Request) (b []byte, kind string, err error) {
	typ := r.Header.Get("Content-Type")
	media, parameters, err := mime.ParseMediaType(typ)
	switch {
	case err != nil:
		return nil, "", newProblem(http.StatusUnsupportedMediaType, "media-type", "No such content is taken", "the Content-Type is missing or makes no sense; want application/json, image/png or image/jpeg")
	case media == "application/json" && (parameters["charset"] == "" || strings.EqualFold(parameters["charset"], "utf-8")):
		kind = "json"
	case media == "image/png" || media == "image/jpeg":
		kind = "image"
	default:
		return nil, "", newProblem(http.StatusUnsupportedMediaType, "media-type", "No such content is taken", fmt.Sprintf("%.80q, want application/json, image/png or image/jpeg", typ))
	}
	if e := r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return nil, "", newProblem(http.StatusUnsupportedMediaType, "media-type", "No such content is taken", "Content-Encoding is not taken")
	}
	var buf bytes.Buffer
	if n := r.ContentLength; n > 0 && n <= s.opt.MaxBody {
		buf.Grow(int(n) + bytes.MinRead)
	}
	if _, err := buf.ReadFrom(r.Body); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, "", badRequest("the body ended before its length")
		}
		return nil, "", err
	}
	if buf.Len() == 0 {
		return nil, "", badRequest("the body is empty")
	}
	return buf.Bytes(), kind, nil
}

// decode reads JSON strictly: names that are not known, or come twice, are errors.
func decode(b []byte, into any) error {
	if err := json.Unmarshal(b, into, json.RejectUnknownMembers(true)); err != nil {
		return badRequest("JSON: " + sanitise(err.Error()))
	}
	return nil
}

// sanitise keeps a library's error short and printable.
func sanitise(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if r := []rune(text); len(r) > 200 {
		return string(r[:199]) + "…"
	}
	return text
}

// matrix returns samples as scaled inputs.
func (s *Server) matrix(in model.Input, from *samplesIn) (simd.Matrix, error) {
	var none simd.Matrix
	n := len(from.Inputs) + len(from.Images)
	switch {
	case len(from.Inputs) > 0 && len(from.Images) > 0:
		return none, badRequest("inputs or images, not both")
	case n == 0:
		return none, badRequest("no samples: inputs or images are missing")
	case n > service.MaxPredicted:
		return none, badRequest(fmt.Sprintf("%d samples, want at most %d", n, service.MaxPredicted))
	}
	x := simd.NewMatrix(n, in.Size())
	for i, text := range from.Inputs {
		if err := scaleJSON(x.Row(i), in, text); err != nil {
			return none, badRequest(fmt.Sprintf("sample %d: %v", i, err))
		}
	}
	for i, text := range from.Images {
		// What a page hands out as data: is taken too.
		if _, code, found := strings.Cut(text, ";base64,"); found && strings.HasPrefix(text, "data:image/") {
			text = code
		}
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return none, badRequest(fmt.Sprintf("image %d: not in base 64", i))
		}
		if err := s.scaleImage(x.Row(i), in, fmt.Sprintf("image %d", i), b); err != nil {
			return none, err
		}
	}
	return x, nil
}

// scaleJSON writes a sample that came as an array of raw values to dst.
func scaleJSON(dst []float32, in model.Input, text jsontext.Value) error {
	var raw []float32
	if err := json.Unmarshal(text, &raw); err != nil {
		return errors.New(sanitise(err.Error()))
	}
	return scaleValues(dst, in, raw)
}

// scaleValues writes a sample of raw values to dst.
func scaleValues(dst []float32, in model.Input, raw []float32) error {
	if len(raw) != in.Values() {
		return fmt.Errorf("%d values, and the model takes %s", len(raw), in)
	}
	for i, v := range raw {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return fmt.Errorf("value %d is not finite", i)
		}
		if in.IsImage() && (v < 0 || v > 255) {
			return fmt.Errorf("value %d is %v, want a pixel, 0…255", i, v)
		}
	}
	if !in.IsImage() {
		in.ScaleValues(dst, raw)
		return nil
	}
	for i, v := range raw {
		dst[i] = v / 255
	}
	return nil
}

// scaleImage writes an image to dst. What it claims to be is looked at before it is
// decoded, and large ones are decoded one at a time.
func (s *Server) scaleImage(dst []float32, in model.Input, name string, b []byte) error {
	if !in.IsImage() {
		return badRequest(fmt.Sprintf("%s: an image, and the model takes %s", name, in))
	}
	cfg, _, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return badRequest(name + ": no PNG or JPEG image: " + sanitise(err.Error()))
	}
	if cfg.Width < 1 || cfg.Height < 1 || cfg.Width > maxPixels/cfg.Height {
		return newProblem(http.StatusRequestEntityTooLarge, "too-large", "The image is too large", fmt.Sprintf("%s: %d×%d pixels, want at most %d in all", name, cfg.Width, cfg.Height, maxPixels))
	}
	if cfg.Width*cfg.Height > manyPixels {
		s.large <- struct{}{}
		defer func() { <-s.large }()
	}
	x, err := data.DecodePicture(name, b, in)
	if err != nil {
		return badRequest(sanitise(err.Error()))
	}
	copy(dst, x)
	return nil
}
