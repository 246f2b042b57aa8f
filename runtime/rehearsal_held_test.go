package runtime

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/runtime/replay"
)

// serialBits is how many pixels of a numbered picture spell its number.
const serialBits = 24

// numberedPicture writes a picture that memories of any bits keep as it is, and which
// says its number.
func numberedPicture(dst []byte, n int) {
	for i := range dst {
		dst[i] = 0
		if i < serialBits && n>>i&1 == 1 || i >= serialBits && (n*7+i)%3 == 0 {
			dst[i] = 255
		}
	}
}

// serialOf returns the number of a remembered picture.
func serialOf(x []float32) (n int) {
	for i, v := range x[:serialBits] {
		if v > 0.5 {
			n |= 1 << i
		}
	}
	return n
}

// serialsIn returns the numbers of a memory's pictures and their labels.
func serialsIn(m *replay.Memory) map[int]int {
	list, x := map[int]int{}, make([]float32, m.Inputs())
	for i := range m.Len() {
		label := m.Sample(x, i)
		list[serialOf(x)] = label
	}
	return list
}

// TestHeldBackIsNeverLearned: whatever the samples are that are held back, network,
// moments and the memory of the others have the same bits.
func TestHeldBackIsNeverLearned(t *testing.T) {
	eachForm(t, func(t *testing.T, small bool) {
		size := tinyImage.Size()
		life := func(picture func(dst []byte, n int)) *Learner {
			l := rehearsing(t, tinyModel(t, 3, small), 30_000, 1)
			n := 0
			pictures := func(count int) []byte {
				pixels := make([]byte, count*size)
				for i := range count {
					picture(pixels[i*size:(i+1)*size], n)
					n++
				}
				return pixels
			}
			for k := range 12 {
				op := &Learn{Classes: []string{"0", "1", "2"}, Size: size, Pixels: pictures(15)}
				for i := range 15 {
					op.Labels = append(op.Labels, i*(k+1)%3)
				}
				require.NoError(t, l.Apply(op))
			}
			require.NoError(t, l.Apply(&Teach{Class: "3", New: true, Size: size, Pixels: pictures(25)}))
			require.NoError(t, l.Apply(&Correct{Class: "1", Was: "3", Size: size, Pixels: pictures(12)}))
			require.NoError(t, l.Apply(&Sleep{10, 0, 10}))
			return l
		}
		a := life(numberedPicture)
		held := serialsIn(a.Held())
		require.Greater(t, len(held), 15)
		for n := range held {
			require.NotContains(t, serialsIn(a.Memory()), n)
			require.Less(t, n, 12*15+25, "corrections are all learned")
		}
		b := life(func(dst []byte, n int) {
			numberedPicture(dst, n)
			if _, isHeld := held[n]; isHeld {
				for i := range dst {
					dst[i] = byte(91*i + n)
				}
			}
		})
		require.NotEqual(t, encodedMemory(a.Held()), encodedMemory(b.Held()))
		require.True(t, bytes.Equal(encodedMemory(a.Memory()), encodedMemory(b.Memory())))
		b.held = a.held
		require.True(t, bytes.Equal(stateOf(t, a), stateOf(t, b)))
	})
}

// TestHeldBackShare: of every class the wanted share is held back, however its samples
// come, and a tenth of that once there are enough.
func TestHeldBackShare(t *testing.T) {
	for name, feed := range map[string]func(t *testing.T, l *Learner, samples int){
		"one class at a time": func(t *testing.T, l *Learner, samples int) {
			for _, class := range l.Classes() {
				for n := 0; n < samples; n += 10 {
					require.NoError(t, l.Apply(learnOf(n, cycle(10, class)...)))
				}
			}
		},
		"in turn": func(t *testing.T, l *Learner, samples int) {
			for n := 0; n < samples; n += 10 {
				require.NoError(t, l.Apply(learnOf(n, cycle(30, l.Classes()...)...)))
			}
		},
		"one by one": func(t *testing.T, l *Learner, samples int) {
			for n := range samples * 3 {
				require.NoError(t, l.Apply(learnOf(n, l.Classes()[n%3])))
			}
		},
		"remembered": func(t *testing.T, l *Learner, samples int) {
			data := &samplesOf{size: tinyImage.Size(), n: samples * 3, classes: 3}
			require.NoError(t, l.Remember(data))
		},
		"unevenly": func(t *testing.T, l *Learner, samples int) {
			var list []string
			for i := range samples * 3 {
				list = append(list, l.Classes()[min(i%7/2, 2)])
			}
			for n := 0; n+7 <= len(list); n += 7 {
				require.NoError(t, l.Apply(learnOf(n, list[n:n+7]...)))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := rehearsing(t, tinyModel(t, 3, false), 100_000, 1)
			feed(t, l, 200)
			for label := range 3 {
				_, learned := l.Memory().Count(label)
				_, held := l.Held().Count(label)
				require.InDelta(t, float64(learned+held)/10, float64(held), 1, "class %d", label)
				require.Greater(t, held, uint64(12))
			}
			for kept, _ := l.Held().Count(0); kept < heldEnough; kept, _ = l.Held().Count(0) {
				require.NoError(t, l.Apply(learnOf(7000, cycle(10, "0")...)))
			}
			_, before := l.Held().Count(0)
			for n := range 30 {
				require.NoError(t, l.Apply(learnOf(8000+10*n, cycle(10, "0")...)))
			}
			_, after := l.Held().Count(0)
			require.InDelta(t, 3, float64(after-before), 1)
		})
	}
}

// samplesOf is a data set of classes in turn.
type samplesOf struct{ size, n, classes int }

func (s *samplesOf) Len() int { return s.n }

func (s *samplesOf) Sample(dst []float32, i int) int {
	pixels := make([]byte, s.size)
	glyph(pixels, fmt.Sprint(i%s.classes), i)
	tinyImage.ScaleBytes(dst, pixels)
	return i % s.classes
}

// TestLessonsHoldBack: of a lesson too, but not of a single sample, and never all.
func TestLessonsHoldBack(t *testing.T) {
	l := rehearsing(t, tinyModel(t, 2, false), 100_000, 1)
	for i := range 4 {
		require.NoError(t, l.Apply(teachOf("0", i, 1)))
	}
	require.Zero(t, l.Held().Len())
	require.NoError(t, l.Apply(teachOf("0", 100, 30)))
	_, held := l.Held().Count(0)
	require.InDelta(t, 3, float64(held), 1)
	_, learned := l.Memory().Count(0)
	require.EqualValues(t, 34, learned+held)
	none := NewRehearsal(3000, tinyImage)
	none.Held = 0
	require.NoError(t, l.Rehearse(none))
	require.Nil(t, l.Held())
	require.NoError(t, l.Apply(learnOf(0, cycle(40, "0", "1")...)))
	require.Equal(t, 40, l.Memory().Len())
	again := resumed(t, l, 1)
	require.Nil(t, again.Held())
}

// TestRememberChecks what it is given, and learns nothing.
func TestRememberChecks(t *testing.T) {
	l := rehearsing(t, tinyModel(t, 3, false), 100_000, 1)
	before := l.Snapshot()
	require.NoError(t, l.Remember(&samplesOf{tinyImage.Size(), 50, 3}))
	require.Equal(t, before, l.Snapshot())
	require.Equal(t, 50, l.Memory().Len()+l.Held().Len())
	require.ErrorIs(t, l.Remember(&samplesOf{tinyImage.Size(), 4, 4}), ErrSample)
	require.ErrorIs(t, l.Remember(&samples{x: [][]float32{make([]float32, 30)}, y: []int{-1}}), ErrSample)
	beyond := make([]float32, 30)
	beyond[3] = 2
	require.ErrorIs(t, l.Remember(&samples{x: [][]float32{beyond}, y: []int{1}}), replay.ErrSample)
}
