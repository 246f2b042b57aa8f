package simd

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// extensions are what a file's instructions may need beyond amd64's own, by
// the instruction set in its name: no more than the dispatch asks the CPU for.
// A generator that runs out of registers reaches for those of AVX-512, which
// this refuses.
var extensions = map[string][]string{
	"avx2":   avx2Extensions,
	"avx512": avx512Extensions,
	"vnni":   append(slices.Clone(avx512Extensions), "AVX512VNNI"),
}

var (
	avx2Extensions   = []string{"SSE", "SSE2", "MMX+", "AVX", "AVX2", "FMA3"} // MMX+ stands for prefetching
	avx512Extensions = append(slices.Clone(avx2Extensions), "AVX512F", "AVX512BW", "AVX512DQ", "AVX512VL")
)

// assemblyFiles lists source files, which a test binary on its own, on a board
// or an emulated PC, is without.
func assemblyFiles(t *testing.T, pattern string) []string {
	t.Helper()
	if _, err := os.Stat("doc.go"); err != nil {
		require.Empty(t, os.Getenv(envRequire), "%s is set, and the test runs away from its source", envRequire)
		t.Skip("runs away from its source")
	}
	files, err := filepath.Glob(pattern)
	require.NoError(t, err)
	return files
}

// TestAssemblyRequires reads the generator's account of each function.
func TestAssemblyRequires(t *testing.T) {
	files := assemblyFiles(t, "*_amd64.s")
	require.NotEmpty(t, files)
	line := regexp.MustCompile(`(?m)^// Requires: (.*)$`)
	for _, file := range files {
		parts := strings.Split(strings.TrimSuffix(file, "_amd64.s"), "_")
		allowed := extensions[parts[len(parts)-1]]
		require.NotEmpty(t, allowed, "%s: no instruction set in its name", file)
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		found := line.FindAllStringSubmatch(string(text), -1)
		require.NotEmpty(t, found, file)
		for _, match := range found {
			for _, extension := range strings.Split(match[1], ", ") {
				require.True(t, slices.Contains(allowed, extension), "%s: a function requires %s", file, extension)
			}
		}
	}
}
