package simd

import (
	goflag "flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// envTestISA names, separated by commas, the implementations that a run of
// the tests must have exercised. CI sets it on each machine and emulator, so
// that a path that is not taken fails there instead of passing unseen.
const envTestISA = "PFFEDGE_TEST_ISA"

// TestMain fails a complete run in which a demanded implementation did not
// get through any test body. A run of selected tests proves nothing and is
// left alone; TestDemandedISAs holds in any case.
func TestMain(m *testing.M) {
	code := m.Run()
	if missing := missingISAs(os.Getenv(envTestISA), ran); code == 0 && len(missing) > 0 && allTestsRan() {
		fmt.Fprintf(os.Stderr, "FAIL: %s: tests did not run on %s\n", envTestISA, strings.Join(missing, ", "))
		code = 1
	}
	os.Exit(code)
}

// allTestsRan reports whether no flag selected tests.
func allTestsRan() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list", "test.fuzz"} {
		if f := goflag.Lookup(name); f == nil || f.Value.String() != "" {
			return false
		}
	}
	return true
}

// missingISAs returns the names in demanded that did not run.
func missingISAs(demanded string, ran map[ISA]bool) (missing []string) {
	for name := range strings.SplitSeq(demanded, ",") {
		if name = strings.TrimSpace(name); name != "" && !ran[ISA(name)] {
			missing = append(missing, name)
		}
	}
	return missing
}

func TestDemandedISAs(t *testing.T) {
	usable := map[ISA]bool{}
	for _, isa := range Usable() {
		usable[isa] = true
	}
	require.Empty(t, missingISAs(os.Getenv(envTestISA), usable),
		"%s demands what this CPU and build cannot run; they can run %v", envTestISA, Usable())
}

func TestMissingISAs(t *testing.T) {
	ran := map[ISA]bool{Generic: true, AVX2: true}
	require.Empty(t, missingISAs("", ran))
	require.Empty(t, missingISAs("avx2, generic", ran))
	require.Equal(t, []string{"neon", "AVX2"}, missingISAs("generic,neon,AVX2,", ran))
	require.Equal(t, []string{"avx2"}, missingISAs("avx2", map[ISA]bool{Generic: true}))
}

func TestUsable(t *testing.T) {
	usable := Usable()
	require.Equal(t, Generic, usable[0], "the pure Go kernels run everywhere, and are the slowest")
	for i, isa := range usable {
		require.NotContains(t, usable[:i], isa, "listed twice")
		require.Equal(t, strings.ToLower(string(isa)), string(isa), "choose compares lower case")
	}
	usable[0] = "changed"
	require.Equal(t, Generic, Usable()[0], "the list is the caller's to change")
}

func TestActive(t *testing.T) {
	isa, err := choose(os.Getenv(EnvISA), Usable())
	require.Equal(t, isa, Active())
	require.Equal(t, err, ActiveErr())
	require.Contains(t, Usable(), Active())
}

func TestChooseEveryName(t *testing.T) {
	for _, usable := range [][]ISA{Usable(), {Generic}, {Generic, AVX2}, {Generic, AVX2, AVX512}} {
		best, err := choose("", usable)
		require.NoError(t, err)
		require.Equal(t, usable[len(usable)-1], best)
		for _, isa := range usable {
			for _, name := range []string{string(isa), strings.ToUpper(string(isa)), " " + string(isa) + "\t"} {
				got, err := choose(name, usable)
				require.NoError(t, err, "%q of %v", name, usable)
				require.Equal(t, isa, got, "%q of %v", name, usable)
			}
		}
	}
}

// TestChooseRefuses covers names that nobody knows and names that this CPU
// lacks: neither may be chosen, both are reported, and the best runs.
func TestChooseRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		usable []ISA
	}{
		{"avx2", []ISA{Generic}},
		{"avx512", []ISA{Generic, AVX2}},
		{"neon", []ISA{Generic, AVX2}},
		{"sse9", []ISA{Generic, AVX2}},
		{"avx", []ISA{Generic, AVX2}},
		{"avx2,generic", []ISA{Generic, AVX2}},
	} {
		got, err := choose(c.name, c.usable)
		require.Equal(t, c.usable[len(c.usable)-1], got, "%q of %v", c.name, c.usable)
		require.ErrorContains(t, err, EnvISA+"=")
		require.ErrorContains(t, err, c.name)
		for _, isa := range c.usable {
			require.ErrorContains(t, err, string(isa))
		}
		require.False(t, strings.Contains(err.Error(), "\n"), "%q", err)
	}
}

// TestChooseErrorIsOneLine covers a name that would break the line.
func TestChooseErrorIsOneLine(t *testing.T) {
	for _, name := range []string{"avx2\nx", "\x1b[31m"} {
		_, err := choose(name, []ISA{Generic})
		require.Error(t, err)
		require.False(t, strings.ContainsAny(err.Error(), "\n\x1b"), "%q", err)
	}
}

// TestUseRestores keeps one test's choice out of the next one.
func TestUseRestores(t *testing.T) {
	before := active
	t.Run("inner", func(t *testing.T) {
		use(t, "other")
		require.Equal(t, ISA("other"), Active())
	})
	require.Equal(t, before, active)
	require.True(t, slices.Contains(Usable(), before))
}
