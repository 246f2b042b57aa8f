package main

import (
	"bytes"
	"errors"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/simd"
)

var errKernel = errors.New("GemmF32 of 1×2 by 2×3: dst[0][1] is 5,\n pure Go computes 6")

// breaking returns a comparison that finds fault with some implementations.
func breaking(wrong ...simd.ISA) func(simd.ISA) error {
	return func(isa simd.ISA) error {
		if slices.Contains(wrong, isa) {
			return errKernel
		}
		return nil
	}
}

// withBroken runs a command line where some implementations compute wrongly.
func withBroken(t *testing.T, args []string, wrong ...simd.ISA) outcome {
	t.Helper()
	before := simd.Active()
	t.Cleanup(func() { require.NoError(t, simd.Use(before)) })
	var stdout, stderr bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, selfTest: breaking(wrong...), quickTest: breaking(wrong...)}
	return outcome{a.run(t.Context(), args), stdout.String(), stderr.String()}
}

func TestDoctor(t *testing.T) {
	var d diagnosis
	only(t, done(t, "doctor", "--json"), &d)
	require.Equal(t, goruntime.GOARCH, d.Arch)
	require.Equal(t, simd.Usable(), d.Usable)
	require.Equal(t, simd.Active(), d.Kernels)
	require.Len(t, d.SelfTests, len(d.Usable))
	for i, s := range d.SelfTests {
		require.Equal(t, d.Usable[i], s.ISA)
		require.True(t, s.OK, s.Error)
		require.Positive(t, s.Seconds)
	}
	text := done(t, "doctor")
	for _, title := range []string{"pffedge", "CPU", "features", "kernels", "int8 models", "caches", "cores", "memory", "self-test"} {
		require.Regexp(t, `(?m)^`+title+` +\S`, text)
	}
	for _, isa := range d.Usable {
		require.Regexp(t, `(?m)^self-test +`+string(isa)+`: ok, `, text)
	}
}

func TestDoctorJSONKeys(t *testing.T) {
	o := objects(t, done(t, "doctor", "--json"))[0]
	for _, key := range []string{"version", "go", "os", "arch", "cpu", "vendor", "features", "cores", "threads", "usable", "kernels", "int8", "reason"} {
		o.at(t, key)
	}
	o.at(t, "caches", "l2")
	o.at(t, "memory", "total")
	tests := o.at(t, "self_tests").([]any)
	require.Equal(t, "generic", object(tests[0].(map[string]any)).at(t, "isa"))
}

func TestDoctorTellsTheReason(t *testing.T) {
	for _, isa := range simd.Usable() {
		o := finish(t, program(t.Context(), words("doctor --json"), "PFFEDGE_CPU="+string(isa)))
		require.Zero(t, o.code, o.stderr)
		require.Equal(t, string(isa), objects(t, o.stdout)[0].at(t, "kernels"))
		require.NotEmpty(t, objects(t, o.stdout)[0].at(t, "int8"))
		require.Equal(t, "PFFEDGE_CPU="+string(isa), objects(t, o.stdout)[0].at(t, "reason"))
	}
	o := finish(t, program(t.Context(), words("doctor"), "PFFEDGE_CPU=sse9"))
	require.Contains(t, []int{exitFailed, exitUsage}, o.code)
	require.Empty(t, o.stdout)
	requireError(t, o, 1, "PFFEDGE_CPU=", "sse9", string(simd.Generic))
}

func TestDoctorFindsBrokenKernels(t *testing.T) {
	usable := simd.Usable()
	if len(usable) == 1 {
		t.Skip("nothing but pure Go")
	}
	best, next := usable[len(usable)-1], usable[len(usable)-2]
	require.NoError(t, simd.Use(best))
	o := withBroken(t, words("doctor"), best)
	require.Equal(t, exitFailed, o.code)
	require.Regexp(t, `(?m)^self-test +`+string(best)+`: WRONG: GemmF32 of .* is 5, pure Go computes 6$`, o.stdout)
	require.Regexp(t, `(?m)^kernels +`+string(next)+` `, o.stdout)
	requireError(t, o, 0, "wrong results from the "+string(best)+" kernels", "uses "+string(next))

	var d diagnosis
	o = withBroken(t, words("doctor --json"), best)
	require.Equal(t, exitFailed, o.code)
	only(t, o.stdout, &d)
	require.Equal(t, next, d.Kernels)
	require.False(t, d.SelfTests[len(usable)-1].OK)
	require.Contains(t, d.SelfTests[len(usable)-1].Error, "pure Go computes 6")
}

func TestDoctorDistrustsAMachineThatPureGoFailsOn(t *testing.T) {
	o := withBroken(t, words("doctor"), simd.Generic)
	require.Equal(t, exitFailed, o.code)
	requireError(t, o, 0, "pure Go kernels", "do not trust")
}

func TestChooseKernels(t *testing.T) {
	all := []simd.ISA{simd.Generic, simd.AVX2, simd.AVX512, simd.VNNI}
	for _, c := range []struct {
		wanted simd.ISA
		named  string
		wrong  []simd.ISA
		want   simd.ISA
		reason string
	}{
		{simd.VNNI, "", nil, simd.VNNI, "the best"},
		{simd.VNNI, "", []simd.ISA{simd.AVX2}, simd.VNNI, "the best"},
		{simd.VNNI, "", []simd.ISA{simd.VNNI}, simd.AVX512, "better ones disagree"},
		{simd.VNNI, "", []simd.ISA{simd.VNNI, simd.AVX512, simd.AVX2}, simd.Generic, "better ones disagree"},
		{simd.AVX2, "avx2", []simd.ISA{simd.VNNI}, simd.AVX2, "PFFEDGE_CPU=avx2"},
		{simd.AVX2, "avx2", []simd.ISA{simd.AVX2}, simd.Generic, "better ones disagree"},
		{simd.Generic, "", []simd.ISA{simd.Generic}, simd.Generic, "the best"},
	} {
		d := &diagnosis{Usable: all}
		for _, isa := range all {
			d.SelfTests = append(d.SelfTests, selfTest{ISA: isa, OK: !slices.Contains(c.wrong, isa)})
		}
		d.choose(c.wanted, c.named)
		require.Equal(t, c.want, d.Kernels, "%+v", c)
		require.Contains(t, d.Reason, c.reason, "%+v", c)
	}
}

func TestUnknownFacts(t *testing.T) {
	var stdout bytes.Buffer
	a := &app{stdout: &stdout}
	require.NoError(t, a.showDiagnosis(&diagnosis{}))
	require.Contains(t, stdout.String(), "unknown, by unknown")
	require.Contains(t, stdout.String(), "unknown, unknown available")
	require.Contains(t, stdout.String(), "level 3 unknown")
}

// TestStartFallsBack from kernels that compute wrongly, where a command
// computes, and says so in one line.
func TestStartFallsBack(t *testing.T) {
	_, model := flowerModel(t)
	usable := simd.Usable()
	best := usable[len(usable)-1]
	require.NoError(t, simd.Use(best))
	want := done(t, "generate", "--model", model)

	o := withBroken(t, words("generate --model", model), usable[1:]...)
	require.Zero(t, o.code, o.stderr)
	require.Equal(t, simd.Generic, simd.Active())
	warnings := strings.Split(strings.TrimSuffix(o.stderr, "\n"), "\n")
	if len(usable) == 1 {
		require.Empty(t, o.stderr)
		require.Equal(t, want, o.stdout)
		return
	}
	require.Len(t, warnings, len(usable)-1)
	require.Equal(t, "pffedge: warning: the "+string(best)+" kernels compute wrongly on this machine "+
		"(GemmF32 of 1×2 by 2×3: dst[0][1] is 5, pure Go computes 6); using "+string(usable[len(usable)-2]), warnings[0])

	require.NoError(t, simd.Use(best))
	for _, line := range [][]string{words("version"), words("inspect", model), words("data")} {
		o = withBroken(t, line, usable...)
		require.Zero(t, o.code)
		require.Empty(t, o.stderr, "%q computes nothing", line)
		require.Equal(t, best, simd.Active())
	}
}

// TestWhatComputesTestsItself: the start-up test goes by --threads.
func TestWhatComputesTestsItself(t *testing.T) {
	for _, cmd := range commands((&app{}).root()) {
		computes := slices.Contains(words("demo train eval predict reconstruct generate quantize verify-reference kernels engine continual learn teach correct forget undo sleep serve create show samples compact rollback export"), cmd.Name()) || cmd.CommandPath() == "pffedge store verify"
		require.Equal(t, computes, cmd.Flags().Lookup("threads") != nil, cmd.CommandPath())
	}
}
