package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/simd"
	"github.com/stretchr/testify/require"
)

// hasty is a plan that takes no time.
var hasty = plan{rounds: 2, burst: time.Nanosecond, clock: wallTime}

// TestPlainSweepIsGoodness: label by label and step by step it comes to what
// the engine computes, with groups that do not fill the layer too.
func TestPlainSweepIsGoodness(t *testing.T) {
	for _, hidden := range []int{40, 33} {
		for threads := 1; threads <= 2; threads++ {
			m, _, err := referenceModel(hidden)
			require.NoError(t, err)
			engine, err := runtime.New(m)
			require.NoError(t, err)
			s, pool := runtime.NewSession(engine, threads), simd.NewPool(threads)
			defer s.Close()
			defer pool.Close()
			w, x := newSweep(m, pool), matrixOf(1, 28*28, newImages(1).pixels[0])
			require.NoError(t, w.check(s, x))
			w.lateral[1].Set(0, 1, 9)
			require.ErrorContains(t, w.check(s, x), "differs from the engine")
		}
	}
}

// TestPredictionsAreTimed in proportion to what stands beside them.
func TestPredictionsAreTimed(t *testing.T) {
	list, err := predictions(hasty, 2, 20)
	require.NoError(t, err)
	require.Len(t, list, 5)
	require.EqualValues(t, 1, list[0].Ratio)
	for _, m := range list {
		require.Positive(t, m.Seconds)
		require.Positive(t, m.Ratio)
		require.LessOrEqual(t, m.RatioQ1, m.RatioQ3)
		require.Equal(t, []int{2, 2}, []int{m.Threads, m.Rounds})
	}
}

// TestLearning takes exactly as many batches as asked.
func TestLearning(t *testing.T) {
	l, err := newLearning(20, 1)
	require.NoError(t, err)
	defer l.trainer.Close()
	for _, times := range []int{1, 3, repeated + 2} {
		before := l.trainer.Epoch()
		l.run(times)
		require.GreaterOrEqual(t, l.trainer.Epoch()-before, times/repeated)
	}
	require.Equal(t, 1, l.trainer.Epoch(), "22 batches")
	require.Equal(t, repeated*engineBatch, l.data.Len())
}

func TestLearningInUnits(t *testing.T) {
	need(t, openBLAS)
	list, err := learningInUnits(loaded.find(openBLAS), hasty, 2, []int{20, 10})
	require.NoError(t, err)
	require.Len(t, list, 3)
	require.EqualValues(t, 1, list[0].Ratio)
	require.Contains(t, list[1].What, "2×20")
	require.Greater(t, list[1].Seconds, 0.0)
	require.Equal(t, "units", list[2].Of)
}

// TestImagesAreSparse: a fifth is not zero.
func TestImagesAreSparse(t *testing.T) {
	list, lit := newImages(50), 0
	for _, x := range list.pixels {
		for _, v := range x {
			require.True(t, v == 0 || v >= 0.2 && v <= 1)
			if v != 0 {
				lit++
			}
		}
	}
	require.InDelta(t, 0.2, float64(lit)/(50*28*28), 0.01)
	x := make([]float32, 28*28)
	require.Equal(t, 3, list.Sample(x, 53))
	require.Equal(t, list.pixels[3], x)
}

// TestReaderReadsEverything but rests of a stream's steps.
func TestReaderReadsEverything(t *testing.T) {
	m, _, err := referenceModel(40)
	require.NoError(t, err)
	pool := simd.NewPool(2)
	defer pool.Close()
	task := newReadTask(m, pool.Threads())
	pool.Run(task, 1<<30)
	bytes := 0
	for _, x := range task.memory {
		bytes += len(x)
	}
	require.Equal(t, 4*(784*48+40*48+40*16), bytes)
	require.InDelta(t, bytes, task.done[0]+task.done[1], 6*512)
}

// TestCoreTypeDoesNotCount for the unit, unless it is told to.
func TestCoreTypeDoesNotCount(t *testing.T) {
	for line, want := range map[string]string{
		"--unit": "", "--engine": "", "--unit --keep-coretype": "Haswell", "--engine --keep-coretype": "Haswell", "": "Haswell",
	} {
		t.Setenv(envOpenBLASCore, "Haswell")
		o, err := parse(strings.Fields(line), nil)
		require.NoError(t, err)
		o.forgetCore()
		require.Equal(t, want, os.Getenv(envOpenBLASCore), line)
	}
}

func TestEngineTakesTwoThreads(t *testing.T) {
	for line, want := range map[string]int{"--engine": 2, "--engine --threads 1": 1, "--unit": 1, "--engine --threads 3": 3} {
		o, err := parse(strings.Fields(line), nil)
		require.NoError(t, err)
		require.Equal(t, want, o.threads, line)
		require.Empty(t, o.operations)
	}
	_, err := parse([]string{"--engine", "--threads", "1", "--cpu-time"}, new(bytes.Buffer))
	require.Error(t, err)
}

func TestEngineReports(t *testing.T) {
	list := []timing{newTiming("batch", "units", 2, []float64{3, 1, 2}, quartiles{90, 100, 110})}
	var out bytes.Buffer
	require.NoError(t, (&table{out: &out}).engine(list))
	require.Regexp(t, `^\nbatch +2 threads, 3 rounds +2\.000000 s \(1\.500000–2\.500000\) = 100\.0 units \(90\.0–110\.0\)\n$`, out.String())
	out.Reset()
	require.NoError(t, jsonLines{json.NewEncoder(&out)}.engine(list))
	require.JSONEq(t, `{"engine": "batch", "threads": 2, "rounds": 3, "seconds": 2, "seconds_q1": 1.5, "seconds_q3": 2.5,
		"ratio": 100, "ratio_q1": 90, "ratio_q3": 110, "of": "units"}`, out.String())
}

// TestLongCallsCountOnce: what takes long needs no call before it.
func TestLongCallsCountOnce(t *testing.T) {
	calls, now := 0, time.Duration(0)
	p := plan{rounds: 1, burst: time.Millisecond, clock: func() time.Duration { return now }}
	c := contender{run: func(times int) { calls += times; now += time.Duration(times) * longCall }}
	require.InDelta(t, longCall.Seconds(), p.timed(c, 1), 1e-9)
	require.Equal(t, 1, calls)
	calls = 0
	p.timed(c, 2)
	require.Equal(t, 3, calls)
}
