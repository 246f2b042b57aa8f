package simd

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
)

// SelfTest compares every kernel of isa with the pure Go ones, at sizes that
// leave rests in every dimension, and reports the first element that
// disagrees: int8 and row operations must give the same bits, float32 products
// lie within the error bound of their sums. The pure Go kernels themselves are
// compared with the bits that they have everywhere. It takes some
// milliseconds.
//
// SelfTest makes isa the implementation in use while it runs: no kernel may
// run at the same time.
func SelfTest(isa ISA) error {
	checks := append(quickChecks(), thoroughChecks()...)
	if isa == Generic {
		return testGeneric(checks, genericChecksum)
	}
	return selfTest(isa, checks)
}

// SelfTestQuick is SelfTest at few sizes, for the start of a program: about a
// millisecond on a PC. Of the pure Go kernels it tests nothing.
func SelfTestQuick(isa ISA) error {
	if isa == Generic {
		return nil
	}
	return selfTest(isa, quickChecks())
}

// check is one comparison.
type check struct {
	name string // operation and shape
	// terms is how many products an element sums up, perhaps fused, perhaps in
	// another order; 0 demands the same bits.
	terms int
	run   func(t *trial)
}

func selfTest(isa ISA, checks []check) error {
	defer func(before ISA) { active = before }(active)
	if err := Use(isa); err != nil {
		return err
	}
	var trials [3]trial
	for i := range trials {
		trials[i].pool = NewPool(1)
	}
	for _, c := range checks {
		if err := c.compare(&trials, isa); err != nil {
			return err
		}
	}
	return nil
}

// compare runs the check on both implementations, and a sum of products once
// more on absolute values, to which its error is relative.
func (c check) compare(trials *[3]trial, isa ISA) error {
	want, got := trials[0].of(c, Generic, false), trials[1].of(c, isa, false)
	magnitudes := want
	if c.terms > 0 {
		magnitudes = trials[2].of(c, Generic, true)
	}
	for i, r := range want {
		for j, v := range r.values {
			bound := errorOfSums(c.terms) * math.Abs(magnitudes[i].values[j])
			if !agree(v, got[i].values[j], bound) {
				return fmt.Errorf("%s: %s is %.9g, pure Go computes %.9g", c.name, r.element(j), got[i].values[j], v)
			}
		}
	}
	return nil
}

// errorOfSums bounds the difference of two float32 sums of n products,
// relative to the sum of their absolute values: either errs by n roundings at
// most (Higham, Accuracy and Stability of Numerical Algorithms, §3.1), and so
// does that sum. It is 0 for n = 0.
func errorOfSums(n int) float64 {
	if n == 0 {
		return 0
	}
	u := float64(n+2) / (1 << 24)
	return 2 * u / (1 - u)
}

// agree tells whether got may stand for want. All NaNs are one.
func agree(want, got, bound float64) bool {
	if bound > 0 {
		return math.Abs(got-want) <= bound
	}
	return math.Float64bits(want) == math.Float64bits(got) || want != want && got != got
}

// genericChecksum is the CRC-32C of all that the pure Go kernels compute in
// the checks of SelfTest, the same on every platform. It changes with them.
const genericChecksum = 0x877411be

func testGeneric(checks []check, want uint32) error {
	defer func(before ISA) { active = before }(active)
	t, sum, table := trial{pool: NewPool(1)}, uint32(0), crc32.MakeTable(crc32.Castagnoli)
	for _, c := range checks {
		for _, r := range t.of(c, Generic, false) {
			b := make([]byte, 0, 8*len(r.values))
			for _, v := range r.values {
				b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
			}
			sum = crc32.Update(sum, table, b)
		}
	}
	if sum != want {
		return fmt.Errorf("the results of the pure Go kernels have the checksum %08x, want %08x", sum, want)
	}
	return nil
}
