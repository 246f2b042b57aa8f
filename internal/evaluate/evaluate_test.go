package evaluate

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
)

const classes = 3

// brightest returns a session on a network made by hand that takes the
// brightest of three pixels for the class, by either method, and whose
// reconstructions are black.
//
// Each unit sees one pixel. The read-out sees each unit. A label keeps its own
// unit down, so the least active state is that under the label of the unit
// which would be the most active.
func brightest(t *testing.T) *runtime.Session {
	t.Helper()
	c := model.Config{
		Input: model.Image(classes, 1), Classes: []string{"left", "middle", "right"}, Hidden: []int{classes},
		Group: 1, Rounds: 3, Leak: 0.3, LabelScale: 5, GoodnessSteps: 2, Latents: 1,
	}
	m := &model.Model{Config: c, Params: model.NewParams(&c)}
	for i := range classes {
		m.Params.Layers[0].Up.Set(i, i, 1)
		m.Params.Layers[0].Down.Set(i, i, -1)
		m.Params.Readout.Set(i, i, 10)
	}
	engine, err := runtime.New(m)
	require.NoError(t, err)
	s := runtime.NewSession(engine, 1)
	t.Cleanup(s.Close)
	return s
}

// picture is a sample: its pixels and its label, which need not be the
// brightest pixel.
type picture struct {
	pixels [classes]float32
	label  int
}

type pictures []picture

func (p pictures) Len() int { return len(p) }

func (p pictures) Sample(dst []float32, i int) int {
	copy(dst, p[i].pixels[:])
	return p[i].label
}

// album has seven pictures; the network gets five right.
var album = pictures{
	{[classes]float32{1, 0.5, 0}, 0},
	{[classes]float32{0.5, 0, 0.25}, 0},
	{[classes]float32{0, 0.5, 1}, 0}, // taken for right
	{[classes]float32{0, 1, 0}, 1},
	{[classes]float32{0.25, 0.5, 0}, 1},
	{[classes]float32{0.5, 0.75, 0.25}, 1},
	{[classes]float32{1, 0, 0.5}, 1}, // taken for left
}

func share(v float64) *float64 { return &v }

func TestPredict(t *testing.T) {
	for _, method := range runtime.Methods() {
		t.Run(string(method), func(t *testing.T) {
			var heard []int
			r, err := Predict(t.Context(), brightest(t), album, method, 0, func(done int) { heard = append(heard, done) })
			require.NoError(t, err)
			require.Positive(t, r.Seconds)
			r.Seconds = 0
			require.Equal(t, &Result{
				Method: method, Samples: 7, Correct: 5, Accuracy: 5. / 7,
				Recall:    []*float64{share(2. / 3), share(3. / 4), nil},
				Confusion: [][]int{{2, 0, 1}, {1, 3, 0}, {0, 0, 0}},
			}, r)
			require.Equal(t, []int{7}, heard)
		})
	}
}

func TestPredictSome(t *testing.T) {
	for limit, correct := range map[int]int{1: 1, 3: 2, 7: 5, 8: 5, 1000: 5} {
		r, err := Predict(t.Context(), brightest(t), album, runtime.Readout, limit, nil)
		require.NoError(t, err)
		require.Equal(t, min(limit, 7), r.Samples)
		require.Equal(t, correct, r.Correct)
	}
}

func TestPredictNothing(t *testing.T) {
	r, err := Predict(t.Context(), brightest(t), pictures{}, runtime.Readout, 0, nil)
	require.NoError(t, err)
	require.Zero(t, r.Samples)
	require.Zero(t, r.Accuracy)
	require.Equal(t, []*float64{nil, nil, nil}, r.Recall)
	loss, err := Reconstruction(t.Context(), brightest(t), pictures{}, 0)
	require.NoError(t, err)
	require.Zero(t, loss)
}

// repeated returns the album n times over.
func repeated(n int) pictures {
	var p pictures
	for range n {
		p = append(p, album...)
	}
	return p
}

// TestBlocks has samples for several blocks, the last one smaller.
func TestBlocks(t *testing.T) {
	many := repeated(301)
	s := brightest(t)
	require.Greater(t, len(many), 2*s.AtOnce())
	require.NotZero(t, len(many)%s.AtOnce())
	var heard, want []int
	for done := 0; done < len(many); {
		done = min(done+s.AtOnce(), len(many))
		want = append(want, done)
	}
	r, err := Predict(t.Context(), s, many, runtime.Readout, 0, func(done int) { heard = append(heard, done) })
	require.NoError(t, err)
	require.Equal(t, want, heard)
	require.Equal(t, 301*5, r.Correct)
	require.Equal(t, [][]int{{602, 0, 301}, {301, 903, 0}, {0, 0, 0}}, r.Confusion)
	once, err := Reconstruction(t.Context(), brightest(t), album, 0)
	require.NoError(t, err)
	loss, err := Reconstruction(t.Context(), brightest(t), many, 0)
	require.NoError(t, err)
	require.InEpsilon(t, once, loss, 1e-9)
}

// TestReconstruction: black pictures miss by the sum of the squared pixels.
func TestReconstruction(t *testing.T) {
	loss, err := Reconstruction(t.Context(), brightest(t), album, 0)
	require.NoError(t, err)
	require.InEpsilon(t, (1.25+0.3125+1.25+1+0.3125+0.875+1.25)/7, loss, 1e-9)
	loss, err = Reconstruction(t.Context(), brightest(t), album, 2)
	require.NoError(t, err)
	require.InEpsilon(t, (1.25+0.3125)/2, loss, 1e-9)
}

func TestSquaredError(t *testing.T) {
	require.Zero(t, SquaredError(nil, nil))
	require.InDelta(t, 0.25+4, SquaredError([]float32{1, 2, 3}, []float32{1, 2.5, 1}), 1e-12)
}

func TestBadLabels(t *testing.T) {
	for _, label := range []int{-1, classes} {
		set := append(repeated(1), picture{label: label})
		_, err := Predict(t.Context(), brightest(t), set, runtime.Readout, 0, nil)
		require.ErrorContains(t, err, "sample 7")
		_, err = Predict(t.Context(), brightest(t), set, runtime.Readout, 7, nil)
		require.NoError(t, err, "it is not among the first seven")
		_, err = Reconstruction(t.Context(), brightest(t), set, 0)
		require.ErrorContains(t, err, "sample 7")
	}
}

func TestUnknownMethod(t *testing.T) {
	_, err := Predict(t.Context(), brightest(t), album, "oracle", 0, nil)
	require.ErrorIs(t, err, runtime.ErrMethod)
}

func TestStop(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	_, err := Predict(ctx, brightest(t), repeated(301), runtime.Readout, 0, func(int) { stop() })
	require.ErrorIs(t, err, context.Canceled)
	_, err = Reconstruction(ctx, brightest(t), album, 0)
	require.ErrorIs(t, err, context.Canceled)
}

func TestResultJSON(t *testing.T) {
	r, err := Predict(t.Context(), brightest(t), album, runtime.Goodness, 0, nil)
	require.NoError(t, err)
	r.Seconds = 0.5
	b, err := json.Marshal(r)
	require.NoError(t, err)
	require.JSONEq(t, `{"method":"goodness","samples":7,"correct":5,"accuracy":0.7142857142857143,
		"recall":[0.6666666666666666,0.75,null],"confusion":[[2,0,1],[1,3,0],[0,0,0]],"seconds":0.5}`, string(b))
}
