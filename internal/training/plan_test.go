//go:build linux && !race

package training

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
)

// run is a training run whose memory is measured in a process of its own.
type run struct {
	Preset     string
	Hidden     []int
	Batch      int
	Samples    int
	Threads    int
	Generative bool
	Int8       bool
}

// runEnv tells the process what to run.
const runEnv = "PFFEDGE_TEST_RUN"

// measured is what it finds out.
type measured struct {
	Base, Peak int64
	Plan       runtime.Plan
}

// TestPlan: the plan is within 2 %, or 256 KiB where that is more, of the most
// memory that a process takes
// while it learns, above its base: what the same process takes, program and
// data in memory, after a run with a network of a few units, which does not
// depend on the network.
func TestPlan(t *testing.T) {
	if testing.Short() {
		t.Skip("trains in processes of its own")
	}
	for name, r := range map[string]run{
		"fast":                   {"fast", []int{500, 500}, 100, 1000, 2, true, false},
		"fast, no generator":     {"fast", []int{500, 500}, 100, 1000, 1, false, false},
		"reference":              {"reference", []int{500, 500}, 200, 400, 1, true, false},
		"fast, sample by sample": {"fast", []int{500, 500}, 1, 150, 1, true, false},
		"fast, three layers":     {"fast", []int{700, 300, 500}, 50, 600, 2, true, false},
		"tiny":                   {"tiny", []int{112, 112}, 20, 1000, 1, true, false},
		"tiny, many samples":     {"tiny", []int{112, 112}, 20, 5000, 2, true, false},
		"int8":                   {"fast", []int{500, 500}, 100, 1000, 1, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			// What the kernel and Go's runtime do at the same time moves a
			// measurement, now and then by up to a megabyte, and by a span or two
			// at any time: of a tiny network's few megabytes that is more than two
			// in a hundred.
			off, within := math.Inf(1), 0.02
			for tries := 0; tries < 3 && math.Abs(off) > within; tries++ {
				m := measure(t, r)
				off = float64(m.Plan.Peak)/float64(m.Peak-m.Base) - 1
				within = max(0.02, float64(256<<10)/float64(m.Peak-m.Base))
				t.Logf("base %d KiB, peak %d KiB above it, planned %d KiB (%+.2f %%): %+v", m.Base>>10, (m.Peak-m.Base)>>10, m.Plan.Peak>>10, 100*off, m.Plan)
			}
			require.LessOrEqual(t, math.Abs(off), within)
		})
	}
}

// measure does r in a process of its own.
func measure(t *testing.T, r run) (m measured) {
	job, err := json.Marshal(r)
	require.NoError(t, err)
	cmd := exec.Command(os.Args[0], "-test.run=^TestRunMeasured$", "-test.v")
	cmd.Env = append(os.Environ(), runEnv+"="+string(job))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	_, line, found := strings.Cut(string(out), "measured: ")
	require.True(t, found, string(out))
	require.NoError(t, json.NewDecoder(strings.NewReader(line)).Decode(&m))
	return m
}

// TestRunMeasured is the process that TestPlan starts.
func TestRunMeasured(t *testing.T) {
	text := os.Getenv(runEnv)
	if text == "" {
		t.Skip("only as a process of TestPlan")
	}
	var r run
	require.NoError(t, json.Unmarshal([]byte(text), &r))
	defer KeepSmall()()
	train, err := data.Open(t.Context(), data.Synthetic, data.Options{Samples: r.Samples})
	require.NoError(t, err)
	test, err := data.Open(t.Context(), data.Synthetic, data.Options{Split: data.Test, Samples: 200})
	require.NoError(t, err)
	small := r
	small.Hidden = []int{16, 16}
	small.learn(t, train, test)
	debug.FreeOSMemory()
	debug.FreeOSMemory()
	require.NoError(t, os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)) // forget the peak
	m := measured{Base: status(t, "VmRSS:")}
	m.Plan = r.learn(t, train, test)
	m.Peak = status(t, "VmHWM:")
	out, err := json.Marshal(m)
	require.NoError(t, err)
	fmt.Printf("\nmeasured: %s\n", out)
}

// learn does the run from the model to its files and returns the plan.
func (r run) learn(t *testing.T, train, test *data.Set) runtime.Plan {
	set, c, err := runtime.Preset(r.Preset)
	require.NoError(t, err)
	set.Epochs, set.Batch, set.Generative, set.Int8 = 2, r.Batch, r.Generative, r.Int8
	c.Input, c.Classes, c.Hidden = train.Input, train.Classes, r.Hidden
	runtime.SetRounds(&c, 3)
	m, err := model.New(c, 1)
	require.NoError(t, err)
	Settled()
	trainer, err := runtime.NewTrainer(m, set, r.Threads)
	require.NoError(t, err)
	defer trainer.Close()
	path := filepath.Join(t.TempDir(), "m.pff")
	job := &Job{Trainer: trainer, Train: train, Test: test, Threads: r.Threads, Out: path, Checkpoint: path + ".ckpt", OnEpoch: func(Epoch) {}}
	_, err = job.Run(t.Context())
	require.NoError(t, err)
	return Plan(&c, &set, r.Threads, train.Len())
}

// status returns a size, in bytes, that the kernel tells of this process.
func status(t *testing.T, name string) int64 {
	text, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(text), name)
	require.True(t, found, name)
	kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	require.NoError(t, err)
	return kib << 10
}
