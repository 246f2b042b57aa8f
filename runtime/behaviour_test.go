package runtime

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

const (
	blobInputs  = 16
	blobClasses = 4
	blobSpread  = 0.15
)

func accuracy(t testing.TB, s *Session, data *samples, method Method) float64 {
	t.Helper()
	p := predicted(t, s, data.matrix(), method)
	correct := 0
	for r, y := range data.y {
		if class, _ := Best(p.Row(r)); class == y {
			correct++
		}
	}
	return float64(correct) / float64(len(data.y))
}

// reconstructionError is the mean over samples of ‖x̂ − x‖².
func reconstructionError(t testing.TB, s *Session, data *samples) float64 {
	t.Helper()
	x := data.matrix()
	images := simd.NewMatrix(x.Rows, x.Cols)
	require.NoError(t, s.Reconstruct(background, images, x))
	total := 0.0
	for r := range x.Rows {
		total += squaredDistance(fromSimd(x)[r], fromSimd(images)[r])
	}
	return total / float64(x.Rows)
}

// learnBlobs trains a small network for some passes over 400 samples.
func learnBlobs(t testing.TB, preset string, epochs int, change func(s *style)) (trainer *Trainer, train, test *samples) {
	t.Helper()
	s := styles(t)[preset](shape{[]int{40, 30}, 10}, blobInputs, blobClasses)
	s.set.Epochs, s.set.Batch = epochs, 20
	s.set.Adam.Rate, s.set.GenAdam.Rate = 5e-3, 5e-3
	change(s)
	train = blobs(400, blobInputs, blobClasses, 1, blobSpread)
	test = blobs(200, blobInputs, blobClasses, 2, blobSpread)
	trainer = s.trainer(t, 1)
	before := reconstructionError(t, live(t, trainer), test)
	var first, last Report
	require.NoError(t, trainer.Fit(background, train, func(r Report) {
		if first.Generative == 0 {
			first = r
		}
		last = r
	}, nil))
	require.Less(t, last.Goodness, first.Goodness)
	require.Less(t, last.Generative, first.Generative)
	require.Less(t, reconstructionError(t, live(t, trainer), test), before/3)
	return trainer, train, test
}

func live(t testing.TB, trainer *Trainer) *Session {
	s := NewSession(trainer.Live(), 1)
	t.Cleanup(s.Close)
	return s
}

// TestReferenceLearnsBlobs by goodness; its driven read-out is the known defect
// of the reference, and mended it works.
func TestReferenceLearnsBlobs(t *testing.T) {
	trainer, _, test := learnBlobs(t, "reference", 8, func(*style) {})
	require.Greater(t, accuracy(t, live(t, trainer), test, Goodness), 0.98)
	driven := accuracy(t, live(t, trainer), test, Readout)

	trainer, _, test = learnBlobs(t, "reference", 8, func(s *style) { s.set.ReadoutDriven = false })
	require.Greater(t, accuracy(t, live(t, trainer), test, Goodness), 0.98)
	require.Greater(t, accuracy(t, live(t, trainer), test, Readout), max(0.98, driven))
}

// TestFastLearnsBlobs and imagines new ones, each nearest to its own class's
// centre.
func TestFastLearnsBlobs(t *testing.T) {
	trainer, train, test := learnBlobs(t, "fast", 20, func(*style) {})
	session := live(t, trainer)
	require.Greater(t, accuracy(t, session, test, Goodness), 0.98)
	require.Greater(t, accuracy(t, session, test, Readout), 0.98)

	require.NoError(t, FitMixtures(background, session, train, 1))
	require.NoError(t, session.Model().Validate())
	require.Len(t, session.Model().PerClass, blobClasses)
	images := simd.NewMatrix(100, blobInputs)
	for class := range blobClasses {
		require.NoError(t, session.Imagine(background, images, class, 1))
		require.Greater(t, nearestCentres(images)[class], 90, "class %d", class)
		requireBlobLike(t, images, class)
	}
	require.NoError(t, session.Imagine(background, images, AnyClass, 1))
	for class, count := range nearestCentres(images) {
		require.Greater(t, count, 5, "class %d among samples of any class", class)
	}
}

// nearestCentres counts the images nearest to each class's centre.
func nearestCentres(images simd.Matrix) []int {
	counts := make([]int, blobClasses)
	for _, image := range fromSimd(images) {
		best := 0
		for class := range blobClasses {
			if squaredDistance(image, widen(blobCentre(blobInputs, class))) < squaredDistance(image, widen(blobCentre(blobInputs, best))) {
				best = class
			}
		}
		counts[best]++
	}
	return counts
}

// requireBlobLike demands pixels in 0…1 that vary between samples, whose mean
// is near the class's centre.
func requireBlobLike(t *testing.T, images simd.Matrix, class int) {
	t.Helper()
	mean := make([]float64, images.Cols)
	different := false
	for r, image := range fromSimd(images) {
		for j, v := range image {
			require.True(t, 0 <= v && v <= 1)
			mean[j] += v / float64(images.Rows)
		}
		different = different || r > 0 && !sameBits(images.Row(r), images.Row(0))
	}
	require.True(t, different)
	// Seven tenths of a spread in each input.
	require.Less(t, squaredDistance(mean, widen(blobCentre(blobInputs, class))), blobInputs*blobSpread*blobSpread/2)
}

// TestImagineFollowsItsSeed and is not influenced by how many are asked for.
func TestImagineFollowsItsSeed(t *testing.T) {
	n := newNetwork(shapes[2], 13, 5, 4)
	session := n.session(t, 1)
	require.NoError(t, FitMixtures(background, session, n.samples(80), 1))
	imagine := func(rows, class int, seed uint64) simd.Matrix {
		images := simd.NewMatrix(rows, 13)
		require.NoError(t, session.Imagine(background, images, class, seed))
		return images
	}
	all := imagine(210, 2, 1)
	require.True(t, sameBits(all.Data, imagine(210, 2, 1).Data))
	require.True(t, sameBits(all.Slice(0, 7).Data, imagine(7, 2, 1).Data))
	require.False(t, sameBits(all.Data, imagine(210, 2, 2).Data))
	require.False(t, sameBits(all.Data, imagine(210, 3, 1).Data))
	require.False(t, sameBits(all.Data, imagine(210, AnyClass, 1).Data))
}

// TestImagineDrawsAnew what the model takes for another class, and nothing else;
// of a mixture that gives nothing better the eighth draw stays.
func TestImagineDrawsAnew(t *testing.T) {
	trainer, train, _ := learnBlobs(t, "fast", 20, func(*style) {})
	session := live(t, trainer)
	require.NoError(t, FitMixtures(background, session, train, 1))
	perClass := session.Model().PerClass
	perClass[0] = append(halved(perClass[0]), halved(perClass[1])...) // half of it is mistaken
	perClass[2] = perClass[3]
	raw, images := simd.NewMatrix(60, blobInputs), simd.NewMatrix(60, blobInputs)
	for class, least := range []int{50, 50, 0, 50} {
		require.NoError(t, session.ImagineUnchecked(background, raw, class, 1))
		require.NoError(t, session.Imagine(background, images, class, 1))
		open, err := session.mistaken(background, raw, rowNumbers(60), class)
		require.NoError(t, err)
		require.Equal(t, class == 0 || class == 2, len(open) > 10, "class %d: %d mistaken", class, len(open))
		for r := range 60 {
			require.Equal(t, !slices.Contains(open, r), sameBits(raw.Row(r), images.Row(r)), "class %d, row %d", class, r)
		}
		open, err = session.mistaken(background, images, rowNumbers(60), class)
		require.NoError(t, err)
		require.GreaterOrEqual(t, 60-len(open), least, "class %d", class)
	}
}

// halved returns x with half its weights.
func halved(x model.Mixture) model.Mixture {
	x = slices.Clone(x)
	for i := range x {
		x[i].Weight /= 2
	}
	return x
}

func rowNumbers(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// TestReportsCountSamples of every epoch, and the known ones.
func TestReportsCountSamples(t *testing.T) {
	eachStyle(t, shape{[]int{40, 30}, 10}, blobInputs, blobClasses, func(t *testing.T, s *style) {
		s.set.Epochs, s.set.Batch = 3, 20
		trainer := s.trainer(t, 1)
		var reports []Report
		epochs := 0
		require.NoError(t, trainer.Fit(background, blobs(50, blobInputs, blobClasses, 1, blobSpread), func(r Report) {
			reports = append(reports, r)
		}, func(epoch int) error {
			epochs++
			require.Equal(t, epochs, epoch)
			require.Len(t, reports, 3*epoch)
			return nil
		}))
		require.Equal(t, 3, epochs)
		for i, r := range reports {
			require.Equal(t, []int{i / 3, i % 3, 3}, []int{r.Epoch, r.Batch, r.Batches})
			require.Equal(t, []int{20, 20, 10}[i%3], r.Samples)
			require.Equal(t, []int{20, 40, 50}[i%3], r.Learned)
			require.LessOrEqual(t, r.Correct, r.Samples)
		}
	})
}

// TestUnbalancedClasses: a class without samples takes no part in imagining,
// the others do.
func TestUnbalancedClasses(t *testing.T) {
	n := newNetwork(shapes[2], 13, 5, 4)
	data := n.samples(60)
	for i := range data.y {
		data.y[i] %= 2 // classes 2, 3 and 4 stay empty
	}
	trainer, err := NewTrainer(n.model, n.settings(), 1)
	require.NoError(t, err)
	defer trainer.Close()
	require.NoError(t, trainer.Fit(background, data, nil, nil))
	session := live(t, trainer)
	require.NoError(t, FitMixtures(background, session, data, 1))
	require.NoError(t, session.Model().Validate())
	for class, x := range session.Model().PerClass {
		require.Equal(t, class >= 2, len(x) == 0)
	}
	images := simd.NewMatrix(2, 13)
	require.NoError(t, session.Imagine(background, images, 1, 1))
	require.ErrorIs(t, session.Imagine(background, images, 2, 1), ErrNoMixture)
	require.NoError(t, session.Imagine(background, images, AnyClass, 1))
}
