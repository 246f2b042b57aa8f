package runtime

import (
	"slices"

	"github.com/pffedge/pffedge/simd"
)

// How a learner that rehearses studies a lesson. A tenth MNIST class from 20 samples
// wants that many steps; what is known already needs fewer.
const (
	lessonRows    = 64  // samples a step
	lessonNew     = 16  // of them, at most, of the lesson
	lessonCopies  = 4   // at most that many times each
	lessonSteps   = 300 // for a class that is young
	lessonAgain   = 100 // for one that is known
	lessonYoung   = 100 // remembered samples up to which a class is young
	lessonMask    = 0.2 // Settings.Mask
	lessonAgainst = 0.3 // share of remembered samples whose negative label is a young class
)

// study is a lesson of a learner that rehearses: the samples of l.lesson.
type study struct {
	class   int
	was     int // what they were taken for, or −1
	samples int
	hold    bool // some of them may be held back
	kept    bool // they are in the memory already
}

// rehearse learns a lesson: in every step some of its samples, warped each time in
// another way, beside remembered ones of all classes, with a rate that falls to 0.
// Remembered samples learn against a class that is young, which the read-out's own
// mistakes would hardly lead them to, and samples that were taken for another class
// against that. What is new is remembered afterwards.
func (l *Learner) rehearse(s study) error {
	learned := l.holdBack(&s)
	known, _ := l.memory.Count(s.class)
	steps := lessonSteps
	if known > lessonYoung {
		steps = lessonAgain
	}
	l.t.set.Mask = lessonMask
	defer func() { l.t.set.Mask, l.t.demanded = l.rehearsal.Mask, l.t.demanded[:0] }()
	for n := range steps {
		l.batch.reset(l.memory, l.Input())
		l.addNew(&s, learned, n)
		l.batch.replay(lessonRows-len(l.batch.rows), uint64(l.steps))
		l.demand(&s, known <= lessonYoung)
		if err := l.step(cosine(float64(n) / float64(steps))); err != nil {
			return err
		}
	}
	if !s.kept {
		if err := l.remember(learned, s.class); err != nil {
			return err
		}
	}
	return l.endLesson()
}

// holdBack puts the samples of a lesson that are held back away and returns the
// numbers of the others.
func (l *Learner) holdBack(s *study) (learned []int) {
	x := l.sample()
	offered := 0
	learned = l.learned[:0]
	for i := range s.samples {
		if s.hold && s.samples > 1 && l.holdsAfter(s.class, offered) {
			l.lesson.Sample(x, i)
			if _, err := l.held.Add(x, s.class); err == nil {
				continue
			}
		}
		offered++
		learned = append(learned, i)
	}
	l.learned = learned
	return learned
}

// addNew adds step n's share of the lesson to the batch.
func (l *Learner) addNew(s *study, learned []int, n int) {
	rows, key := min(lessonNew, lessonCopies*len(learned)), l.key()
	if l.memory.Len() == 0 {
		rows = lessonRows
	}
	for k := range rows {
		i := learned[(n*rows+k)%len(learned)]
		l.batch.add(row{from: &l.lesson.values, i: i, label: s.class, warped: l.rehearsal.Warp, key: simd.Mix(key, uint64(k))})
	}
}

// demand says which negative labels the batch must have.
func (l *Learner) demand(s *study, young bool) {
	l.t.demanded = slices.Grow(l.t.demanded[:0], len(l.batch.rows))
	for k := range l.batch.rows {
		l.t.demanded = append(l.t.demanded, l.against(s, k, young))
	}
}

// against returns the negative label that row k of the batch must have, or −1.
func (l *Learner) against(s *study, k int, young bool) int {
	r := &l.batch.rows[k]
	switch isNew := r.from != nil; {
	case isNew && s.was >= 0 && k%2 == 0:
		return s.was
	case !isNew && young && r.label != s.class && l.chance(k) < lessonAgainst:
		return s.class
	}
	return -1
}

// chance is uniform in [0, 1), for row k of the step at hand.
func (l *Learner) chance(k int) float64 {
	return float64(simd.Mix(l.key(), 1<<32, uint64(k))>>11) / (1 << 53)
}

// remember puts samples of the lesson into the memory.
func (l *Learner) remember(samples []int, class int) error {
	x := l.sample()
	for _, i := range samples {
		l.lesson.Sample(x, i)
		if err := l.store(x, class, false); err != nil {
			return err
		}
	}
	return nil
}
