package runtime

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// forDreams are the streams of dreams; it lies apart from the purposes in random.go.
const forDreams uint64 = 1 << 8

// dreamsAtOnce is how many dreams are synthesised and judged together.
const dreamsAtOnce = 100

// Dreams are labelled samples of classes that are gone, which frozen models imagine:
// generative replay (Shin et al., "Continual Learning with Deep Generative Replay",
// arXiv 1705.08690) with a small generator a task, none of which ever learns from
// dreams, so that nothing fades from task to task.
//
// Task by task, for a learner that must not forget:
//
//	dreamer, err := NewDreamer(input, classes, DreamerOptions{Seed: seed}, threads)
//	for each batch of the task:
//		learner:  the batch ∪ as many dreams, numbers by Draw, samples by Sample
//		dreamer:  Learn(batch), scale falling along a cosine to 0
//		          Observe(batch) in the last 40 batches
//	m, err := dreamer.Freeze(ctx); dreamer.Close()
//	dreams.Add(m)                           // m.Quantise() first: a quarter of the bytes
//	dreams.Dream(ctx, learner's session, DreamOptions{Seed: task})
//
// They are Samples, labelled by the numbers that their classes have in the model that
// judged them. They belong to one goroutine; Close them when done.
type Dreams struct {
	threads int
	sources []*dreamSource
	size    int         // D
	pixels  []byte      // of the dreams, rows×D, 0…255 for 0…1, class by class
	labels  []int       // of the dreams
	classes []dreamSpan // that have dreams, by label
}

// dreamSource is a frozen model and the classes that it is to dream.
type dreamSource struct {
	session *Session
	classes []int // in its model
}

// dreamSpan are the dreams of a class.
type dreamSpan struct{ label, from, to int }

// NewDreams returns dreams of nothing yet; threads ≥ 1.
func NewDreams(threads int) *Dreams { return &Dreams{threads: threads} }

// Close ends the threads of all models.
func (d *Dreams) Close() {
	for _, s := range d.sources {
		s.session.Close()
	}
	d.sources = nil
	d.Drop()
}

// Add adds a model that must not change any more. It is to dream the classes that it
// has a mixture for (ErrNoMixture if there are none), instead of any model added
// before. Models of other inputs than the first one's are ErrInput.
func (d *Dreams) Add(m *model.Model) error {
	e, err := New(m)
	if err != nil {
		return err
	}
	var classes []int
	for class, mixture := range m.PerClass {
		if len(mixture) > 0 {
			classes = append(classes, class)
		}
	}
	size := m.Config.Input.Size()
	switch {
	case len(classes) == 0:
		return ErrNoMixture
	case len(d.sources) > 0 && size != d.size:
		return fmt.Errorf("%w: dreams of %d values among those of %d", ErrInput, size, d.size)
	}
	d.size = size
	for _, s := range d.sources {
		s.classes = slices.DeleteFunc(s.classes, func(c int) bool { return dreamsOf(m, classes, s.name(c)) })
	}
	d.sources = slices.DeleteFunc(d.sources, func(s *dreamSource) bool {
		if len(s.classes) == 0 {
			s.session.Close()
		}
		return len(s.classes) == 0
	})
	d.sources = append(d.sources, &dreamSource{NewSession(e, d.threads), classes})
	return nil
}

func dreamsOf(m *model.Model, classes []int, name string) bool {
	return slices.ContainsFunc(classes, func(c int) bool { return m.Config.Classes[c] == name })
}

func (s *dreamSource) name(class int) string { return s.session.model.Config.Classes[class] }

// DreamOptions say what to dream. 0 stands for what is in brackets.
type DreamOptions struct {
	PerClass int     // dreams of each class, at most (2,000)
	Method   Method  // how the judge answers (Readout)
	Sure     float32 // what the judge must believe in a dream's label at least
	Seed     uint64  // equal seeds give equal dreams
}

// dreamsPerClass is the usual DreamOptions.PerClass.
const dreamsPerClass = 2000

// Dream replaces the dreams by new ones that judge, a session of the learner before it
// goes on, takes for what they are meant to be. What it takes for another class is
// drawn anew; a class ends up with fewer dreams if 8 times as many were not enough.
// A class that the judge does not have is ErrInput.
func (d *Dreams) Dream(ctx context.Context, judge *Session, o DreamOptions) error {
	d.Drop()
	if o.Method == "" {
		o.Method = Readout
	}
	if o.PerClass == 0 {
		o.PerClass = dreamsPerClass
	}
	if o.PerClass < 0 || !(o.Sure >= 0 && o.Sure <= 1) {
		return fmt.Errorf("%w: %d dreams a class with a belief of %v", ErrSettings, o.PerClass, o.Sure)
	}
	names := judge.model.Config.Classes
	if len(d.sources) > 0 && judge.model.Config.Input.Size() != d.size {
		return fmt.Errorf("%w: dreams of %d values for a judge of %s", ErrInput, d.size, judge.model.Config.Input)
	}
	for label, name := range names {
		for _, s := range d.sources {
			for _, class := range s.classes {
				if s.name(class) != name {
					continue
				}
				if err := d.dreamClass(ctx, s, class, judge, label, &o); err != nil {
					d.Drop()
					return err
				}
			}
		}
	}
	for _, s := range d.sources {
		for _, class := range s.classes {
			if !slices.Contains(names, s.name(class)) {
				d.Drop()
				return fmt.Errorf("%w: dreams of class %q, which the judge does not have", ErrInput, s.name(class))
			}
		}
	}
	return nil
}

// dreamClass adds the dreams of a class, each drawn by seed, label and number.
func (d *Dreams) dreamClass(ctx context.Context, s *dreamSource, class int, judge *Session, label int, o *DreamOptions) error {
	m := s.session.model
	latents, images := simd.NewMatrix(dreamsAtOnce, m.Config.Latents), simd.NewMatrix(dreamsAtOnce, d.size)
	span := dreamSpan{label, len(d.labels), len(d.labels)}
	for drawn := 0; drawn < imagineTries*o.PerClass && span.to-span.from < o.PerClass; drawn += dreamsAtOnce {
		for i := range dreamsAtOnce {
			drawLatent(latents.Row(i), m.PerClass[class], rand.New(rand.NewPCG(o.Seed, simd.Mix(forDreams, uint64(label), uint64(drawn+i)))))
		}
		if err := s.session.Synthesize(ctx, images, latents); err != nil {
			return err
		}
		p, err := judge.Predict(ctx, images, o.Method)
		if err != nil {
			return err
		}
		for i := 0; i < dreamsAtOnce && span.to-span.from < o.PerClass; i++ {
			if argMax(p.Row(i)) == label && p.Row(i)[label] >= o.Sure {
				d.keep(images.Row(i), label)
				span.to++
			}
		}
	}
	if span.to > span.from {
		d.classes = append(d.classes, span)
	}
	return nil
}

func (d *Dreams) keep(x []float32, label int) {
	for _, v := range x {
		d.pixels = append(d.pixels, byte(math.RoundToEven(255*float64(v))))
	}
	d.labels = append(d.labels, label)
}

// Drop forgets the dreams and their memory, but not what dreams them.
func (d *Dreams) Drop() { d.pixels, d.labels, d.classes = nil, nil, nil }

// Len returns the number of dreams.
func (d *Dreams) Len() int { return len(d.labels) }

// Sample implements Samples.
func (d *Dreams) Sample(dst []float32, i int) int {
	for j, v := range d.pixels[i*d.size : (i+1)*d.size] {
		dst[j] = float32(v) / 255
	}
	return d.labels[i]
}

// Count returns how many dreams there are of a class.
func (d *Dreams) Count(label int) int {
	for _, c := range d.classes {
		if c.label == label {
			return c.to - c.from
		}
	}
	return 0
}

// Draw appends the numbers of n dreams to dst, of all classes alike in turn, from one
// that seed chooses on; none if there are no dreams. Equal seeds give equal numbers.
func (d *Dreams) Draw(dst []int, n int, seed uint64) []int {
	if len(d.classes) == 0 {
		return dst
	}
	r := rand.New(rand.NewPCG(seed, forDreams))
	first := r.IntN(len(d.classes))
	for k := range n {
		c := d.classes[(first+k)%len(d.classes)]
		dst = append(dst, c.from+r.IntN(c.to-c.from))
	}
	return dst
}

// Bytes returns what has to be kept in order to dream: generative weights and the
// mixtures of classes to be dreamed, of all models. A model's other weights take part
// in no dream; a Dreamer's follow from its seed.
func (d *Dreams) Bytes() (n int64) {
	for _, s := range d.sources {
		m := s.session.model
		n += generativeBytes(m)
		size := int64(m.Config.Latents)
		for _, class := range s.classes {
			n += 4 * int64(len(m.PerClass[class])) * (1 + size + size*(size+1)/2)
		}
	}
	return n
}

// generativeBytes returns what the weights Gy and G_L … G_1 of m take: a byte each in
// int8, with a scale of 4 a column, else 4. Padding does not count.
func generativeBytes(m *model.Model) (n int64) {
	c := &m.Config
	above, each, column := c.Latents, int64(4), int64(0)
	if m.Int8 != nil {
		each, column = 1, 4
	}
	for l := len(c.Hidden) - 1; l >= -1; l-- {
		below := c.Input.Size()
		if l >= 0 {
			below = c.Hidden[l]
		}
		n += each*int64(above)*int64(below) + column*int64(below)
		above = below
	}
	return n
}

// DreamtBytes returns what the dreams themselves take until they are dropped.
func (d *Dreams) DreamtBytes() int64 { return int64(cap(d.pixels)) + 8*int64(cap(d.labels)) }
