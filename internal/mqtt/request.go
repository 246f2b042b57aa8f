package mqtt

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// Limits on a request.
const (
	mostSamples = 1000
	mostID      = 128 // bytes
	mostClass   = 255 // bytes of its name, as in a file
)

// request is what a message says in JSON. What a topic does not know of it is refused.
type request struct {
	ID      string    `json:"id"`
	Class   string    `json:"class"`
	New     bool      `json:"new"`
	Force   bool      `json:"force"`
	Was     string    `json:"was"`
	Image   string    `json:"image"` // PNG or JPEG in base64
	Images  []string  `json:"images"`
	Input   []value   `json:"input"` // raw values: pixels of 0…255, or the features' units
	Inputs  [][]value `json:"inputs"`
	Steps   int       `json:"steps"`
	Seconds float64   `json:"seconds"`
}

// value is a number that must be there: null is none.
type value float32

func (v *value) UnmarshalJSON(b []byte) error {
	n, err := strconv.ParseFloat(string(b), 32)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return fmt.Errorf("%.40q is no number that fits 32 bits", b)
	}
	*v = value(n)
	return nil
}

// badMessage is something wrong with a message. It is so for good.
type badMessage struct{ text string }

func (b *badMessage) Error() string { return b.text }

func bad(format string, args ...any) error { return &badMessage{fmt.Sprintf(format, args...)} }

// decode reads a message. Of one that is wrong it returns what it could read, for the id.
func decode(m *incoming) (*request, error) {
	r := &request{}
	switch {
	case m.size > MaxPayload:
		return r, bad("a message of %d bytes, want at most %d", m.size, MaxPayload)
	case m.retained:
		return r, bad("a retained message is not taken up: it would come again with every connection")
	}
	d := json.NewDecoder(bytes.NewReader(m.payload))
	d.DisallowUnknownFields()
	if err := d.Decode(r); err != nil {
		r.ID = r.ID[:min(len(r.ID), mostID)]
		return r, bad("not the JSON wanted: %s", inJSON(err))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return r, bad("more than one JSON value")
	}
	if len(r.ID) > mostID {
		r.ID = ""
		return r, bad("an id of more than %d bytes", mostID)
	}
	return r, nil
}

// inJSON says in words what is wrong with JSON.
func inJSON(err error) string {
	wrong := new(json.UnmarshalTypeError)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "it ends too early"
	case errors.As(err, &wrong) && wrong.Field == "":
		return "a " + wrong.Value + ", want an object"
	case errors.As(err, &wrong):
		return fmt.Sprintf("%q cannot be a %s", wrong.Field, wrong.Value)
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// samples returns the samples of a request, scaled. There are any of one kind only.
func (r *request) samples(in model.Input) (simd.Matrix, error) {
	kinds := 0
	for _, there := range []bool{r.Image != "", r.Images != nil, r.Input != nil, r.Inputs != nil} {
		if there {
			kinds++
		}
	}
	if kinds != 1 {
		return simd.Matrix{}, bad("want one of image, images, input and inputs")
	}
	images, inputs := r.Images, r.Inputs
	if r.Image != "" {
		images = []string{r.Image}
	}
	if r.Input != nil {
		inputs = [][]value{r.Input}
	}
	n := len(images) + len(inputs)
	if n < 1 || n > mostSamples {
		return simd.Matrix{}, bad("%d samples, want 1…%d", n, mostSamples)
	}
	x := simd.NewMatrix(n, in.Size())
	for i := range n {
		var err error
		if images != nil {
			err = decodeImage(x.Row(i), fmt.Sprintf("image %d", i+1), images[i], in)
		} else {
			err = scale(x.Row(i), i, inputs[i], in)
		}
		if err != nil {
			return simd.Matrix{}, err
		}
	}
	return x, nil
}

// decodeImage reads base64, or a data URL of it.
func decodeImage(dst []float32, name, text string, in model.Input) error {
	if strings.HasPrefix(text, "data:") {
		_, text, _ = strings.Cut(text, ";base64,")
	}
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return bad("%s: not base64", name)
	}
	return decodePicture(dst, name, b, in)
}

func decodePicture(dst []float32, name string, b []byte, in model.Input) error {
	x, err := data.DecodePicture(name, b, in)
	if err != nil {
		return bad("%v", err)
	}
	copy(dst, x)
	return nil
}

// scale makes inputs of raw values.
func scale(dst []float32, i int, raw []value, in model.Input) error {
	if len(raw) != in.Values() {
		return bad("input %d has %d values, want %d", i+1, len(raw), in.Values())
	}
	if !in.IsImage() {
		values := make([]float32, len(raw))
		for j, v := range raw {
			values[j] = float32(v)
		}
		in.ScaleValues(dst, values)
		return nil
	}
	pixels := make([]byte, len(raw))
	for j, v := range raw {
		if pixels[j] = byte(max(0, min(255, v))); value(pixels[j]) != v {
			return bad("input %d: pixel %d is %v, want a whole number of 0…255", i+1, j+1, v)
		}
	}
	in.ScaleBytes(dst, pixels)
	return nil
}
