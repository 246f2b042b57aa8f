package main

import (
	"context"
	"fmt"
	"math"

	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
)

// mlpShapes are samples × inputs × units of either hidden layer; there are 10
// classes.
func mlpShapes() []shape {
	return []shape{{1, 784, 500}, {100, 784, 500}, {1, 784, 2000}, {100, 784, 2000}}
}

const mlpClasses = 10

// mlpJob is a network of two hidden layers in int8: ours is the engine's whole
// read-out, with the normalisation of every layer and the softmax, of samples none
// of whose inputs is zero; oneDNN's the three products, relu, and rounding alone.
// What they compute is not the same, how much is: oneDNN's is compared with sums
// written out.
func mlpJob(s shape, l *libraries, pool *simd.Pool) (*job, error) {
	run, free, err := int8Readout(s, pool.Threads())
	if err != nil {
		return nil, err
	}
	j := &job{op: "mlp", shape: s, contenders: []contender{{ours, "read-out", run, nil}}, free: free}
	j.work = 2 * float64(s.M) * float64(s.K*s.N+s.N*s.N+s.N*mlpClasses)
	if !l.oneDNN {
		return j, nil
	}
	n, err := newPlainMLP(s)
	if err != nil {
		free()
		return nil, err
	}
	j.free = func() {
		free()
		n.peer.free()
	}
	j.contenders = append(j.contenders, contender{oneDNN, "matmuls", func(times int) { must(n.peer.run(times)) }, n.check})
	return j, nil
}

// int8Readout returns what predicts s.M samples with a network in int8.
func int8Readout(s shape, threads int) (run func(times int), free func(), err error) {
	m, _, err := referenceModel(s.N)
	if err != nil {
		return nil, nil, err
	}
	q, err := m.Quantise()
	if err != nil {
		return nil, nil, err
	}
	for i := range q.Int8.Clip {
		q.Int8.Clip[i] = 0.3
	}
	e, err := runtime.New(q)
	if err != nil {
		return nil, nil, err
	}
	session, x := runtime.NewSession(e, threads), matrixOf(s.M, s.K, uniform(s.M*s.K, 8))
	for i, v := range x.Data {
		x.Data[i] = float32(math.Abs(float64(v)))
	}
	return func(times int) {
		for range times {
			_, err := session.Predict(context.Background(), x, runtime.Readout)
			must(err)
		}
	}, session.Close, nil
}

// plainMLP is oneDNN's network and what it is made of.
type plainMLP struct {
	shape
	sizes   [4]int
	x       []uint8
	weights [3][]int8
	scales  [3]float32
	peer    *mlp
}

func newPlainMLP(s shape) (n *plainMLP, err error) {
	n = &plainMLP{shape: s, sizes: [4]int{s.K, s.N, s.N, mlpClasses}}
	for i := range n.weights {
		x, w := integers(shape{s.M, n.sizes[i], n.sizes[i+1]})
		if i == 0 {
			n.x = x
		}
		n.weights[i], n.scales[i] = w, 1/(127*float32(math.Sqrt(float64(n.sizes[i])))) // sums that mostly fit
	}
	n.peer, err = newMLP(s.M, n.sizes, n.x, n.weights, n.scales)
	return n, err
}

// check compares a few samples with the definition.
func (n *plainMLP) check() error {
	if err := n.peer.run(1); err != nil {
		return err
	}
	got, err := n.peer.read()
	if err != nil {
		return err
	}
	for r := 0; r < n.M; r += max(n.M/3, 1) {
		if err := near(got[r*mlpClasses:][:mlpClasses], n.outputs(n.x[r*n.K:][:n.K]), 1e-2); err != nil {
			return fmt.Errorf("sample %d: %w", r, err)
		}
	}
	return nil
}

// outputs returns those of one sample, by definition.
func (n *plainMLP) outputs(x []uint8) []float32 {
	for i, w := range n.weights {
		y := make([]float32, n.sizes[i+1])
		next := make([]uint8, len(y))
		for j := range y {
			var sum int32
			for k, v := range x {
				sum += int32(v) * int32(w[k*len(y)+j])
			}
			y[j] = float32(sum) * n.scales[i]
			next[j] = uint8(math.RoundToEven(float64(min(max(y[j], 0), simd.MaxU7))))
		}
		if i == len(n.weights)-1 {
			return y
		}
		x = next
	}
	panic("no layers")
}
