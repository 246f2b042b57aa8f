package model

import (
	"fmt"
	"hash/crc32"
	"math"
	"math/rand/v2"
	goruntime "runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/simd"
)

func initRandom(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// orthogonal makes w in memory that has been used before.
func orthogonal(r *rand.Rand, w simd.Packed) {
	n := max(w.K, w.N)
	m := &mixer{make([]float64, w.K*w.N), make([][]float64, n), make([]int, n)}
	for i := range m.values {
		m.values[i] = math.NaN()
	}
	m.orthogonal(r, w)
}

// TestInitBytes counts what New allocates besides the parameters.
func TestInitBytes(t *testing.T) {
	c := Config{Input: Image(28, 28), Classes: []string{"a", "b"}, Hidden: []int{100, 300}, Group: 10, Rounds: 1, GoodnessSteps: 1, LabelScale: 1, Latents: 8}
	var before, after goruntime.MemStats
	goruntime.ReadMemStats(&before)
	_, err := New(c, 1)
	goruntime.ReadMemStats(&after)
	require.NoError(t, err)
	require.InEpsilon(t, c.ParamBytes()+c.InitBytes(), after.TotalAlloc-before.TotalAlloc, 0.03)
}

// initShapes are tall, wide, square, odd and of size 1.
var initShapes = [][2]int{
	{1, 1}, {1, 2}, {2, 1}, {1, 40}, {40, 1}, {2, 2}, {3, 3}, {16, 16}, {17, 17}, {33, 20}, {20, 33}, {64, 64},
	{7, 100}, {100, 7}, {101, 101}, {200, 30}, {30, 200}, {257, 129},
}

// TestInitOrthonormal: rows of wide matrices and columns of tall ones are
// orthonormal.
func TestInitOrthonormal(t *testing.T) {
	for _, shape := range initShapes {
		t.Run(fmt.Sprintf("%d×%d", shape[0], shape[1]), func(t *testing.T) {
			for seed := range uint64(3) {
				w := simd.NewPacked(shape[0], shape[1])
				orthogonal(initRandom(seed), w)
				if w.K <= w.N {
					requireOrthonormal(t, w.K, w.N, w.At)
				}
				if w.K >= w.N {
					requireOrthonormal(t, w.N, w.K, func(i, j int) float32 { return w.At(j, i) })
				}
				requireZeroPadding(t, Tensor{"W", PackedTensor, w.K, w.N, w.Data}, 1)
			}
		})
	}
}

// requireOrthonormal looks at vectors 0…n−1 of length values.
func requireOrthonormal(t *testing.T, n, length int, at func(vector, i int) float32) {
	t.Helper()
	for a := range n {
		for b := range a + 1 {
			var dot, want float64
			for i := range length {
				dot += float64(at(a, i)) * float64(at(b, i))
			}
			if a == b {
				want = 1
			}
			if math.Abs(dot-want) > 1e-6 {
				require.InDelta(t, want, dot, 1e-6, "vectors %d and %d", a, b)
			}
		}
	}
}

// TestInitEntriesAreSpread: the entries have mean 0, variance 1/n, no skew, and
// the kurtosis that the stages leave of the identity's, n.
func TestInitEntriesAreSpread(t *testing.T) {
	for _, shape := range [][2]int{{64, 64}, {101, 101}, {256, 64}, {64, 256}, {300, 299}} {
		t.Run(fmt.Sprintf("%d×%d", shape[0], shape[1]), func(t *testing.T) {
			w := simd.NewPacked(shape[0], shape[1])
			orthogonal(initRandom(1), w)
			entries := make([]float64, 0, w.K*w.N)
			scale := math.Sqrt(float64(max(w.K, w.N)))
			for k := range w.K {
				for n := range w.N {
					entries = append(entries, scale*float64(w.At(k, n)))
				}
			}
			count, n := float64(len(entries)), float64(max(w.K, w.N))
			excess := n * math.Pow(0.75, float64(stages(max(w.K, w.N))))
			m := moments(entries)
			// Heavy tails widen the standard errors; six of them.
			require.InDelta(t, 0, m[1], 6/math.Sqrt(count))
			require.InDelta(t, 1, m[2], 6*math.Sqrt((2+excess)/count))
			require.InDelta(t, 0, m[3], 6*math.Sqrt(15*(1+excess)*(1+excess)/count))
			require.InEpsilon(t, 3+excess, m[4], 0.3)
		})
	}
}

// moments returns the means of the powers 0…4.
func moments(values []float64) (m [5]float64) {
	for _, v := range values {
		for k := range m {
			m[k] += math.Pow(v, float64(k)) / float64(len(values))
		}
	}
	return m
}

// TestInitEveryRowIsMixed: no row or column of a square matrix keeps a large
// share of its length in one entry or leaves many entries at zero, as too few
// rotations would.
func TestInitEveryRowIsMixed(t *testing.T) {
	for _, n := range []int{64, 101, 500} {
		w := simd.NewPacked(n, n)
		orthogonal(initRandom(2), w)
		for k := range n {
			empty := 0
			for j := range n {
				if v := w.At(k, j); v == 0 {
					empty++
				} else if math.Abs(float64(v)) > 0.9 {
					t.Errorf("entry %d, %d of %d is %v", k, j, n, v)
				}
			}
			require.LessOrEqual(t, empty, n/20, "row %d of %d", k, n)
		}
	}
}

// initConfig has layers, groups and classes that fill no panel.
func initConfig() Config {
	c := testConfig(testVector(13), 23, 35, 12)
	c.Group, c.Latents = 10, 5
	return c
}

func newInit(t testing.TB, seed uint64) *Model {
	m, err := New(initConfig(), seed)
	require.NoError(t, err)
	return m
}

// TestInitIsValid covers zero padding, lateral values only inside blocks, and
// finite values.
func TestInitIsValid(t *testing.T) {
	m := newInit(t, 1)
	require.NoError(t, m.Validate())
	require.Equal(t, uint64(1), m.Provenance.Seed)
	require.Equal(t, initConfig(), m.Config)
	require.Nil(t, m.Overall)
	require.Nil(t, m.PerClass)
	for _, tensor := range m.Params.Tensors() {
		requireZeroPadding(t, tensor, m.Config.Group)
	}
}

// requireZeroPadding marks what counts, by the definitions of the layouts, and
// looks at the rest.
func requireZeroPadding(t *testing.T, tensor Tensor, group int) {
	t.Helper()
	counts := make([]bool, len(tensor.Data))
	for i := range tensor.Rows {
		for j := range tensor.Cols {
			switch {
			case tensor.Kind != LateralTensor:
				counts[(j/16*tensor.Rows+i)*16+j%16] = true
			case i/group == j/group:
				counts[(i/group*group+i%group)*16+j%group] = true
			}
		}
	}
	for i, v := range tensor.Data {
		if !counts[i] && math.Float32bits(v) != 0 {
			require.Zero(t, math.Float32bits(v), "%s, padding value %d", tensor.Name, i)
		}
	}
}

// TestInitDistributions: orthogonal weights, unit biases, a zero read-out
// bias, uniform lateral and generative weights.
func TestInitDistributions(t *testing.T) {
	p := newInit(t, 1).Params
	for l, layer := range p.Layers {
		for name, w := range map[string]simd.Packed{"up": layer.Up, "down": layer.Down} {
			norm := 0.0
			for _, v := range w.Data {
				norm += float64(v) * float64(v)
			}
			require.InDelta(t, min(w.K, w.N), norm, 1e-5, "%s of layer %d: orthonormal rows or columns", name, l+1)
		}
		length := 0.0
		for _, v := range layer.Bias {
			length += float64(v) * float64(v)
		}
		require.InDelta(t, 1, length, 1e-6, "a bias is a unit row")
	}
	require.Equal(t, make([]float32, 16), p.ReadoutBias)

	for _, tensor := range p.Tensors() {
		if tensor.Name[0] == 'L' || tensor.Name[0] == 'G' {
			requireUniform(t, tensor, initConfig().Group, 0.05)
		}
	}
}

// requireUniform checks range and mean of a tensor's values.
func requireUniform(t *testing.T, tensor Tensor, group int, high float64) {
	t.Helper()
	sum, count, largest := 0.0, 0, float32(0)
	for i := range tensor.Rows {
		for j := range tensor.Cols {
			v := tensor.Data[(j/16*tensor.Rows+i)*16%len(tensor.Data)+j%16]
			if tensor.Kind == LateralTensor {
				if i/group != j/group {
					continue
				}
				v = tensor.Data[i*16+j%group]
			}
			require.True(t, 0 <= v && v < float32(high), "%s: %v", tensor.Name, v)
			sum, count, largest = sum+float64(v), count+1, max(largest, v)
		}
	}
	require.InDelta(t, high/2, sum/float64(count), 5*high/math.Sqrt(12*float64(count)), tensor.Name)
	require.Greater(t, largest, float32(0.8*high), tensor.Name)
}

// TestInitStreamsAreTheTensorsOwn: the start of a tensor does not depend on the
// sizes of others, and no two tensors start alike.
func TestInitStreamsAreTheTensorsOwn(t *testing.T) {
	a := newInit(t, 1)
	c := initConfig()
	c.Latents, c.Classes = 9, append(c.Classes, "another")
	b, err := New(c, 1)
	require.NoError(t, err)
	same := map[string]bool{}
	for i, tensor := range a.Params.Tensors() {
		if other := b.Params.Tensors()[i]; other.Rows == tensor.Rows && other.Cols == tensor.Cols {
			require.Equal(t, tensor.Data, other.Data, tensor.Name)
			same[tensor.Name] = true
		}
	}
	require.Len(t, same, len(a.Params.Tensors())-4, "all but V, W, b and Gy")

	seen := map[float32]string{}
	for _, tensor := range a.Params.Tensors() {
		if tensor.Name != "b" {
			require.Empty(t, seen[tensor.Data[0]], "%s starts like", tensor.Name)
			seen[tensor.Data[0]] = tensor.Name
		}
	}
}

// initChecksum is that of the values for initConfig and seed 42 on every
// platform.
const initChecksum = 0x084f5cf0

func TestInitBitsNeverChange(t *testing.T) {
	sum := crc32.NewIEEE()
	for _, tensor := range newInit(t, 42).Params.Tensors() {
		for _, v := range tensor.Data {
			bits := math.Float32bits(v)
			sum.Write([]byte{byte(bits), byte(bits >> 8), byte(bits >> 16), byte(bits >> 24)})
		}
	}
	require.Equal(t, uint32(initChecksum), sum.Sum32(), "got %#x", sum.Sum32())
}

func TestInitFollowsItsSeed(t *testing.T) {
	a, b, c := newInit(t, 1), newInit(t, 1), newInit(t, 2)
	require.Equal(t, a, b)
	for i, tensor := range a.Params.Tensors() {
		if tensor.Name != "b" {
			require.NotEqual(t, tensor.Data, c.Params.Tensors()[i].Data, tensor.Name)
		}
	}
}

func TestInitRefusesBadConfigurations(t *testing.T) {
	for name, spoil := range map[string]func(c *Config){
		"no layers":     func(c *Config) { c.Hidden = nil },
		"no units":      func(c *Config) { c.Hidden = []int{3, 0} },
		"no group":      func(c *Config) { c.Group = 0 },
		"one class":     func(c *Config) { c.Classes = c.Classes[:1] },
		"no inputs":     func(c *Config) { c.Input = Input{} },
		"NaN leak":      func(c *Config) { c.Leak = float32(math.NaN()) },
		"no latents":    func(c *Config) { c.Latents = 0 },
		"no parameters": func(c *Config) { c.Hidden = []int{MaxUnits, MaxUnits, MaxUnits, MaxUnits}; c.Rounds = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			c := initConfig()
			spoil(&c)
			m, err := New(c, 1)
			require.Nil(t, m)
			require.ErrorIs(t, err, ErrConfig)
		})
	}
}
