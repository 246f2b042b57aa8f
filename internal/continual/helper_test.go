package continual

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/data"
)

// sets are what tests learn from and are asked about.
type sets struct{ train, test *Images }

var drawn = sync.OnceValues(func() (sets, error) {
	var s sets
	for split, to := range map[data.Split]**Images{data.Train: &s.train, data.Test: &s.test} {
		set, err := data.Open(context.Background(), data.Synthetic, data.Options{Split: split, Samples: 600, Width: 14, Height: 14})
		if err != nil {
			return s, err
		}
		if *to, err = ImagesOf(set); err != nil {
			return s, err
		}
	}
	return s, nil
})

// digits returns synthetic digits, 60 of each, small.
func digits(t *testing.T) sets {
	t.Helper()
	s, err := drawn()
	require.NoError(t, err)
	return s
}

// means is a pupil that predicts the class whose mean is nearest, and writes down what
// it was shown.
type means struct {
	options Options
	sums    [][]float64 // by class
	counts  []int
	batches [][]int // labels
	shown   map[string]int
	calls   []string
	costs   Cost
}

func newMeans(o Options) (Pupil, error) {
	return &means{options: o, sums: make([][]float64, o.Classes), counts: make([]int, o.Classes), shown: map[string]int{}}, nil
}

func (m *means) Learn(pixels []byte, labels []int) error {
	d := m.options.Width * m.options.Height
	for i, label := range labels {
		image := pixels[i*d : (i+1)*d]
		m.shown[string(image)]++
		m.add(image, label)
	}
	m.batches = append(m.batches, append([]int(nil), labels...))
	m.costs.MultiplyAdds += float64(len(pixels))
	return nil
}

func (m *means) add(image []byte, label int) {
	if m.sums[label] == nil {
		m.sums[label] = make([]float64, len(image))
		m.costs.Bytes += int64(8 * len(image))
	}
	m.counts[label]++
	for k, v := range image {
		m.sums[label][k] += float64(v)
	}
}

func (m *means) Task(task, tasks int) error {
	m.calls = append(m.calls, fmt.Sprintf("task %d of %d after %d", task, tasks, len(m.batches)))
	return nil
}

func (m *means) Finish(context.Context) error {
	m.calls = append(m.calls, "finish")
	return nil
}

func (m *means) Teach(pixels []byte, label int) error {
	d := m.options.Width * m.options.Height
	m.calls = append(m.calls, fmt.Sprintf("teach %d: %d", label, len(pixels)/d))
	for ; len(pixels) > 0; pixels = pixels[d:] {
		m.add(pixels[:d], label)
	}
	return nil
}

func (m *means) Predict(_ context.Context, pixels []byte, labels []int) error {
	d := m.options.Width * m.options.Height
	for i := range labels {
		labels[i] = m.nearest(pixels[i*d : (i+1)*d])
	}
	return nil
}

func (m *means) nearest(image []byte) int {
	found, least := -1, 0.0
	for class, sum := range m.sums {
		if sum == nil {
			continue
		}
		distance := 0.0
		for k, v := range image {
			off := sum[k]/float64(m.counts[class]) - float64(v)
			distance += off * off
		}
		if found < 0 || distance < least {
			found, least = class, distance
		}
	}
	return found
}

func (m *means) Cost() Cost { return m.costs }
func (m *means) Close()     { m.calls = append(m.calls, "close") }

// shown runs a plan with pupils that compute means, and returns them too.
func shown(t *testing.T, p Plan, seed uint64) (*Run, []*means) {
	t.Helper()
	var pupils []*means
	kind := Kind{Name: "means", New: func(o Options) (Pupil, error) {
		m, err := newMeans(o)
		pupils = append(pupils, m.(*means))
		return m, err
	}}
	r, err := p.Run(t.Context(), kind, seed, digits(t).train, digits(t).test)
	require.NoError(t, err)
	return r, pupils
}
