// Package quantize turns a network into int8 and measures, on the machine that it
// runs on, what that does to it: accuracy, speed, size, and the part that each
// matrix has in it.
package quantize

import (
	"context"
	"io"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/quant"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// Plan says how to quantise and what to hold against it.
type Plan struct {
	Calibration quant.Calibration
	Samples     int     // training samples to calibrate with, at most
	MaxDrop     float64 // points of accuracy that each method may lose
	Threads     int
	Rounds      int // of each latency
	// Progress hears that so many of all steps of what goes on are done.
	Progress func(done, all int, what string)
}

// Report is what was measured.
type Report struct {
	Calibration quant.Calibration `json:"calibration"`
	Samples     int               `json:"calibration_samples"`
	Kernels     simd.ISA          `json:"kernels"`
	Threads     int               `json:"threads"`
	Accuracy    []Accuracy        `json:"accuracy"`
	Latency     []Latency         `json:"latency"`
	Matrices    []Matrix          `json:"matrices"`
	Bytes       Sizes             `json:"bytes"`
	Blame       []Blame           `json:"blame,omitempty"` // the worst first; where accuracy falls by more than it may
	MaxDrop     float64           `json:"max_drop"`
	Refused     []string          `json:"refused"` // why int8 is not to be recommended here; empty if it is
}

// Sizes are those of model files.
type Sizes struct {
	Before int64   `json:"before"`
	After  int64   `json:"after"`
	Share  float64 `json:"share"` // After/Before
}

// Run quantises m, calibrated on train, and measures what comes of it on test. m
// must be in float32.
func (p *Plan) Run(ctx context.Context, m *model.Model, train, test runtime.Samples) (*model.Model, *Report, error) {
	q, err := p.Calibrated(ctx, m, train)
	if err != nil {
		return nil, nil, err
	}
	r := &Report{Calibration: p.Calibration, Samples: min(p.Samples, train.Len()), Kernels: simd.Active(), Threads: p.Threads, MaxDrop: p.MaxDrop, Refused: []string{}}
	t, err := newTrial(p, m, q)
	if err != nil {
		return nil, nil, err
	}
	defer t.close()
	if r.Matrices, err = t.matrices(ctx, train); err != nil {
		return nil, nil, err
	}
	if r.Accuracy, err = t.accuracy(ctx, test); err != nil {
		return nil, nil, err
	}
	if r.Latency, err = t.latency(ctx, test); err != nil {
		return nil, nil, err
	}
	if r.Bytes, err = FileSizes(m, q); err != nil {
		return nil, nil, err
	}
	if worst := r.worst(); worst.Drop > p.MaxDrop {
		if r.Blame, err = t.blame(ctx, test, worst); err != nil {
			return nil, nil, err
		}
	}
	r.judge()
	return q, r, nil
}

// Calibrated returns m, which must be in float32, in int8, calibrated on train.
func (p *Plan) Calibrated(ctx context.Context, m *model.Model, train runtime.Samples) (*model.Model, error) {
	if m.Int8 != nil {
		return nil, runtime.ErrInt8
	}
	e, err := runtime.New(m)
	if err != nil {
		return nil, err
	}
	s := runtime.NewSession(e, p.Threads)
	defer s.Close()
	q, err := m.Quantise()
	if err != nil {
		return nil, err
	}
	q.Int8.Clip, err = s.Calibrate(ctx, p.followed(train, "calibrating"), p.Samples, p.Calibration)
	return q, err
}

// followed are samples whose use Progress hears of.
type followed struct {
	runtime.Samples
	told func(i int)
}

func (f followed) Sample(dst []float32, i int) int {
	f.told(i)
	return f.Samples.Sample(dst, i)
}

func (p *Plan) followed(samples runtime.Samples, what string) runtime.Samples {
	n := min(p.Samples, samples.Len())
	return followed{samples, func(i int) { p.tell(i, n, what) }}
}

func (p *Plan) tell(done, all int, what string) {
	if p.Progress != nil {
		p.Progress(done, all, what)
	}
}

// FileSizes returns those of the two models' files.
func FileSizes(m, q *model.Model) (s Sizes, err error) {
	if s.Before, err = size(m); err != nil {
		return s, err
	}
	if s.After, err = size(q); err != nil {
		return s, err
	}
	s.Share = float64(s.After) / float64(s.Before)
	return s, nil
}

func size(m *model.Model) (int64, error) {
	var n counter
	err := model.Encode(&n, m)
	return int64(n), err
}

type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

var _ io.Writer = (*counter)(nil)
