package continual

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/runtime"
)

// small is a plan for a network that learns in a moment.
func small(p Protocol) Plan {
	plan := NewPlan(p)
	plan.Hidden, plan.Budget, plan.Every, plan.Watch, plan.JointEpochs = []int{40, 40}, 20_000, 60, 100, 5
	return plan
}

func ran(t *testing.T, p Plan, name string, seed uint64) *Run {
	t.Helper()
	kind, err := FindKind(name)
	require.NoError(t, err)
	r, err := p.Run(t.Context(), kind, seed, digits(t).train, digits(t).test)
	require.NoError(t, err)
	return r
}

// timeless is a run without what a clock has measured.
func timeless(r *Run) Run {
	c := *r
	c.P50, c.P95, c.SamplesPerSecond, c.Seconds, c.SleepSeconds = 0, 0, 0, 0, 0
	c.Shots = slices.Clone(c.Shots)
	for i := range c.Shots {
		c.Shots[i].Seconds = 0
	}
	return c
}

// TestPupilsOnline: replay forgets less, and nothing keeps more than its budget.
func TestPupilsOnline(t *testing.T) {
	p := small(Online)
	p.Hidden, p.Batch = []int{100}, 2
	none, raw := ran(t, p, "none", 0), ran(t, p, "raw", 0)
	require.Less(t, none.Stream.ACC, 0.25)
	require.Greater(t, raw.Stream.ACC, none.Stream.ACC+0.4)
	require.Zero(t, none.Bytes)
	require.LessOrEqual(t, raw.Bytes, int64(p.Budget))
	require.Greater(t, raw.Bytes, int64(p.Budget)*9/10)
	require.Greater(t, raw.MultiplyAdds, 3*none.MultiplyAdds)
	require.Positive(t, raw.SamplesPerSecond)
	iid, joint := ran(t, p, "iid", 0), ran(t, p, "joint", 0)
	require.Greater(t, iid.Stream.ACC, none.Stream.ACC+0.1)
	require.Equal(t, []int{600, 3000}, []int{iid.Samples, joint.Samples})
}

// TestPupilsAreReproducible from the seed, whatever the number of threads.
func TestPupilsAreReproducible(t *testing.T) {
	p := small(Online)
	one := ran(t, p, "raw", 4)
	p.Threads = 2
	require.Equal(t, timeless(one), timeless(ran(t, p, "raw", 4)))
	require.NotEqual(t, timeless(one), timeless(ran(t, p, "raw", 5)))
}

// TestPupilsOneByOne: batches of one sample.
func TestPupilsOneByOne(t *testing.T) {
	p := small(Online)
	p.Batch, p.Hidden = 1, []int{20}
	require.Equal(t, 600, ran(t, p, "none", 0).Samples)
}

// TestPupilsElsewhere: they go through every protocol, and predict in every way.
func TestPupilsElsewhere(t *testing.T) {
	for _, name := range []string{"none", "raw"} {
		a := small(ClassIncremental)
		a.Batches, a.Batch, a.Method = 3, 20, runtime.Auto
		require.Positive(t, ran(t, a, name, 0).Stream.ACC)
		c := small(DomainIncremental)
		c.Tasks = 2
		require.Greater(t, ran(t, c, name, 0).Stream.ACC, 0.15)
	}
}

// TestTeachingPupils: raw learns the class; a copy learns as the first would have.
func TestTeachingPupils(t *testing.T) {
	s := digits(t)
	p := small(Teaching)
	for _, kind := range []Kind{kinds[0], kinds[1]} {
		pupil, err := kind.New(p.options(0, s.train))
		require.NoError(t, err)
		defer pupil.Close()
		require.NoError(t, pupil.Learn(s.train.Pixels[:10*s.train.Size()], s.train.Labels[:10]))
		other, err := pupil.(Forker).Fork()
		require.NoError(t, err)
		defer other.Close()
		want, got := make([]int, 100), make([]int, 100)
		for _, one := range []struct {
			Pupil
			labels []int
		}{{pupil, want}, {other, got}} {
			require.NoError(t, one.Teach(s.train.Pixels[:12*s.train.Size()], 3))
			require.NoError(t, one.Learn(s.train.Pixels[20*s.train.Size():27*s.train.Size()], s.train.Labels[20:27]))
			require.NoError(t, one.Predict(t.Context(), s.test.Pixels[:100*s.test.Size()], one.labels))
		}
		require.Equal(t, want, got)
		require.Equal(t, pupil.Cost(), other.Cost())
	}
}

// TestPredictionsAreAmongTheSeen classes; there is none before the first.
func TestPredictionsAreAmongTheSeen(t *testing.T) {
	s := digits(t)
	p := small(Online)
	for _, kind := range Kinds() {
		pupil, err := kind.New(p.options(0, s.train))
		require.NoError(t, err)
		defer pupil.Close()
		labels := make([]int, 250)
		ask := func() []int {
			require.NoError(t, pupil.Predict(t.Context(), s.test.Pixels[:250*s.test.Size()], labels))
			return slices.Compact(slices.Sorted(slices.Values(labels)))
		}
		require.Equal(t, []int{-1}, ask())
		of := s.train.of(4, 7)[:10]
		var pixels []byte
		var own []int
		for _, i := range of {
			pixels, own = append(pixels, s.train.Image(i)...), append(own, s.train.Labels[i])
		}
		require.NoError(t, pupil.Learn(pixels, own))
		for _, label := range ask() {
			require.Contains(t, []int{4, 7}, label)
		}
		require.Error(t, pupil.Learn(s.train.Image(0), []int{10}))
	}
}

func TestUnknownPupil(t *testing.T) {
	_, err := FindKind("dog")
	require.ErrorContains(t, err, "raw, none, iid, joint")
}
