package continual

import (
	"context"
	"fmt"
	"time"
)

// course is a pupil on its way through a stream.
type course struct {
	*Plan
	pupil       Pupil
	train, test *Images
	tasks       []Task
	run         *Run
	watch       watch

	seen           []bool // by class
	begun          int    // tasks
	batches, total int    // learned, and of the run
	before         int    // of the run, learned by other pupils
	right          int    // predictions before learning
	each           []float64
	pixels         []byte
	labels, told   []int
}

func newCourse(p *Plan, pupil Pupil, tasks []Task, train, test *Images, run *Run) *course {
	return &course{Plan: p, pupil: pupil, train: train, test: test, tasks: tasks, run: run, watch: newWatch(p, test), seen: make([]bool, len(train.Classes))}
}

// load puts samples together as they come: their pixels and labels, valid until the
// next call.
func (c *course) load(m *Images, of []place) {
	c.pixels, c.labels = c.pixels[:0], c.labels[:0]
	for _, p := range of {
		image := m.Image(p.image)
		c.pixels = append(c.pixels, image...)
		if t := c.tasks[p.task].Transform; t != nil {
			t.Apply(c.pixels[len(c.pixels)-len(image):], image)
		}
		c.labels = append(c.labels, m.Labels[p.image])
	}
}

// learn shows the pupil a batch of the stream, and looks at what it knows every so
// often.
func (c *course) learn(ctx context.Context, batch []place) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.load(c.train, batch)
	right, err := c.ask(ctx)
	if err != nil {
		return err
	}
	begin := time.Now()
	if err := c.pupil.Learn(c.pixels, c.labels); err != nil {
		return fmt.Errorf("batch %d: %w", c.batches+1, err)
	}
	seconds := time.Since(begin).Seconds()
	c.each = append(c.each, seconds/float64(len(batch)))
	c.run.Seconds, c.run.Samples, c.right = c.run.Seconds+seconds, c.run.Samples+len(batch), c.right+right
	c.batches++
	for i, p := range batch {
		c.seen[c.labels[i]], c.begun = true, max(c.begun, p.task+1)
	}
	c.tell()
	if c.batches%c.Every == 0 {
		return c.look(ctx, batch[0].task, false)
	}
	return nil
}

// ask lets the pupil predict what is loaded and counts what it gets right.
func (c *course) ask(ctx context.Context) (right int, err error) {
	c.told = append(c.told[:0], c.labels...)
	if err := c.pupil.Predict(ctx, c.pixels, c.told); err != nil {
		return 0, err
	}
	for i, label := range c.told {
		if label == c.labels[i] {
			right++
		}
	}
	return right, nil
}

// tell reports how far the run is.
func (c *course) tell() {
	if c.Tell == nil {
		return
	}
	text := ""
	if looks := c.run.Seen.Looks; len(looks) > 0 {
		text = fmt.Sprintf("%.1f %% of what was seen", 100*looks[len(looks)-1].Accuracy)
	}
	c.Tell(c.before+c.batches, c.total, text)
}

// askAtOnce is how many test images a pupil is asked about at once.
const askAtOnce = 500

// accuracy returns the share of some test images, as they look in a task, that the
// pupil knows.
func (c *course) accuracy(ctx context.Context, task int, images []int) (float64, error) {
	right, of := 0, make([]place, 0, askAtOnce)
	for lo := 0; lo < len(images); lo += askAtOnce {
		of = of[:0]
		for _, i := range images[lo:min(lo+askAtOnce, len(images))] {
			of = append(of, place{task, i})
		}
		c.load(c.test, of)
		n, err := c.ask(ctx)
		if err != nil {
			return 0, err
		}
		right += n
	}
	return float64(right) / float64(max(len(images), 1)), nil
}

// row returns the accuracies on the first n tasks.
func (c *course) row(ctx context.Context, n int) ([]float64, error) {
	row := make([]float64, n)
	for j := range row {
		var err error
		if row[j], err = c.accuracy(ctx, j, c.tasks[j].Test); err != nil {
			return nil, err
		}
	}
	return row, nil
}

// sleep lets the pupil sleep, and looks what that did.
func (c *course) sleep(ctx context.Context) error {
	before, begin := c.pupil.Cost(), time.Now()
	if err := c.pupil.Finish(ctx); err != nil {
		return err
	}
	c.run.SleepSeconds += time.Since(begin).Seconds()
	c.run.SleepAdds += c.pupil.Cost().MultiplyAdds - before.MultiplyAdds
	return c.look(ctx, c.begun-1, true)
}
