package runtime

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

var blobNames = classNames(blobClasses)

// someBlobs returns samples of some classes only, and their numbers.
func someBlobs(rows int, seed uint64, classes ...int) (*samples, []int) {
	s := &samples{}
	all := blobs(rows, blobInputs, blobClasses, seed, blobSpread)
	for i, y := range all.y {
		for _, c := range classes {
			if y == c {
				s.x, s.y = append(s.x, all.x[i]), append(s.y, y)
			}
		}
	}
	idx := make([]int, len(s.y))
	for i := range idx {
		idx[i] = i
	}
	return s, idx
}

func newBlobDreamer(t testing.TB, threads int) *Dreamer {
	t.Helper()
	d, err := NewDreamer(vector(blobInputs), blobNames, DreamerOptions{Units: 60, Latents: 8, Components: 2, Batch: 20, Seed: 3}, threads)
	require.NoError(t, err)
	t.Cleanup(d.Close)
	return d
}

// dreamerOf returns a model that has learned to dream blobs of some classes.
func dreamerOf(t testing.TB, threads int, classes ...int) *model.Model {
	t.Helper()
	d := newBlobDreamer(t, threads)
	data, idx := someBlobs(400, 1, classes...)
	const passes = 60
	var first, last float64
	for pass := range passes {
		for lo := 0; lo < len(idx); lo += 20 {
			loss, err := d.Learn(data, idx[lo:min(lo+20, len(idx))], cosine(float64(pass)/passes))
			require.NoError(t, err)
			if last = loss; first == 0 {
				first = loss
			}
		}
	}
	require.Less(t, last, first/2)
	for lo := 0; lo < len(idx); lo += 20 {
		require.NoError(t, d.Observe(background, data, idx[lo:min(lo+20, len(idx))]))
	}
	m, err := d.Freeze(background)
	require.NoError(t, err)
	require.NoError(t, m.Validate())
	return m
}

// newBlobDreams returns dreams of all classes from two models, and a judge that knows blobs.
func newBlobDreams(t testing.TB, threads int) (*Dreams, *Session) {
	t.Helper()
	dreams := NewDreams(threads)
	t.Cleanup(dreams.Close)
	require.NoError(t, dreams.Add(dreamerOf(t, threads, 0, 2)))
	require.NoError(t, dreams.Add(dreamerOf(t, threads, 1, 3)))
	return dreams, blobJudge(t, threads)
}

// blobJudge knows all classes.
func blobJudge(t testing.TB, threads int) *Session {
	t.Helper()
	trainer, _, _ := learnBlobs(t, "fast", 10, func(*style) {})
	e, err := New(trainer.Snapshot())
	require.NoError(t, err)
	s := NewSession(e, threads)
	t.Cleanup(s.Close)
	return s
}

func matrixOf(data Samples, from, to, size int) simd.Matrix {
	x := simd.NewMatrix(to-from, size)
	for i := range x.Rows {
		data.Sample(x.Row(i), from+i)
	}
	return x
}

// TestDreamsAreOfTheirClasses, as the true centres show, which no model has seen, and
// as unlike one another as samples; from weights in int8 as well.
func TestDreamsAreOfTheirClasses(t *testing.T) {
	dreams, judge := newBlobDreams(t, 1)
	for _, method := range []Method{Readout, Goodness} {
		requireBlobDreams(t, dreams, judge, method)
	}
	small := NewDreams(1)
	t.Cleanup(small.Close)
	for _, s := range dreams.sources {
		m, err := s.session.model.Quantise()
		require.NoError(t, err)
		require.NoError(t, small.Add(m))
	}
	requireBlobDreams(t, small, judge, Readout)
	require.Less(t, small.Bytes(), dreams.Bytes())
}

func requireBlobDreams(t *testing.T, dreams *Dreams, judge *Session, method Method) {
	t.Helper()
	const n = 120
	require.NoError(t, dreams.Dream(background, judge, DreamOptions{PerClass: n, Method: method, Seed: 5}))
	require.Equal(t, n*blobClasses, dreams.Len())
	for label := range blobClasses {
		require.Equal(t, n, dreams.Count(label))
		x := matrixOf(dreams, label*n, (label+1)*n, blobInputs)
		for i := range n {
			require.Equal(t, label, dreams.Sample(x.Row(i), label*n+i))
		}
		requireBlobLike(t, x, label)
		require.Greater(t, nearestCentres(x)[label], n*9/10)
		real, _ := someBlobs(n*blobClasses, 9, label)
		// Samples scatter alike in all 16 directions, more than 8 latents can tell.
		require.Greater(t, variance(x), variance(real.matrix())/8)
	}
}

// variance is the mean squared distance from the mean.
func variance(x simd.Matrix) (total float64) {
	rows, mean := fromSimd(x), make([]float64, x.Cols)
	for _, row := range rows {
		for j, v := range row {
			mean[j] += v / float64(x.Rows)
		}
	}
	for _, row := range rows {
		total += squaredDistance(row, mean) / float64(x.Rows)
	}
	return total
}

// TestDreamsAreDeterministic for any threads, and follow their seed.
func TestDreamsAreDeterministic(t *testing.T) {
	dream := func(threads int, seed uint64) ([]byte, []int) {
		dreams, judge := newBlobDreams(t, threads)
		require.NoError(t, dreams.Dream(background, judge, DreamOptions{PerClass: 130, Seed: seed}))
		return dreams.pixels, dreams.Draw(nil, 50, seed)
	}
	pixels, numbers := dream(1, 7)
	for _, threads := range []int{2, 3} {
		again, drawn := dream(threads, 7)
		require.Equal(t, pixels, again)
		require.Equal(t, numbers, drawn)
	}
	other, drawn := dream(1, 8)
	require.NotEqual(t, pixels, other)
	require.NotEqual(t, numbers, drawn)
}

// TestFewerDreamsAreTheFirstOfMore: a dream does not depend on how many follow.
func TestFewerDreamsAreTheFirstOfMore(t *testing.T) {
	dreams, judge := newBlobDreams(t, 1)
	require.NoError(t, dreams.Dream(background, judge, DreamOptions{PerClass: 150}))
	many := matrixOf(dreams, 0, 150, blobInputs)
	require.NoError(t, dreams.Dream(background, judge, DreamOptions{PerClass: 40}))
	require.True(t, sameBits(many.Slice(0, 40).Data, matrixOf(dreams, 0, 40, blobInputs).Data))
}

func TestDrawIsBalanced(t *testing.T) {
	dreams, judge := newBlobDreams(t, 1)
	require.Empty(t, dreams.Draw(nil, 10, 1))
	require.NoError(t, dreams.Dream(background, judge, DreamOptions{PerClass: 30}))
	counts, x := make([]int, blobClasses), make([]float32, blobInputs)
	for _, i := range dreams.Draw(nil, 42, 1) {
		counts[dreams.Sample(x, i)]++
	}
	for _, n := range counts {
		require.Contains(t, []int{10, 11}, n)
	}
	require.Positive(t, dreams.DreamtBytes())
	dreams.Drop()
	require.Zero(t, dreams.Len())
	require.Zero(t, dreams.Count(0))
	require.Zero(t, dreams.DreamtBytes())
}

// TestMistakenDreamsAreDropped: a judge lets pass what it is sure of, and a mixture of
// another class gives no dreams.
func TestMistakenDreamsAreDropped(t *testing.T) {
	judge := blobJudge(t, 1)
	m := dreamerOf(t, 1, 0, 1)
	m.PerClass[0] = m.PerClass[1]
	dreams := NewDreams(1)
	t.Cleanup(dreams.Close)
	require.NoError(t, dreams.Add(m))
	require.NoError(t, dreams.Dream(background, judge, DreamOptions{PerClass: 20, Sure: 0.6}))
	require.Less(t, dreams.Count(0), 5)
	require.Equal(t, 20, dreams.Count(1))
	from := dreams.Count(0)
	p, err := judge.Predict(background, matrixOf(dreams, from, from+20, blobInputs), Readout)
	require.NoError(t, err)
	for r := range 20 {
		require.GreaterOrEqual(t, p.Row(r)[1], float32(0.58), "but for the rounding of the dream")
	}
}

// TestLaterModelsTakeOver the classes that they have mixtures for.
func TestLaterModelsTakeOver(t *testing.T) {
	dreams := NewDreams(1)
	t.Cleanup(dreams.Close)
	first := dreamerOf(t, 1, 0, 2)
	require.NoError(t, dreams.Add(first))
	one := dreams.Bytes()
	require.Equal(t, int64(4*(60*8+60*blobInputs)), one-mixtureSize(first), "Gy and G1")
	require.NoError(t, dreams.Add(dreamerOf(t, 1, 2, 3)))
	require.Len(t, dreams.sources, 2)
	require.Equal(t, []int{0}, dreams.sources[0].classes)
	require.NoError(t, dreams.Add(dreamerOf(t, 1, 0, 1)))
	require.Len(t, dreams.sources, 2)
	require.Equal(t, []int{2, 3}, dreams.sources[0].classes)
}

func mixtureSize(m *model.Model) (n int64) {
	for _, x := range m.PerClass {
		n += 4 * int64(len(x)*(1+8+36))
	}
	return n
}

func TestDreamsRefuse(t *testing.T) {
	n := newNetwork(shapes[2], 13, 5, 4)
	dreams := NewDreams(1)
	t.Cleanup(dreams.Close)
	plain := n.pack()
	plain.PerClass = nil
	requireError(t, ErrNoMixture, func() error { return dreams.Add(plain) })
	plain.PerClass = make([]model.Mixture, 5)
	requireError(t, ErrNoMixture, func() error { return dreams.Add(plain) })

	m, judge := dreamerOf(t, 1, 0, 1), blobJudge(t, 1)
	require.NoError(t, dreams.Add(m))
	fitted := n.pack()
	session := n.session(t, 1)
	require.NoError(t, FitMixtures(background, session, n.samples(80), 1))
	fitted.PerClass = session.model.PerClass
	requireError(t, ErrInput, func() error { return dreams.Add(fitted) })
	requireError(t, ErrInput, func() error { return dreams.Dream(background, session, DreamOptions{}) })
	requireError(t, ErrSettings, func() error { return dreams.Dream(background, judge, DreamOptions{PerClass: -1}) })
	requireError(t, ErrSettings, func() error {
		return dreams.Dream(background, judge, DreamOptions{Sure: float32(math.NaN())})
	})
	requireError(t, ErrMethod, func() error { return dreams.Dream(background, judge, DreamOptions{Method: "guess"}) })
	stopped, cancel := context.WithCancel(background)
	cancel()
	requireError(t, context.Canceled, func() error { return dreams.Dream(stopped, judge, DreamOptions{}) })
	require.Zero(t, dreams.Len())

	foreign := m.Clone()
	foreign.Config.Classes = []string{"p", "q", "r", "s"}
	require.NoError(t, dreams.Add(foreign))
	requireError(t, ErrInput, func() error { return dreams.Dream(background, judge, DreamOptions{PerClass: 5}) })
	require.Zero(t, dreams.Len())
}

func TestDreamerRefuses(t *testing.T) {
	for name, o := range map[string]DreamerOptions{
		"components": {Components: model.MaxComponents + 1}, "negative components": {Components: -1}, "batch": {Batch: -1},
	} {
		t.Run(name, func(t *testing.T) {
			requireError(t, ErrSettings, func() error { _, err := NewDreamer(vector(3), blobNames, o, 1); return err })
		})
	}
	requireError(t, model.ErrConfig, func() error {
		_, err := NewDreamer(vector(3), blobNames, DreamerOptions{Units: -1}, 1)
		return err
	})
	d := newBlobDreamer(t, 1)
	data, idx := someBlobs(40, 1, 0, 1, 2, 3)
	learn := func(data Samples, idx []int) func() error {
		return func() error { _, err := d.Learn(data, idx, 1); return err }
	}
	requireError(t, ErrSettings, learn(data, nil))
	requireError(t, ErrSettings, learn(data, idx[:21]))
	requireError(t, ErrNoMixture, func() error { _, err := d.Freeze(background); return err })
	data.y[0] = blobClasses
	requireError(t, ErrSample, learn(data, idx[:1]))
	requireError(t, ErrSample, func() error { return d.Observe(background, data, idx[:1]) })
}

// TestDreamersRepresentationStays as it was drawn: only what Dreams counts was learned.
func TestDreamersRepresentationStays(t *testing.T) {
	m := dreamerOf(t, 1, 0, 1)
	fresh := newBlobDreamer(t, 1).t.model
	learned := []string{}
	for i, tensor := range m.Params.Tensors() {
		if !sameBits(tensor.Data, fresh.Params.Tensors()[i].Data) {
			learned = append(learned, tensor.Name)
		}
	}
	require.Equal(t, []string{"Gy", "G1"}, learned)
}
