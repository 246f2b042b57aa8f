package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/simd"
)

// drawn returns a network with a batch of samples in it, and biases that are
// not zero.
func drawn(sizes []int, rows, threads int) *mlp {
	n, r := newMLP(sizes, rows, 3, threads), rand.New(rand.NewPCG(4, 5))
	for row := range rows {
		x := n.x.Row(row)
		for i := range x {
			x[i] = max(r.Float32()*2-1, 0)
		}
		n.labels[row] = r.IntN(sizes[len(sizes)-1])
	}
	for i := range n.layers {
		l := &n.layers[i]
		for j := range l.w.N {
			l.b[j] = r.Float32() - 0.5
		}
	}
	return n
}

// oracle computes the mean loss in float64 from the network's parameters.
func (n *mlp) oracle(rows int) (loss float64) {
	for r := range rows {
		var a []float64
		for _, v := range n.x.Row(r) {
			a = append(a, float64(v))
		}
		for i, l := range n.layers {
			sums := make([]float64, l.w.N)
			for j := range sums {
				sums[j] = float64(l.b[j])
				for k, v := range a {
					sums[j] += v * float64(l.w.At(k, j))
				}
				if i < len(n.layers)-1 {
					sums[j] = math.Max(sums[j], 0)
				}
			}
			a = sums
		}
		total := 0.0
		for _, v := range a {
			total += math.Exp(v)
		}
		loss += math.Log(total) - a[n.labels[r]]
	}
	return loss / float64(rows)
}

// TestGradientsAgainstDifferences of the float64 loss, for every weight and
// bias of a network with odd sizes.
func TestGradientsAgainstDifferences(t *testing.T) {
	const rows, h = 5, 1e-5 // so small that hardly a unit crosses zero
	for threads := 1; threads <= 2; threads++ {
		n := drawn([]int{9, 21, 18, 4}, rows, threads)
		defer n.close()
		n.forward(rows)
		require.InDelta(t, n.oracle(rows), n.backward(rows), 1e-5)
		slope := func(v *float32) float64 {
			was := *v
			*v = was + h
			up, above := n.oracle(rows), float64(*v)
			*v = was - h
			down, under := n.oracle(rows), float64(*v)
			*v = was
			return (up - down) / (above - under)
		}
		a := n.x
		for i := range n.layers {
			l := &n.layers[i]
			for j := range l.w.N {
				var bias float64
				for k := range l.w.K {
					var gradient float64
					for r := range rows {
						gradient += float64(a.Row(r)[k]) * float64(l.d.Row(r)[j])
					}
					require.InDelta(t, slope(&l.w.Data[l.w.Index(k, j)]), gradient, 2e-4, "layer %d, weight %d, %d", i, k, j)
				}
				for r := range rows {
					bias += float64(l.d.Row(r)[j])
				}
				require.InDelta(t, slope(&l.b[j]), bias, 2e-4, "layer %d, bias %d", i, j)
			}
			a = l.a
		}
	}
}

// TestLearnIsAdam: a step equals Adam's by the gradients before it.
func TestLearnIsAdam(t *testing.T) {
	const rows = 6
	sizes := []int{9, 21, 4}
	n, want := drawn(sizes, rows, 1), drawn(sizes, rows, 1)
	defer n.close()
	defer want.close()
	for step := 1; step <= 3; step++ {
		n.learn(rows)
		want.forward(rows)
		want.backward(rows)
		a := want.x
		for i := range want.layers {
			l := &want.layers[i]
			g, sums := simd.NewPacked(l.w.K, l.w.N), simd.NewVector(l.w.N)
			want.pool.GemmTF32(g, a, l.d)
			want.pool.ColumnSumsF32(sums, l.d)
			simd.AdamF32(l.w.Data, l.m.Data, l.v.Data, g.Data, yardstick.Step(step, 1))
			simd.AdamF32(l.b, l.mb, l.vb, sums, yardstick.Step(step, 1))
			a = l.a
		}
		for i := range want.layers {
			require.Equal(t, want.layers[i].w.Data, n.layers[i].w.Data)
			require.Equal(t, want.layers[i].b, n.layers[i].b)
		}
	}
}

// TestTransposed for whole panels and rests.
func TestTransposed(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {16, 16}, {5, 33}, {47, 10}, {500, 10}} {
		for threads := 1; threads <= 3; threads++ {
			w, turned, pool := simd.NewPacked(size[0], size[1]), simd.NewPacked(size[1], size[0]), simd.NewPool(threads)
			for k := range w.K {
				for j := range w.N {
					w.Set(k, j, float32(1+k*w.N+j))
				}
			}
			pool.Run(&turnTask{turned, w}, math.MaxInt)
			pool.Close()
			for k := range w.K {
				for j := range w.N {
					require.Equal(t, w.At(k, j), turned.At(j, k))
				}
			}
			for i := range simd.PaddedLen(turned.N) - turned.N {
				require.Zero(t, turned.At(0, turned.N+i), "padding")
			}
		}
	}
}

func TestGate(t *testing.T) {
	d := []float32{1, -2, 3, -4, 5}
	gate(d, []float32{0, 0, 0.5, math.MaxFloat32, math.SmallestNonzeroFloat32})
	require.Equal(t, []float32{0, 0, 3, -4, 5}, d)
}

// TestThreadsDoNotChangeTheNetwork, nor does the start of the next batch
// depend on what a longer one left behind.
func TestThreadsDoNotChangeTheNetwork(t *testing.T) {
	var want []float32
	for threads := 1; threads <= 3; threads++ {
		n := drawn([]int{100, 300, 200, 10}, 100, threads)
		for _, rows := range []int{100, 100, 37} {
			n.learn(rows)
		}
		if want == nil {
			want = n.layers[1].w.Data
		}
		require.Equal(t, want, n.layers[1].w.Data)
		n.close()
	}
}

func TestStartOfWeights(t *testing.T) {
	n := newMLP([]int{400, 300, 10}, 1, 1, 1)
	defer n.close()
	for i, want := range []float64{2. / 400, 2. / 310} { // variances: He's, and Glorot's
		w := n.layers[i].w
		var square float64
		for _, v := range w.Data {
			square += float64(v) * float64(v)
		}
		require.InEpsilon(t, want, square/float64(w.K*w.N), 0.05)
	}
	require.NotEqual(t, n.layers[0].w.Data, newMLP([]int{400, 300, 10}, 1, 2, 1).layers[0].w.Data)
}

func TestBatchAllocatesNothing(t *testing.T) {
	n := drawn([]int{100, 200, 10}, 20, 2)
	defer n.close()
	n.learn(20)
	require.Zero(t, testing.AllocsPerRun(10, func() { n.learn(20) }))
}

// BenchmarkBack times the two ways to carry an error back.
func BenchmarkBack(b *testing.B) {
	for _, units := range []int{10, 500, 2000} {
		n := drawn([]int{1, min(units*50, max(units, 500)), units}, mlpBatch, 2)
		defer n.close()
		d, above := n.layers[0].d, &n.layers[1]
		b.Run(fmt.Sprintf("units=%d/way=transposed", units), func(b *testing.B) {
			for b.Loop() {
				n.back(d, above, mlpBatch)
			}
		})
		b.Run(fmt.Sprintf("units=%d/way=nt", units), func(b *testing.B) {
			for b.Loop() {
				n.pool.GemmNTF32(d, above.d, above.w)
			}
		})
	}
}

// BenchmarkMLP times a batch of the yardstick.
func BenchmarkMLP(b *testing.B) {
	for _, hidden := range []int{500, 2000} {
		for threads := 1; threads <= 2; threads++ {
			n := drawn([]int{784, hidden, hidden, 10}, mlpBatch, threads)
			defer n.close()
			b.Run(fmt.Sprintf("hidden=%d/threads=%d", hidden, threads), func(b *testing.B) {
				for b.Loop() {
					n.learn(mlpBatch)
				}
			})
		}
	}
}
