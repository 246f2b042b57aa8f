package simd

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// beyondAVX2 matches the registers that only AVX-512 has. On a CPU that has it,
// an instruction that names one in a kernel for AVX2 would run unnoticed.
var beyondAVX2 = regexp.MustCompile(`\b(?:[XY](?:1[6-9]|2\d|3[01])|Z\d+|K[1-7])\b`)

func TestAVX2KernelsKeepToItsRegisters(t *testing.T) {
	files, err := filepath.Glob("*_avx2_amd64.s")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Empty(t, beyondAVX2.FindAllString(string(source), 5), name)
	}
	require.NotEmpty(t, beyondAVX2.FindAllString("VADDPS Y16, Y1, Y2", 1))
	require.Empty(t, beyondAVX2.FindAllString("VADDPS Y15, X1, Y2", 1))
}
