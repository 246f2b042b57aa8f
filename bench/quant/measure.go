package main

import (
	"context"
	goruntime "runtime"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/evaluate"
	"github.com/pffedge/pffedge/internal/machine"
	"github.com/pffedge/pffedge/internal/quantize"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/quant"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// bench is one network and what it is measured with.
type bench struct {
	*options
	net         *network
	train, test *data.Set
}

// methods are in the order of tables.
var methods = []runtime.Method{runtime.Readout, runtime.Goodness, runtime.Auto}

// fullName is what tables call a network that is not quantised.
const fullName = "float32"

// accuracy tests the network in float32 and by every calibration.
func (b *bench) accuracy(ctx context.Context, r *report) error {
	test := func(name string, m *model.Model) error {
		s, err := session(m, b.threads)
		if err != nil {
			return err
		}
		defer s.Close()
		for _, how := range methods {
			result, err := evaluate.Predict(ctx, s, b.test, how, 0, nil)
			if err != nil {
				return err
			}
			r.Accuracy = append(r.Accuracy, accuracy{b.net.size(), b.net.name, name, how, result.Correct, result.Samples})
		}
		return nil
	}
	if err := test(fullName, b.net.Model); err != nil {
		return err
	}
	for _, how := range quant.Calibrations() {
		q, err := b.quantised(ctx, how)
		if err != nil {
			return err
		}
		if err := test(string(how), q); err != nil {
			return err
		}
	}
	return nil
}

// quantised returns the network in int8.
func (b *bench) quantised(ctx context.Context, how quant.Calibration) (*model.Model, error) {
	p := quantize.Plan{Calibration: how, Samples: b.samples, Threads: b.threads}
	return p.Calibrated(ctx, b.net.Model, b.train)
}

func session(m *model.Model, threads int) (*runtime.Session, error) {
	e, err := runtime.New(m)
	if err != nil {
		return nil, err
	}
	return runtime.NewSession(e, threads), nil
}

// speed measures size and memory, then latency with every instruction set.
func (b *bench) speed(ctx context.Context, r *report) error {
	q, err := b.quantised(ctx, quant.LeastError)
	if err != nil {
		return err
	}
	if err := b.sizes(ctx, q, r); err != nil {
		return err
	}
	was := simd.Active()
	defer func() { _ = simd.Use(was) }()
	for _, isa := range b.isas {
		if err := simd.Use(isa); err != nil {
			return err
		}
		if err := b.with(ctx, isa, q, r); err != nil {
			return err
		}
	}
	return nil
}

// with measures latency with the instruction set in use.
func (b *bench) with(ctx context.Context, isa simd.ISA, q *model.Model, r *report) error {
	before, err := session(b.net.Model, b.threads)
	if err != nil {
		return err
	}
	defer before.Close()
	after, err := session(q, b.threads)
	if err != nil {
		return err
	}
	defer after.Close()
	for _, how := range methods {
		for _, n := range b.batches {
			l, err := quantize.Compare(ctx, machine.Clocks[b.clock], before, after, b.test, how, n, b.rounds)
			if err != nil {
				return err
			}
			r.Latency = append(r.Latency, latency{b.net.size(), isa, l})
		}
	}
	return nil
}

// sizes measures the files, and the memory of weights and sessions.
func (b *bench) sizes(ctx context.Context, q *model.Model, r *report) error {
	files, err := quantize.FileSizes(b.net.Model, q)
	if err != nil {
		return err
	}
	r.Sizes = append(r.Sizes, sizes{
		b.net.size(), files, b.net.Config.ParamBytes(), q.Int8.Bytes(), b.scratch(ctx, b.net.Model), b.scratch(ctx, q),
	})
	return nil
}

// scratch returns what a session takes besides the weights, once it has predicted
// as many samples as it can at once.
func (b *bench) scratch(ctx context.Context, m *model.Model) int64 {
	heap := func() int64 {
		var s goruntime.MemStats
		goruntime.GC()
		goruntime.ReadMemStats(&s)
		return int64(s.HeapAlloc)
	}
	before := heap()
	s, err := session(m, b.threads)
	if err != nil {
		return 0
	}
	defer s.Close()
	x := simd.NewMatrix(s.AtOnce(), m.Config.Input.Size())
	for r := range x.Rows {
		b.test.Sample(x.Row(r), r%b.test.Len())
	}
	if _, err := s.Predict(ctx, x, runtime.Goodness); err != nil {
		return 0
	}
	x.Data = nil
	used := heap() - before
	goruntime.KeepAlive(s)
	return used
}
