package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/pffedge/pffedge/simd"
	"github.com/stretchr/testify/require"
)

// TestAdamAgainstOurs compares the C code with simd.AdamF32, clip and decay
// included.
func TestAdamAgainstOurs(t *testing.T) {
	s := shape{1, 7, 13}
	step := adam.Step(3, 1).WithDecay(0.01)
	step.Clip = 0.5
	want, got, g := newMoments(s), newMoments(s), uniform(s.K*s.N, 9)
	simd.AdamF32(want.w, want.m, want.v, g, step)
	pool := simd.NewPool(2)
	defer pool.Close()
	pool.Run(&adamTask{got.w, got.m, got.v, g, step}, 1<<30)
	require.NoError(t, near(got.w, want.w, 1e-6))
	require.NoError(t, near(got.m, want.m, 1e-6))
	require.NoError(t, near(got.v, want.v, 1e-6))
	require.Error(t, near(got.w, newMoments(s).w, 1e-6), "the step moves the weights")
}

// TestAdamIsVectorised asks the compiler: a scalar Adam would be no peer.
func TestAdamIsVectorised(t *testing.T) {
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		require.Empty(t, os.Getenv("PFFEDGE_REQUIRE"), "PFFEDGE_REQUIRE is set: %v", err)
		t.Skip("no gcc to ask:", err)
	}
	source, err := os.ReadFile("adam.go")
	require.NoError(t, err)
	flags := regexp.MustCompile(`#cgo CFLAGS: (.*)`).FindSubmatch(source)
	require.NotNil(t, flags)
	args := append(strings.Fields(string(flags[1])), "-fopt-info-vec-optimized", "-c", "-o", os.DevNull, "adam.c")
	out, err := exec.Command(gcc, args...).CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "loop vectorized")
}
