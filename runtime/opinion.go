package runtime

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime/ridge"
)

// ErrNoOpinion: the learner has no second opinion, see Rehearsal.Opinion. It is an
// ErrOperation.
var ErrNoOpinion = fmt.Errorf("%w: the learner has no second opinion", ErrOperation)

// opinion is a ridge classifier beside the network, which has seen all that a learner
// was shown, in whatever order, and forgets nothing. Its labels are numbers that are
// given once and never again, so that classes may come and go.
type opinion struct {
	*ridge.Classifier
	labels []int // per class of the learner: the classifier's label
	next   int   // the first label that was never given
}

// opinionState is what a checkpoint keeps of it besides the classifier.
type opinionState struct {
	Labels []int `json:"labels"`
	Next   int   `json:"next"`
}

// keepOpinion is the name under which a checkpoint keeps the classifier.
const keepOpinion = "ridge"

// newOpinion returns one of that many features that has seen nothing.
func newOpinion(features int, in model.Input, classes int, seed uint64) (*opinion, error) {
	c, err := ridge.New(ridge.Options{Inputs: in.Size(), Width: in.Width, Features: features, Seed: seed})
	if err != nil {
		return nil, fmt.Errorf("%w: second opinion: %w", ErrSettings, err)
	}
	o := &opinion{Classifier: c}
	o.grow(classes)
	return o, nil
}

// decodeOpinion takes one from a checkpoint.
func decodeOpinion(b []byte, s *opinionState, in model.Input, classes int) (*opinion, error) {
	c, err := ridge.Decode(bytes.NewReader(b))
	switch {
	case err != nil:
		return nil, err
	case s == nil || len(s.Labels) != classes || c.Options().Inputs != in.Size() || c.Classes() > s.Next:
		return nil, fmt.Errorf("%w: a second opinion on other classes or inputs than the model's", ErrSettings)
	}
	for i, label := range s.Labels {
		if label < 0 || label >= s.Next || slices.Contains(s.Labels[:i], label) {
			return nil, fmt.Errorf("%w: label %d of a second opinion", ErrSettings, label)
		}
	}
	return &opinion{c, s.Labels, s.Next}, nil
}

// grow gives new classes labels, up to so many.
func (o *opinion) grow(classes int) {
	for len(o.labels) < classes {
		o.labels = append(o.labels, o.next)
		o.next++
	}
}

// shrink forgets a class.
func (o *opinion) shrink(class int) error {
	label := o.labels[class]
	o.labels = slices.Delete(o.labels, class, class+1)
	if label >= o.Classes() {
		return nil // it was never shown
	}
	return o.RemoveClass(label)
}

// see takes a sample of a class in.
func (o *opinion) see(x []float32, class int) error { return o.Add(x, o.labels[class]) }

// SecondOpinion returns the class, a label, that a ridge regression on random features
// takes a sample of D inputs for, and how much more it says so than for the class
// that comes next; −1 before anything was shown. It depends on what was shown, not on
// the order, and learns in closed form: where it disagrees with the network, one of
// them is worth a look. Solving for what came since the last time takes milliseconds.
func (l *Learner) SecondOpinion(ctx context.Context, x []float32) (class int, lead float32, err error) {
	o := l.opinion
	if o == nil {
		return -1, 0, ErrNoOpinion
	}
	if o.Samples() == 0 {
		return -1, 0, nil
	}
	if err := o.SolveEvery(ctx, 1); err != nil {
		return -1, 0, err
	}
	scores := make([]float32, o.Classes())
	if _, err := o.Predict(scores, x); err != nil {
		return -1, 0, err
	}
	class = -1
	var second float32
	for c, label := range o.labels {
		switch {
		case label >= len(scores):
		case class < 0:
			class, second = c, scores[label]-1
		case scores[label] > scores[o.labels[class]]:
			class, second = c, scores[o.labels[class]]
		case scores[label] > second:
			second = scores[label]
		}
	}
	if class < 0 {
		return -1, 0, nil
	}
	return class, scores[o.labels[class]] - second, nil
}
