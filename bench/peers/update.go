package main

import (
	"errors"

	"github.com/pffedge/pffedge/simd"
)

// updateJob is the gradient aᵀ·d followed by one Adam step: ours in one pass,
// the peers' as a product into a gradient matrix and the vectorised Adam of
// adam.c over it. That is two calls over cgo, a thousandth of the smallest step.
func updateJob(s shape, l *libraries, pool *simd.Pool) (*job, error) {
	x, e := uniform(s.M*s.K, 1), uniform(s.M*s.N, 2)
	u := &update{shape: s, x: x, e: e, pool: pool, start: newMoments(s)}
	u.task = adamTask{step: adam.Step(1000, 1), g: simd.NewVector(s.K * s.N)[:s.K*s.N]}
	u.addOurs(matrixOf(s.M, s.K, x), matrixOf(s.M, s.N, e))
	u.now = newMoments(s)
	u.task.w, u.task.m, u.task.v = u.now.w, u.now.m, u.now.v
	for _, b := range l.blas {
		u.add(b.name, "sgemm+adam", func() { b.gradient(s, u.task.g, x, e) })
		if s.M == 1 {
			u.add(b.name, "sger+adam", func() { b.outer(s, u.task.g, x, e) })
		}
	}
	return &job{op: "update", shape: s, contenders: u.contenders}, nil
}

// adam holds usual settings; the clip bounds a part of the gradients.
var adam = simd.Adam{Rate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-7, Clip: 1}

// update collects the contenders for an update.
type update struct {
	shape
	x, e       []float32 // activations and errors, row-major
	pool       *simd.Pool
	start      moments // before the first step
	want       moments // after ours
	now        moments // the peers', row-major
	task       adamTask
	contenders []contender
}

// moments are row-major weights and their moments.
type moments struct{ w, m, v []float32 }

// newMoments returns the same weights and moments every time. Second moments
// well above zero keep the step from multiplying a gradient's rounding.
func newMoments(s shape) moments {
	n := s.K * s.N
	p := moments{uniform(n, 3), uniform(n, 4), uniform(n, 5)}
	for i, v := range p.v {
		p.v[i] = 0.01 + v*v
	}
	return p
}

// addOurs adds our own contender and takes its first result as the one that
// is right.
func (u *update) addOurs(a, d simd.Matrix) {
	w, m, v := simd.NewPacked(u.K, u.N), simd.NewPacked(u.K, u.N), simd.NewPacked(u.K, u.N)
	w.Pack(u.start.w)
	m.Pack(u.start.m)
	v.Pack(u.start.v)
	run := func(times int) {
		for range times {
			u.pool.UpdateF32(w, m, v, a, d, u.task.step)
		}
	}
	run(1)
	u.want = newMoments(u.shape)
	w.Unpack(u.want.w)
	m.Unpack(u.want.m)
	v.Unpack(u.want.v)
	u.contenders = []contender{{ours, "UpdateF32", run, nil}}
}

// add adds a peer with its way to the gradient.
func (u *update) add(library, variant string, gradient func()) {
	run := func(times int) {
		for range times {
			gradient()
			u.pool.Run(&u.task, u.K*u.N)
		}
	}
	u.contenders = append(u.contenders, contender{library, variant, run, func() error { return u.check(run) }})
}

// check compares one step from the start with ours.
func (u *update) check(run func(times int)) error {
	copy(u.now.w, u.start.w)
	copy(u.now.m, u.start.m)
	copy(u.now.v, u.start.v)
	run(1)
	return errors.Join(near(u.now.w, u.want.w, 1e-6), near(u.now.m, u.want.m, 1e-6*float64(u.M+1)), near(u.now.v, u.want.v, 1e-6))
}
