//go:build !purego && !noasm

package simd

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/klauspost/cpuid/v2"
	"github.com/stretchr/testify/require"
)

// useSchedule orders instructions for another CPU until the end of the test.
func useSchedule(t testing.TB, name string) {
	before := schedule
	schedule = name
	t.Cleanup(func() { schedule = before })
}

func TestScheduleOf(t *testing.T) {
	for part, want := range map[int]string{
		0xd03: inOrder, 0xd04: inOrder, 0xd05: inOrder,
		0xd08: outOfOrder, 0xd0b: outOfOrder, 0xd0c: outOfOrder, 0: outOfOrder,
	} {
		require.Equal(t, want, scheduleOf(cpuid.ARM, part), "part %#x", part)
	}
	require.Equal(t, outOfOrder, scheduleOf(cpuid.Qualcomm, 0xd03), "part numbers are each maker's own")
}

// envTestCPU names the CPU that the tests run on. CI sets it to the CPU that
// it emulates.
const envTestCPU = "PFFEDGE_TEST_CPU"

// TestNamedCPU asserts what is chosen on the CPUs that CI emulates.
func TestNamedCPU(t *testing.T) {
	name := os.Getenv(envTestCPU)
	if name == "" {
		t.Skip(envTestCPU + " does not name the CPU")
	}
	want, ok := map[string]struct {
		schedule string
		usable   []ISA
	}{
		"cortex-a53": {inOrder, []ISA{Generic, NEON}},
		"cortex-a72": {outOfOrder, []ISA{Generic, NEON}},
		"cortex-a76": {outOfOrder, []ISA{Generic, NEON, NEONDot}},
	}[name]
	require.True(t, ok, "%s=%q is not one of the CPUs that the test knows", envTestCPU, name)
	require.Equal(t, want.schedule, schedule)
	require.Equal(t, want.usable, Usable())
}

// TestUseRefusesDot: a CPU without SDOT is never made to run it.
func TestUseRefusesDot(t *testing.T) {
	before := Active()
	if slices.Contains(Usable(), NEONDot) {
		require.NoError(t, Use(NEONDot))
		require.NoError(t, Use(before))
		return
	}
	require.Error(t, Use(NEONDot))
	isa, err := choose(string(NEONDot), Usable())
	require.ErrorContains(t, err, EnvISA+`="neondot"`)
	require.Equal(t, NEON, isa)
	require.Equal(t, before, Active())
}

func TestScheduleOfPureGo(t *testing.T) {
	use(t, NEON)
	require.Equal(t, schedule, Schedule())
	use(t, Generic)
	require.Empty(t, Schedule())
}

// TestSchedulesGiveTheSameBits runs the kernels in both orders on fenced
// operands. The numbers of steps pass through every number of turns of a loop
// and what it leaves. TestTile and its like assert that the results of the one
// that this CPU chooses are right.
func TestSchedulesGiveTheSameBits(t *testing.T) {
	f, s := newFences(t), newSource(50)
	use(t, NEON)
	useSchedule(t, outOfOrder)
	for steps := range 20 {
		for rows := 1; rows <= tileRows; rows++ {
			for _, a := range [][2]int{{steps + 1, 1}, {1, rows}, {1, rows + 10}, {16, 3}} {
				c := tileCase{rows: rows, steps: steps, dstStride: 35, aRow: a[0], aStep: a[1], bStep: 19, accumulate: steps%2 == 0}
				compareSchedules(t, f, s, c)
				f.release("%+v", c)
			}
		}
		compareRowSchedules(t, f, s, steps)
		f.release("row of %d steps", steps)
	}
}

func compareSchedules(t *testing.T, f *fences, s source, c tileCase) {
	t.Helper()
	steps := max(c.steps, 1)
	a, b := f.floats((c.rows-1)*c.aRow+(steps-1)*c.aStep+1), f.floats((steps-1)*c.bStep+PanelWidth)
	s.fill(a)
	s.fill(b)
	start := s.vector((c.rows-1)*c.dstStride + PanelWidth)
	eachSchedule(t, f, start, fmt.Sprintf("%+v", c), func(dst []float32) {
		tileF32(c.rows, 1, dst, c.dstStride, 0, a, c.aRow, c.aStep, b, c.bStep, 0, c.steps, c.accumulate)
	})
}

func compareRowSchedules(t *testing.T, f *fences, s source, steps int) {
	t.Helper()
	a, b := f.floats(max(steps, 1)), f.floats(4*max(steps, 1)*PanelWidth)
	s.fill(a)
	s.fill(b)
	eachSchedule(t, f, s.vector(4*PanelWidth), fmt.Sprintf("row of %d steps", steps), func(dst []float32) {
		rowPanelsF32(4, dst, a, b, max(steps, 1)*PanelWidth, steps, steps%2 == 0)
	})
}

// eachSchedule runs a kernel in both orders from the same start.
func eachSchedule(t *testing.T, f *fences, start []float32, what string, kernel func(dst []float32)) {
	t.Helper()
	var results [][]float32
	for _, name := range []string{outOfOrder, inOrder} {
		schedule = name
		dst := f.floats(len(start))
		copy(dst, start)
		kernel(dst)
		results = append(results, slices.Clone(dst))
	}
	requireBits(t, results[0], results[1], "%s", what)
}

// TestLongRows gives the kernels of single rows more than one call's steps and
// wants the bits of the tile, which takes all of them in one.
func TestLongRows(t *testing.T) {
	f, s := newFences(t), newSource(51)
	use(t, NEON)
	for _, steps := range []int{callSteps - 1, callSteps, callSteps + 1, 3*callSteps + 2} {
		a, b := f.floats(steps), f.floats(4*steps*PanelWidth)
		s.fill(a)
		s.fill(b)
		start := s.vector(4 * PanelWidth)
		rows := asInt32s(f.floats(steps))
		for i := range rows {
			rows[i] = int32(i)
		}
		for _, accumulate := range []bool{false, true} {
			dense, sparse, want := slices.Clone(start), slices.Clone(start), slices.Clone(start)
			rowPanelsF32(4, dense, a, b, steps*PanelWidth, steps, accumulate)
			sparseRowF32(4, sparse, a, rows, b, steps*PanelWidth, accumulate)
			for p := range 4 {
				tileF32(1, 1, want[p*PanelWidth:], 0, 0, a, 0, 1, b[p*steps*PanelWidth:], PanelWidth, 0, steps, accumulate)
			}
			requireBits(t, want, dense, "rowPanelsF32, %d steps", steps)
			requireBits(t, want, sparse, "sparseRowF32, %d steps", steps)
		}
		f.release("%d steps", steps)
	}
}

// TestSchedulesOfI8 compares both orders with the pure Go tile.
func TestSchedulesOfI8(t *testing.T) {
	f, s := newFences(t), newSource(52)
	use(t, NEON)
	for _, name := range []string{outOfOrder, inOrder} {
		useSchedule(t, name)
		for _, c := range tileI8Cases() {
			dst, a, b := c.operands(f, s)
			want := slices.Clone(dst)
			tileI8Generic(c.rows, c.panels, want, c.dstRow, a, c.aRow, b, c.bPanel, c.groups, c.accumulate)
			tileI8(c.rows, c.panels, dst, c.dstRow, a, c.aRow, b, c.bPanel, c.groups, c.accumulate)
			requireSums(t, want, dst, "%s, %+v", name, c)
			f.release("%s, %+v", name, c)
		}
	}
}
