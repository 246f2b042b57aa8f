package continual

import (
	"errors"
	"fmt"
	"math"

	"github.com/pffedge/pffedge/internal/data"
)

// ErrData: the data cannot be used by a protocol.
var ErrData = errors.New("unsuitable data")

// Images are labelled grey images of one size.
type Images struct {
	Width, Height int
	Classes       []string // names, in label order
	Pixels        []byte   // n×Width·Height, row by row
	Labels        []int    // n
}

// ImagesOf returns the images of a set as bytes, which it needs to be of images.
func ImagesOf(set *data.Set) (*Images, error) {
	if !set.Input.IsImage() {
		return nil, fmt.Errorf("%w: continual learning is measured on images, these are %s", ErrData, set.Input)
	}
	m := &Images{Width: set.Input.Width, Height: set.Input.Height, Classes: set.Classes, Labels: make([]int, set.Len())}
	d := m.Size()
	m.Pixels = make([]byte, set.Len()*d)
	x := make([]float32, d)
	for i := range m.Labels {
		if m.Labels[i] = set.Sample(x, i); m.Labels[i] < 0 {
			return nil, set.Err()
		}
		for j, v := range x {
			m.Pixels[i*d+j] = byte(math.Round(255 * float64(v)))
		}
	}
	return m, nil
}

// Size returns D, the pixels of an image.
func (m *Images) Size() int { return m.Width * m.Height }

// Len returns the number of images.
func (m *Images) Len() int { return len(m.Labels) }

// Image returns the pixels of image i. They are shared.
func (m *Images) Image(i int) []byte { return m.Pixels[i*m.Size() : (i+1)*m.Size()] }

// Split cuts off the last n images. Both parts share memory with m.
func (m *Images) Split(n int) (first, last *Images) {
	at := m.Len() - n
	head, tail := *m, *m
	head.Pixels, head.Labels = m.Pixels[:at*m.Size()], m.Labels[:at]
	tail.Pixels, tail.Labels = m.Pixels[at*m.Size():], m.Labels[at:]
	return &head, &tail
}

// validationImages is how many of the last training images settings are tuned on.
const validationImages = 5000

// Validation cuts the last 5,000 training images off, of a small set the last
// sixth, to tune settings on.
func (m *Images) Validation() (train, test *Images) {
	return m.Split(min(validationImages, m.Len()/6))
}

// of returns the numbers of the images of some classes, in order.
func (m *Images) of(classes ...int) (list []int) {
	wanted := make([]bool, len(m.Classes))
	for _, c := range classes {
		wanted[c] = true
	}
	for i, label := range m.Labels {
		if wanted[label] {
			list = append(list, i)
		}
	}
	return list
}

// covers reports a class without images.
func (m *Images) covers(what string) error {
	for c, name := range m.Classes {
		if len(m.of(c)) == 0 {
			return fmt.Errorf("%w: no %s images of class %s", ErrData, what, name)
		}
	}
	return nil
}
