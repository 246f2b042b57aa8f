package main

import (
	"context"
	"fmt"
	"math"
	"unsafe"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
	"github.com/pffedge/pffedge/simd/peak"
)

// sweep predicts one sample by goodness as the equations read: label after
// label, step after step, each product one of a vector and a matrix, the
// lateral matrices dense, nothing shared but the start state. What an engine
// saves shows beside it, for both use the same kernels.
type sweep struct {
	model   *model.Model
	pool    *simd.Pool
	lateral []simd.Packed // −Llat of each layer, H×H

	nx, label simd.Matrix
	start     []simd.Matrix // a layer each, one row: the start state
	z, nz     []simd.Matrix
	pre       []simd.Matrix
}

func newSweep(m *model.Model, pool *simd.Pool) *sweep {
	c := &m.Config
	s := &sweep{model: m, pool: pool, nx: simd.NewMatrix(1, c.Input.Size()), label: simd.NewMatrix(1, len(c.Classes))}
	for l, h := range c.Hidden {
		s.lateral = append(s.lateral, denseLateral(m.Params.Layers[l].Lateral, c.Blocks(l)))
		for _, list := range []*[]simd.Matrix{&s.start, &s.z, &s.nz, &s.pre} {
			*list = append(*list, simd.NewMatrix(1, h))
		}
	}
	return s
}

// denseLateral returns −Llat with all the zeros between its blocks.
func denseLateral(lateral []float32, b simd.Blocks) simd.Packed {
	values, w := simd.NewVector(b.Len()), simd.NewPacked(b.Units, b.Units)
	simd.CompetitionF32(values, lateral, b)
	for i := range b.Units {
		first := i / b.Group * b.Group
		for j := first; j < min(first+b.Group, b.Units); j++ {
			w.Set(i, j, values[b.Index(i, j)])
		}
	}
	return w
}

// almostZero takes the place of zeros that a kernel would skip.
const almostZero = 1e-30

// settle writes the surprise of the sample x, one row, under every label to
// dst. Unless skip is set, vectors have no zeros, and so products are computed
// in full.
func (s *sweep) settle(dst []float32, x simd.Matrix, skip bool) {
	c := &s.model.Config
	simd.NormalizeF32(s.nx.PaddedRow(0), x.PaddedRow(0))
	s.fill(s.nx, skip)
	below := s.nx
	for l, layer := range s.model.Params.Layers {
		s.pool.GemmF32(s.pre[l], below, layer.Up)
		simd.BiasReluF32(s.start[l].PaddedRow(0), s.pre[l].PaddedRow(0), layer.Bias)
		s.take(l, s.start[l], skip)
		below = s.nz[l]
	}
	for class := range dst {
		dst[class] = 0
		clear(s.label.Row(0))
		s.label.Row(0)[class] = c.LabelScale
		for l := range s.z {
			s.take(l, s.start[l], skip)
		}
		for k := range c.GoodnessSteps {
			if surprise := s.step(skip); k >= c.GoodnessFrom {
				dst[class] += surprise
			}
		}
		dst[class] /= float32(3 * len(s.z))
	}
}

// take makes a state the current one of layer l.
func (s *sweep) take(l int, z simd.Matrix, skip bool) {
	copy(s.z[l].Row(0), z.Row(0))
	s.fill(s.z[l], skip)
	simd.NormalizeF32(s.nz[l].PaddedRow(0), s.z[l].PaddedRow(0))
}

// fill replaces zeros by almost nothing.
func (s *sweep) fill(m simd.Matrix, skip bool) {
	if skip {
		return
	}
	row := m.Row(0)
	for i, v := range row {
		if v == 0 {
			row[i] = almostZero
		}
	}
}

// step is one dynamics step; it returns the sum of the logits.
func (s *sweep) step(skip bool) (surprise float32) {
	for l, layer := range s.model.Params.Layers {
		below, above := s.nx, s.label
		if l > 0 {
			below = s.nz[l-1]
		}
		if l+1 < len(s.nz) {
			above = s.nz[l+1]
		}
		s.pool.GemmF32(s.pre[l], below, layer.Up)
		s.pool.GemmAddF32(s.pre[l], above, layer.Down)
		s.pool.GemmAddF32(s.pre[l], s.z[l], s.lateral[l])
	}
	for l, layer := range s.model.Params.Layers {
		pre := s.pre[l].PaddedRow(0)
		surprise -= simd.StepF32(pre, pre, layer.Bias, s.z[l].PaddedRow(0), s.model.Config.Leak)
		s.take(l, s.pre[l], skip)
	}
	return surprise
}

// runner returns what computes the surprise of x again and again.
func (s *sweep) runner(x simd.Matrix, skip bool) func(times int) {
	dst := make([]float32, len(s.model.Config.Classes))
	return func(times int) {
		for range times {
			s.settle(dst, x, skip)
		}
	}
}

// check compares both ways with what the engine computes.
func (s *sweep) check(session *runtime.Session, x simd.Matrix) error {
	want, err := session.Surprise(context.Background(), x)
	if err != nil {
		return err
	}
	got := make([]float32, len(s.model.Config.Classes))
	for _, skip := range []bool{false, true} {
		s.settle(got, x, skip)
		if err := near(got, want.Row(0), 1e-4*largestOf(want.Row(0))); err != nil {
			return fmt.Errorf("the plain sweep differs from the engine: %w", err)
		}
	}
	return nil
}

// largestOf returns the largest absolute value, or 1 if that is larger.
func largestOf(values []float32) float64 {
	most := 1.0
	for _, v := range values {
		most = math.Max(most, math.Abs(float64(v)))
	}
	return most
}

// reader returns what reads the weights of the read-out's pass from front to
// back, each thread its share.
func reader(m *model.Model, pool *simd.Pool) func(times int) {
	task := newReadTask(m, pool.Threads())
	return func(times int) {
		for range times {
			pool.Run(task, math.MaxInt)
		}
	}
}

type readTask struct {
	memory [][]byte
	done   []int // bytes of each thread, in all
}

func newReadTask(m *model.Model, threads int) *readTask {
	t := &readTask{done: make([]int, threads)}
	for _, l := range m.Params.Layers {
		t.memory = append(t.memory, bytesOf(l.Up.Data))
	}
	t.memory = append(t.memory, bytesOf(m.Params.Readout.Data))
	return t
}

// bytesOf returns the memory of x.
func bytesOf(x []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), 4*len(x))
}

// Part reads thread i's share.
func (t *readTask) Part(i, n int) {
	for _, x := range t.memory {
		lo, hi := simd.Share(len(x), i, n)
		t.done[i] += peak.Read(simd.Active(), x[lo:hi], 1)
	}
}
