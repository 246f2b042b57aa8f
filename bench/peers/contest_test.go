package main

import (
	"testing"

	"github.com/klauspost/cpuid/v2"
	"github.com/stretchr/testify/require"
)

// TestCandidatesFitTheCPU: kernels that the CPU lacks would end the process.
func TestCandidatesFitTheCPU(t *testing.T) {
	cpu := &cpuid.CPUInfo{}
	require.Empty(t, candidates(openBLAS, cpu))
	cpu.Enable(cpuid.AVX2, cpuid.FMA3)
	require.Equal(t, []string{"Haswell", "Zen"}, candidates(openBLAS, cpu))
	require.NotContains(t, candidates(blis, cpu), "skx")
	cpu.Enable(cpuid.AVX512F, cpuid.AVX512BW, cpuid.AVX512DQ, cpuid.AVX512VL)
	require.Contains(t, candidates(openBLAS, cpu), "SkylakeX")
	require.Contains(t, candidates(blis, cpu), "skx")
}

// TestBLISKernelsByName: BLIS takes a number, which depends on its version.
func TestBLISKernelsByName(t *testing.T) {
	need(t, blis)
	require.ErrorContains(t, loaded.find(blis).setArch("pdp11"), `blis has no kernels called "pdp11"`)
}

// TestUserChoiceEndsTheContest: no process is started.
func TestUserChoiceEndsTheContest(t *testing.T) {
	t.Setenv(envOpenBLASCore, "Haswell")
	t.Setenv(envBLISArch, "1")
	require.Empty(t, fastestKernels(openBLAS, 1, false))
	require.Empty(t, fastestKernels(blis, 1, false))
}
