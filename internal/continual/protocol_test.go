package continual

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestClassIncremental: so many whole batches a task, of its classes alone, told
// beforehand.
func TestClassIncremental(t *testing.T) {
	p := NewPlan(ClassIncremental)
	p.Batches, p.Batch = 4, 50
	r, pupils := shown(t, p, 0)
	m := pupils[0]
	require.Equal(t, []string{"task 0 of 5 after 0", "task 1 of 5 after 4", "task 2 of 5 after 8", "task 3 of 5 after 12", "task 4 of 5 after 16", "finish", "close"}, m.calls)
	require.Len(t, m.batches, 20)
	for i, labels := range m.batches {
		require.Len(t, labels, 50)
		for _, label := range labels {
			require.Equal(t, i/4, label/2)
		}
	}
	for image, times := range m.shown {
		require.InDelta(t, 2, times, 1, "200 of 120 images: %x", image[:4])
	}
	require.Equal(t, []string{"0, 1", "2, 3", "4, 5", "6, 7", "8, 9"}, r.Tasks)
	require.Equal(t, []int{200, 400, 600, 800, 1000}, r.Ends)
	require.Greater(t, r.Slept.ACC, 0.5, "means of classes are not forgotten")
	for i, row := range r.Matrix {
		require.Len(t, row, i+1)
	}
	require.Nil(t, r.FWT)
}

// TestOnline: every sample once, class by class, no boundary told; what is left at the
// end of a task is a batch.
func TestOnline(t *testing.T) {
	for _, batch := range []int{10, 1, 7} {
		p := NewPlan(Online)
		require.Equal(t, 10, p.Batch)
		p.Batch = batch
		r, pupils := shown(t, p, 3)
		m := pupils[0]
		require.Equal(t, []string{"finish", "close"}, m.calls)
		require.Len(t, m.batches, 5*batchesOf(120, batch))
		order := classOrder(3, 10)
		require.Equal(t, order, r.Seen.Order)
		n := 0
		for _, labels := range m.batches {
			for _, label := range labels {
				require.Contains(t, order[n/120*2:n/120*2+2], label)
				n++
			}
		}
		require.Equal(t, 600, n)
		require.Equal(t, 600, r.Samples)
		for i := range digits(t).train.Labels {
			image := string(digits(t).train.Image(i))
			require.Positive(t, m.shown[image])
			m.shown[image]--
		}
		require.InDelta(t, float64(digits(t).train.Size()), r.MultiplyAdds, 1e-9)
		require.EqualValues(t, 10*8*digits(t).train.Size(), r.Bytes)
	}
}

// TestOnlineLooks: every hundred batches, at the end and after sleep, over the classes
// seen so far.
func TestOnlineLooks(t *testing.T) {
	p := NewPlan(Online)
	p.Batch, p.Watch = 1, 100
	r, _ := shown(t, p, 0)
	var at []int
	least := 1.0
	for _, l := range r.Seen.Looks {
		at = append(at, l.Batches)
		require.Equal(t, l.Batches, l.Samples)
		for class, recall := range l.Recall {
			require.Equal(t, class < 2*(l.Task+1), recall != nil, l)
		}
		least = min(least, l.Accuracy)
	}
	require.Equal(t, []int{100, 200, 300, 400, 500, 600, 600}, at)
	require.True(t, r.Seen.Looks[6].Slept)
	require.Equal(t, least, r.MinACC)
	require.Less(t, r.Prequential, 1.0)
	require.Greater(t, r.Prequential, 0.5)
}

// TestDomainIncremental: all classes in every task, one pass each, told; what the next
// task is like is measured beforehand.
func TestDomainIncremental(t *testing.T) {
	for _, variant := range Variants() {
		p := NewPlan(DomainIncremental)
		p.Variant, p.Tasks, p.Batch, p.Every = variant, 4, 32, 7
		r, pupils := shown(t, p, 1)
		m := pupils[0]
		require.Len(t, m.batches, 4*batchesOf(600, 32))
		require.Equal(t, []string{"task 0 of 4 after 0", "task 1 of 4 after 19", "task 2 of 4 after 38", "task 3 of 4 after 57", "finish", "close"}, m.calls)
		require.Equal(t, []int{2, 3, 4, 4}, []int{len(r.Matrix[0]), len(r.Matrix[1]), len(r.Matrix[2]), len(r.Matrix[3])})
		require.NotNil(t, r.FWT)
		require.Equal(t, "task", r.Seen.By)
		require.Len(t, r.Seen.Looks[0].Recall, 4)
		require.NotNil(t, r.Seen.Looks[0].Recall[0])
		require.Nil(t, r.Seen.Looks[0].Recall[1])
		last := r.Seen.Looks[len(r.Seen.Looks)-1]
		require.NotNil(t, last.Recall[3])
		changed := 0
		for i := range digits(t).train.Labels {
			if m.shown[string(digits(t).train.Image(i))] == 0 {
				changed++
			}
		}
		require.Greater(t, changed, 590, "what comes looks different")
	}
}

// TestAngles are drawn from half a turn, by the seed alone.
func TestAngles(t *testing.T) {
	names := func(seed uint64) (list []string) {
		for _, task := range domainTasks(seed, Rotations, 200, digits(t).train, digits(t).test) {
			list = append(list, task.Name)
		}
		return list
	}
	require.Equal(t, names(0), names(0))
	require.NotEqual(t, names(0), names(1))
	sum := 0.0
	for _, name := range names(0) {
		var angle float64
		_, err := fmt.Sscanf(name, "%f°", &angle)
		require.NoError(t, err)
		require.True(t, angle >= 0 && angle <= 180, name)
		sum += angle / 200
	}
	require.InDelta(t, 90, sum, 15)
}

// TestTeaching: each class in turn, after one pass over the others and sleep.
func TestTeaching(t *testing.T) {
	p := NewPlan(Teaching)
	p.Shots = []int{2, 20}
	r, pupils := shown(t, p, 0)
	require.Len(t, pupils, 20, "which cannot be copied and learn anew for every number of shots")
	for i, m := range pupils {
		class, shots := i/2, p.Shots[i%2]
		require.Equal(t, []string{"finish", fmt.Sprintf("teach %d: %d", class, shots), "finish", "close"}, m.calls)
		require.Len(t, m.batches, 54)
		require.NotContains(t, slices.Concat(m.batches...), class)
		require.Equal(t, shots, m.counts[class])
	}
	require.Len(t, r.Shots, 2)
	require.Greater(t, r.Shots[1].Recall, r.Shots[0].Recall)
	require.InDelta(t, mean(r.Shots[1].ByClass), r.Shots[1].Recall, 1e-12)
	require.Equal(t, r.Shots[1].Recall, r.Shots[1].SleptRecall, "means do not sleep")
	require.LessOrEqual(t, r.Shots[1].OldChange, 0.0)
	require.InDelta(t, -r.Shots[1].OldChange, *r.Stream.Forgetting, 1e-12)
	require.Equal(t, 5400, r.Samples)
	require.Equal(t, digits(t).train.Classes, r.Tasks)
}

// TestTeachingShowsMoreOfTheSame: more shots are those before and some more.
func TestTeachingShowsMoreOfTheSame(t *testing.T) {
	p := NewPlan(Teaching)
	s := &school{Plan: &p, seed: 7, train: digits(t).train}
	require.Equal(t, s.examples(3, 5), s.examples(3, 20)[:5*s.train.Size()])
}

// TestMixed: all tasks in one order, so many passes; the boundaries are not told.
func TestMixed(t *testing.T) {
	for _, joint := range []bool{false, true} {
		p := NewPlan(DomainIncremental)
		p.Tasks, p.JointEpochs, p.Every = 2, 3, 5
		var m *means
		kind := Kind{Mixed: true, Joint: joint, New: func(o Options) (Pupil, error) {
			pupil, err := newMeans(o)
			m = pupil.(*means)
			return m, err
		}}
		r, err := p.Run(t.Context(), kind, 0, digits(t).train, digits(t).test)
		require.NoError(t, err)
		passes, batch := 1, 128
		if joint {
			passes, batch = 3, mixedBatch
		}
		require.Equal(t, passes*1200, r.Samples)
		require.Len(t, m.batches, passes*batchesOf(1200, batch))
		require.Equal(t, []any{len(m.batches), batch}, []any{m.options.Batches, m.options.Batch})
		require.Equal(t, []string{"finish", "close"}, m.calls)
		require.Len(t, r.Final.Stream, 2)
		require.Nil(t, r.Stream.Forgetting)
		require.Empty(t, r.Matrix)
	}
}

func TestPlansThatMakeNoSense(t *testing.T) {
	for name, change := range map[string]func(*Plan){
		"budget": func(p *Plan) { p.Budget = 10 }, "batch": func(p *Plan) { p.Batch = 0 }, "batches": func(p *Plan) { p.Batches = 0 },
		"tasks": func(p *Plan) { p.Tasks = 0 }, "epochs": func(p *Plan) { p.JointEpochs = -1 }, "layer": func(p *Plan) { p.Hidden = []int{0} },
		"no hidden": func(p *Plan) { p.Hidden = nil }, "shots": func(p *Plan) { p.Shots = []int{10, 10} }, "no numbers": func(p *Plan) { p.Shots = nil },
	} {
		p := NewPlan(Teaching)
		require.NoError(t, p.Check(Kind{}))
		change(&p)
		err := p.Check(Kind{})
		require.ErrorIs(t, err, ErrPlan, name)
		require.ErrorContains(t, err, name)
		_, err = p.Run(t.Context(), Kind{}, 0, digits(t).train, digits(t).test)
		require.ErrorIs(t, err, ErrPlan)
	}
	p := NewPlan(Teaching)
	require.ErrorIs(t, p.Check(Kind{Mixed: true}), ErrPlan)
}

// TestUnsuitableData: a class that cannot be learned, asked about or taught.
func TestUnsuitableData(t *testing.T) {
	s := digits(t)
	few, _ := s.train.Split(s.train.Len() - 5)
	p := NewPlan(Online)
	_, err := p.Run(t.Context(), kinds[0], 0, few, s.test)
	require.ErrorIs(t, err, ErrData)
	_, err = p.Run(t.Context(), kinds[0], 0, s.train, few)
	require.ErrorIs(t, err, ErrData)
	p = NewPlan(Teaching)
	p.Shots = []int{61}
	_, err = p.Run(t.Context(), kinds[0], 0, s.train, s.test)
	require.ErrorIs(t, err, ErrData)
}

func TestValidation(t *testing.T) {
	train, test := digits(t).train.Validation()
	require.Equal(t, []int{500, 100}, []int{train.Len(), test.Len()})
	require.Equal(t, digits(t).train.Image(500), test.Image(0))
	require.Equal(t, digits(t).train.Labels[599], test.Labels[99])
}

// failing is a pupil one of whose calls fails.
type failing struct {
	means
	call string
}

var errLost = errors.New("lost")

func (f *failing) err(call string) error {
	if f.call == call {
		return errLost
	}
	return nil
}

func (f *failing) Learn(p []byte, l []int) error {
	return errors.Join(f.err("learn"), f.means.Learn(p, l))
}
func (f *failing) Task(int, int) error          { return f.err("task") }
func (f *failing) Finish(context.Context) error { return f.err("finish") }
func (f *failing) Teach([]byte, int) error      { return f.err("teach") }

func (f *failing) Predict(ctx context.Context, p []byte, l []int) error {
	return errors.Join(f.err("predict"), f.means.Predict(ctx, p, l))
}

// TestPupilsErrorsAreHeard, and pupils are closed all the same.
func TestPupilsErrorsAreHeard(t *testing.T) {
	for call, protocol := range map[string]Protocol{"learn": Online, "task": ClassIncremental, "finish": Online, "teach": Teaching, "predict": Online, "new": Online} {
		p := NewPlan(protocol)
		var pupil *failing
		_, err := p.Run(t.Context(), Kind{New: func(o Options) (Pupil, error) {
			if call == "new" {
				return nil, errLost
			}
			m, _ := newMeans(o)
			pupil = &failing{*m.(*means), call}
			return pupil, nil
		}}, 0, digits(t).train, digits(t).test)
		require.ErrorIs(t, err, errLost, call)
		if pupil != nil {
			require.Equal(t, "close", pupil.calls[len(pupil.calls)-1], call)
		}
	}
}

// TestInterrupted between two batches.
func TestInterrupted(t *testing.T) {
	for _, protocol := range Protocols() {
		ctx, cancel := context.WithCancel(t.Context())
		p := NewPlan(protocol)
		p.Tell = func(done, total int, _ string) {
			require.LessOrEqual(t, done, total)
			if done == 3 {
				cancel()
			}
		}
		_, err := p.Run(ctx, Kind{New: newMeans}, 0, digits(t).train, digits(t).test)
		require.ErrorIs(t, err, context.Canceled)
	}
}
