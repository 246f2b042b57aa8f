package runtime

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/model"
)

// digitSide is that of the digits that are learned here.
const digitSide = 20

// drawn are synthetic digits, per class.
type drawn [10][][]byte

func drawDigits(t testing.TB, split data.Split, samples int) (all drawn) {
	set, err := data.Open(t.Context(), data.Synthetic, data.Options{Split: split, Width: digitSide, Height: digitSide, Seed: 3, Samples: samples})
	require.NoError(t, err)
	x := make([]float32, digitSide*digitSide)
	for i := range set.Len() {
		label, pixels := set.Sample(x, i), make([]byte, len(x))
		for j, v := range x {
			pixels[j] = byte(v*255 + 0.5)
		}
		all[label] = append(all[label], pixels)
	}
	return all
}

// stream returns operations that show so many digits of some classes each, mixed, ten at
// a time.
func (d *drawn) stream(each int, classes ...int) (ops []Operation) {
	op := &Learn{Size: digitSide * digitSide}
	for i := range each {
		for _, c := range classes {
			name := string(rune('0' + c))
			if !slices.Contains(op.Classes, name) {
				op.Classes = append(op.Classes, name)
			}
			op.Labels = append(op.Labels, slices.Index(op.Classes, name))
			op.Pixels = append(op.Pixels, d[c][i%len(d[c])]...)
			if len(op.Labels) == 10 {
				ops, op = append(ops, op), &Learn{Size: digitSide * digitSide}
			}
		}
	}
	return ops
}

// lesson returns digits from…from+n of a class.
func (d *drawn) lesson(c, from, n int) (pixels []byte) {
	for i := from; i < from+n; i++ {
		pixels = append(pixels, d[c][i]...)
	}
	return pixels
}

// recalls returns the share of each class's digits that are recognised, and of all.
func (d *drawn) recalls(t testing.TB, l *Learner) (shares []float64, all float64) {
	right, n := 0, 0
	for _, name := range l.Classes() {
		digit, own := d[name[0]-'0'], 0
		for _, pixels := range digit {
			if l.Classes()[said(t, l, pixels)] == name {
				own++
			}
		}
		right, n = right+own, n+len(digit)
		shares = append(shares, float64(own)/float64(len(digit)))
	}
	return shares, float64(right) / float64(n)
}

// said returns the label that a learner gives an image, by goodness.
func said(t testing.TB, l *Learner, pixels []byte) int {
	s := l.Session()
	in := s.Inputs(1)
	l.Input().ScaleBytes(in.Row(0), pixels)
	p, err := s.Predict(background, in, Goodness)
	require.NoError(t, err)
	return argMax(p.Row(0))
}

// digitLearner returns one that knows nothing of two classes.
func digitLearner(t testing.TB, small bool) *Learner {
	_, c, err := Preset("fast")
	require.NoError(t, err)
	c.Input, c.Hidden, c.Classes = model.Image(digitSide, digitSide), []int{120, 120}, []string{"0", "1"}
	m, err := model.New(c, 1)
	require.NoError(t, err)
	m.Provenance = model.Provenance{Settings: "fast", Seed: 1}
	if small {
		m, err = m.Quantise()
		require.NoError(t, err)
	}
	l, err := NewLearner(m, 1)
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	return l
}

func applyAll(t testing.TB, l *Learner, ops []Operation) {
	for _, op := range ops {
		require.NoError(t, l.Apply(op))
	}
}

// TestRehearsalKeepsWhatItKnows: of a stream that shows ten classes two at a time, once,
// little is lost with a small budget, and nearly all without.
func TestRehearsalKeepsWhatItKnows(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a second")
	}
	train, test := drawDigits(t, data.Train, 3000), drawDigits(t, data.Test, 400)
	eachForm(t, func(t *testing.T, small bool) {
		l := digitLearner(t, small)
		require.NoError(t, l.Rehearse(NewRehearsal(30_000, l.Input())))
		for task := range 5 {
			applyAll(t, l, train.stream(700, 2*task, 2*task+1))
		}
		_, all := test.recalls(t, l)
		require.Greater(t, all, 0.85)
		require.LessOrEqual(t, l.RememberedBytes(), 30_000)

		// What a learner that does not rehearse takes: lessons, in the same order.
		without := digitLearner(t, small)
		for task := range 5 {
			for from := 0; from < 300; from += 10 {
				for _, c := range []int{2 * task, 2*task + 1} {
					name := string(rune('0' + c))
					require.NoError(t, without.Apply(&Teach{Class: name, New: true, Size: digitSide * digitSide, Pixels: train.lesson(c, from, 10)}))
				}
			}
		}
		_, rest := test.recalls(t, without)
		require.Less(t, rest, 0.5)
		t.Logf("%.1f %% with %d bytes, %.1f %% without", 100*all, l.RememberedBytes(), 100*rest)
	})
}

// TestClassIsTaught: a class from 20 samples is recognised, the others lose next to
// nothing; a correction is heeded; a class that is forgotten is gone.
func TestClassIsTaught(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a second")
	}
	train, test := drawDigits(t, data.Train, 10000), drawDigits(t, data.Test, 1000)
	eachForm(t, func(t *testing.T, small bool) {
		l := digitLearner(t, small)
		require.NoError(t, l.Rehearse(NewRehearsal(80_000, l.Input())))
		applyAll(t, l, train.stream(1000, 0, 1, 2, 3, 4, 5, 6, 7, 8))
		require.NoError(t, l.Apply(&Sleep{600, 0, 600}))
		before, _ := test.recalls(t, l)
		require.NoError(t, l.Apply(&Teach{Class: "9", New: true, Size: digitSide * digitSide, Pixels: train.lesson(9, 0, 20)}))
		after, _ := test.recalls(t, l)
		lost := 0.0
		for i := range before {
			lost += (before[i] - after[i]) / float64(len(before))
		}
		t.Logf("taught: %.3f, others lost %.3f: %.3f of %.3f", after[9], lost, after[:9], before)
		require.GreaterOrEqual(t, after[9], 0.8)
		require.Less(t, lost, 0.03)

		// Digits that are taken for others, one of each of some classes.
		corrected := 0
		for c := range 10 {
			for _, pixels := range test[c] {
				if was := said(t, l, pixels); was != c && corrected < 4 {
					require.NoError(t, l.Apply(&Correct{Class: l.Classes()[c], Was: l.Classes()[was], Size: len(pixels), Pixels: pixels}))
					require.Equal(t, c, said(t, l, pixels), "corrected from %d", was)
					corrected++
					break
				}
			}
		}
		require.Positive(t, corrected)
		_, all := test.recalls(t, l)
		require.Greater(t, all, 0.88)

		require.NoError(t, l.Apply(&Forget{Class: "4"}))
		require.NotContains(t, l.Classes(), "4")
		require.Len(t, l.Classes(), 9)
		rest, _ := test.recalls(t, l)
		require.Greater(t, slices.Min(rest), 0.7, "the others are still there: %.2f", rest)
		for i := range l.Memory().Len() {
			require.Less(t, l.Memory().Label(i), 9)
		}
	})
}
