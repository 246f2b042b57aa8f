package simd

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// checksum is the CRC-32C of the values' bits, low byte first.
func checksum(x []float32) uint32 {
	b := make([]byte, 4*len(x))
	for i, v := range x {
		binary.LittleEndian.PutUint32(b[4*i:], math.Float32bits(v))
	}
	return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
}

// TestElementwiseBits asserts that element-wise operations give these bits on
// every platform and with every implementation.
func TestElementwiseBits(t *testing.T) {
	want := map[string]uint32{
		"AddNormalF32": 0x0d6a3035, "ScaleF32": 0x5e6d8950, "AxpyF32": 0x658509e7, "BiasReluF32": 0x26deb762,
		"StepF32": 0xfdb16415, "NormalizeF32": 0x823f10e7, "AdamF32": 0x223071ad,
		"ReluF32": 0x578b7791, "ErrorF32": 0x83c2c720, "SoftmaxF32": 0xa2950dfb, "SGDF32": 0xe106d239, "DotF32": 0x1805dbc6,
		"QuantizeU7": 0x6692ee39, "DequantizeI32": 0x8cec4c28, "DequantizeAddI32": 0xf56d9a34, "RequantizeU7": 0x5bfc04f3,
	}
	eachISA(t, func(t *testing.T) {
		require.Equal(t, want, elementwiseChecksums())
	})
}

func elementwiseChecksums() map[string]uint32 {
	const n = 1003
	s := newSource(100)
	x, y, bias := s.vector(n), s.vector(n), s.vector(n)
	out, sums := make([]float32, n), map[string]uint32{}
	add := func(name string) { sums[name] = checksum(out) }

	AddNormalF32(out, x, Mix(1, 2, 3), 0.025)
	add("AddNormalF32")
	ScaleF32(out, x, 1.7)
	add("ScaleF32")
	AxpyF32(out, y, -0.3)
	add("AxpyF32")
	BiasReluF32(out, x, bias)
	add("BiasReluF32")
	StepF32(out, x, bias, y, 0.3)
	add("StepF32")
	copy(out, x)
	out[0] = ErrorF32(out, y, -0.2, 0.4, 1.7)
	add("ErrorF32")
	out[0] = NormalizeF32(out, x) // its sum has one fixed order
	add("NormalizeF32")

	ReluF32(out, x)
	add("ReluF32")
	SoftmaxF32(out, x, bias)
	add("SoftmaxF32")
	copy(out, bias)
	SGDF32(out, x, SGDStep{Rate: 0.01, Clip: 0.5, Decay: 0.001})
	add("SGDF32")
	clear(out)
	out[0] = DotF32(x, y)
	add("DotF32")
	quantizedChecksums(out, x, bias, add)

	w, m, v := s.vector(n), make([]float32, n), make([]float32, n)
	for range 5 {
		AdamF32(w, m, v, x, testAdamStep)
	}
	out = append(append(append(out[:0], w...), m...), v...)
	add("AdamF32")
	return sums
}

// quantizedChecksums adds those of the conversions from and to integers.
func quantizedChecksums(out, x, bias []float32, add func(name string)) {
	sums, bytes := make([]int32, len(x)), make([]uint8, len(x))
	widen := func() {
		for i, b := range bytes {
			out[i] = float32(b)
		}
	}
	for i, v := range x {
		sums[i] = int32(v * (1 << 30))
	}
	QuantizeU7(bytes, x, 127.3)
	widen()
	add("QuantizeU7")
	DequantizeI32(out, sums, bias, 1e-7)
	add("DequantizeI32")
	DequantizeAddI32(out, sums, bias, 3e-7)
	add("DequantizeAddI32")
	RequantizeU7(bytes, sums, bias, x)
	widen()
	add("RequantizeU7")
}

// testAdamStep is written out: Adam.Step's powers are float64 and a matter of
// the platform's math library.
var testAdamStep = AdamStep{
	Rate: 2.5e-4, Beta1: 0.9, OneMinusBeta1: 0.1, Beta2: 0.999, OneMinusBeta2: 0.001, Epsilon: 1e-7, Clip: 0.5, Decay: 0.01,
}

// TestGenericProductBits asserts the bits of the pure Go products: no
// compiler may fuse them.
func TestGenericProductBits(t *testing.T) {
	use(t, Generic)
	p, s := newTestPool(t, 1), newSource(101)
	a, d, b := s.matrix(13, 90), s.matrix(13, 70), s.packed(90, 70)
	product, back, gradient := NewMatrix(13, 70), NewMatrix(13, 90), NewPacked(90, 70)
	p.GemmF32(product, a, b)
	p.GemmNTF32(back, d, b)
	p.GemmTF32(gradient, a, d)
	require.Equal(t, []uint32{0x0e260bb1, 0x20ef03f8, 0x28b8acba}, []uint32{checksum(product.Data), checksum(back.Data), checksum(gradient.Data)})
}

// TestFusedProductBits asserts that every implementation in assembly gives the
// same bits, on whatever architecture: each fuses, each sums in the same order.
func TestFusedProductBits(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		if active == Generic {
			return
		}
		p, s := newTestPool(t, 1), newSource(102)
		sums := map[string]uint32{}
		for _, m := range []int{1, 13, 40} {
			a, d, b := s.matrix(m, 190), s.matrix(m, 200), s.packed(190, 200)
			product, back, gradient := NewMatrix(m, 200), NewMatrix(m, 190), NewPacked(190, 200)
			p.GemmF32(product, a, b)
			p.GemmNTF32(back, d, b)
			p.GemmTF32(gradient, a, d)
			sums[fmt.Sprint("product of ", m)] = checksum(product.Data)
			sums[fmt.Sprint("transposed weights ", m)] = checksum(back.Data[:back.Stride])
			sums[fmt.Sprint("gradient of ", m)] = checksum(gradient.Data)
		}
		require.Equal(t, map[string]uint32{
			"product of 1": 0xd0f6135f, "product of 13": 0xbe4f0ca2, "product of 40": 0xf0b4ee3d,
			"transposed weights 1": 0xd0b0b5f9, "transposed weights 13": 0x264bd245, "transposed weights 40": 0xf7ca0484,
			"gradient of 1": 0x36164714, "gradient of 13": 0x1b04bff5, "gradient of 40": 0xc26f03f1,
		}, sums)
	})
}
