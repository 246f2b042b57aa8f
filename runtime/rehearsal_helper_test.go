package runtime

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// tinyImage is the input of the small learners that rehearse.
var tinyImage = model.Image(6, 5)

// glyph writes picture i of a class, drawn by chance around one of its own, in pixels.
func glyph(dst []byte, class string, i int) {
	name := uint64(0)
	for _, c := range []byte(class) {
		name = simd.Mix(name, uint64(c))
	}
	for j := range dst {
		dst[j] = 0
		if simd.Mix(name, uint64(j))%3 == 0 {
			dst[j] = byte(140 + simd.Mix(name, uint64(i), uint64(j))%116)
		}
	}
}

// glyphs returns pictures from…from+n of a class.
func glyphs(class string, from, n int) []byte {
	size := tinyImage.Size()
	pixels := make([]byte, n*size)
	for i := range n {
		glyph(pixels[i*size:(i+1)*size], class, from+i)
	}
	return pixels
}

// learnOf returns the operation that shows a stream of such classes, picture from on.
func learnOf(from int, classes ...string) *Learn {
	op := &Learn{Size: tinyImage.Size()}
	for i, class := range classes {
		at := -1
		for k, name := range op.Classes {
			if name == class {
				at = k
			}
		}
		if at < 0 {
			at, op.Classes = len(op.Classes), append(op.Classes, class)
		}
		op.Labels = append(op.Labels, at)
		op.Pixels = append(op.Pixels, glyphs(class, from+i, 1)...)
	}
	return op
}

func teachOf(class string, from, n int) *Teach {
	return &Teach{Class: class, Size: tinyImage.Size(), Pixels: glyphs(class, from, n)}
}

// cycle returns n classes in turn.
func cycle(n int, classes ...string) (list []string) {
	for i := range n {
		list = append(list, classes[i%len(classes)])
	}
	return list
}

// tinyModel returns a model of pictures of classes "0", "1", …, in int8 if so wanted.
func tinyModel(t testing.TB, classes int, small bool) *model.Model {
	_, c, err := Preset("fast")
	require.NoError(t, err)
	c.Input, c.Hidden, c.Group, c.Latents = tinyImage, []int{19, 12}, 5, 4
	for i := range classes {
		c.Classes = append(c.Classes, fmt.Sprint(i))
	}
	m, err := model.New(c, 7)
	require.NoError(t, err)
	m.Provenance = model.Provenance{Settings: "fast", Seed: 11}
	if small {
		m, err = m.Quantise()
		require.NoError(t, err)
	}
	return m
}

// rehearsing returns a learner of m that rehearses within a budget.
func rehearsing(t testing.TB, m *model.Model, budget, threads int) *Learner {
	l, err := NewLearner(m, threads)
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	require.NoError(t, l.Rehearse(NewRehearsal(budget, m.Config.Input)))
	return l
}

// resumed returns the learner that goes on from l's checkpoint as a file.
func resumed(t testing.TB, l *Learner, threads int) *Learner {
	c, err := model.DecodeCheckpoint(bytes.NewReader(stateOf(t, l)))
	require.NoError(t, err)
	again, err := ResumeLearner(c, threads)
	require.NoError(t, err)
	t.Cleanup(func() { again.Close() })
	return again
}

// eachForm runs f with float32 and with int8.
func eachForm(t *testing.T, f func(t *testing.T, small bool)) {
	for name, small := range map[string]bool{"float32": false, "int8": true} {
		t.Run(name, func(t *testing.T) { f(t, small) })
	}
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 5)) }
