package simd

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSelfTest(t *testing.T) {
	before := active
	for _, isa := range Usable() {
		require.NoError(t, SelfTest(isa), isa)
		require.NoError(t, SelfTestQuick(isa), isa)
		require.Equal(t, before, active, "the choice is restored")
	}
}

func TestSelfTestRefusesWhatTheCPULacks(t *testing.T) {
	require.ErrorContains(t, SelfTest("sse9"), `"sse9"`)
	require.ErrorContains(t, SelfTestQuick("sse9"), `"sse9"`)
}

// broken returns c with value i of result r changed on one implementation.
func (c check) broken(isa ISA, r, i int, change func(v float64) float64) check {
	run := c.run
	c.run = func(t *trial) {
		run(t)
		if active == isa {
			values := t.results[r].values
			values[i] = change(values[i])
		}
	}
	return c
}

// TestSelfTestFindsBrokenKernels changes every thirty-seventh value of every
// operation, on an implementation that is otherwise right, by more than
// what rounding explains.
func TestSelfTestFindsBrokenKernels(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		isa := active
		if isa == Generic {
			return // see TestSelfTestOfGeneric
		}
		for _, c := range quickChecks() {
			results := (&trial{pool: NewPool(1)}).of(c, Generic, false)
			active = isa
			for r, result := range results {
				for i := 0; i < len(result.values); i += 37 {
					c.requireFound(t, isa, r, i, result)
				}
			}
		}
		require.Equal(t, isa, active)
	})
}

func (c check) requireFound(t *testing.T, isa ISA, r, i int, result result) {
	change := func(v float64) float64 { return v + 1e-3*max(v, -v) + 2e-3 }
	err := selfTest(isa, []check{c.broken(isa, r, i, change)})
	require.ErrorContains(t, err, c.name)
	require.ErrorContains(t, err, result.element(i)+" is ")
	require.ErrorContains(t, err, fmt.Sprintf("pure Go computes %.9g", result.values[i]))
	require.False(t, strings.Contains(err.Error(), "\n"), err)
	nan := func(v float64) float64 { return v * float64(nan32()) }
	require.Error(t, selfTest(isa, []check{c.broken(isa, r, i, nan)}), c.name)
}

// TestSelfTestSeesTheLastBit of what must have the same bits, and −0.
func TestSelfTestSeesTheLastBit(t *testing.T) {
	require.True(t, agree(1, 1, 0))
	require.False(t, agree(1, 1+0x1p-23, 0))
	require.False(t, agree(0, float64(float32(-1/inf32(1))), 0))
	require.True(t, agree(float64(nan32()), -float64(nan32()), 0), "all NaNs are one")
	require.True(t, agree(1, 1.5, 0.5))
	require.False(t, agree(1, 1.6, 0.5))
	require.False(t, agree(1, float64(nan32()), 0.5))
}

// TestSelfTestOfGeneric finds what differs from the recorded checksum: another
// one belongs into genericChecksum only where the checks themselves changed.
func TestSelfTestOfGeneric(t *testing.T) {
	checks := append(quickChecks(), thoroughChecks()...)
	require.NoError(t, testGeneric(checks, genericChecksum))
	flip := func(v float64) float64 { return -v }
	for _, i := range []int{0, 25, len(checks) - 1} {
		changed := append([]check{}, checks...)
		changed[i] = changed[i].broken(Generic, 0, 0, flip)
		require.ErrorContains(t, testGeneric(changed, genericChecksum), "checksum")
	}
}

// TestSelfTestOperandsVary, or a kernel that copies one value over another
// would pass.
func TestSelfTestOperandsVary(t *testing.T) {
	use(t, Generic)
	for _, c := range append(quickChecks(), thoroughChecks()...) {
		seen := map[float64]bool{}
		total := 0
		for _, r := range (&trial{pool: NewPool(1)}).of(c, Generic, false) {
			for _, v := range r.values {
				seen[v] = true
				total++
			}
		}
		require.GreaterOrEqual(t, 8*len(seen), min(total, 100), "%s: %d values, %d different ones", c.name, total, len(seen))
	}
}

func BenchmarkSelfTest(b *testing.B) {
	for _, isa := range Usable() {
		for name, test := range map[string]func(ISA) error{"quick": SelfTestQuick, "full": SelfTest} {
			b.Run(fmt.Sprintf("isa=%s/test=%s", isa, name), func(b *testing.B) {
				for b.Loop() {
					require.NoError(b, test(isa))
				}
			})
		}
	}
}
