package continual

import (
	"context"
	"slices"
)

// runStream measures by protocols a, b and c.
func (p *Plan) runStream(ctx context.Context, kind Kind, seed uint64, train, test *Images) (*Run, error) {
	plan := *p
	tasks := p.tasks(seed, train, test)
	o, total := p.options(seed, train), p.length(tasks)
	if kind.Mixed {
		total = plan.mix(kind, tasks)
		o.Batch, o.Batches = plan.Batch, total
	}
	pupil, err := kind.New(o)
	if err != nil {
		return nil, err
	}
	defer pupil.Close()
	c := newCourse(&plan, pupil, tasks, train, test, newRun(p.Protocol, seed, tasks, train))
	c.total = total
	if kind.Mixed {
		err = c.learnMixed(ctx, seed)
	} else {
		err = c.learnTasks(ctx, seed)
	}
	if err != nil {
		return nil, err
	}
	return c.run, c.finish(ctx)
}

// newRun returns an empty run of some tasks.
func newRun(protocol Protocol, seed uint64, tasks []Task, train *Images) *Run {
	r := &Run{Seed: seed, Seen: Seen{By: protocol.group(), Names: train.Classes}}
	for i := range tasks {
		r.Tasks = append(r.Tasks, tasks[i].Name)
		r.Seen.Order = append(r.Seen.Order, tasks[i].Classes...)
	}
	if protocol == DomainIncremental {
		r.Seen.Names, r.Seen.Order = r.Tasks, classOrder(0, len(tasks))
	}
	return r
}

// mixedBatch is how many images pupils get at once that see them many times.
const mixedBatch = 200

// mix makes the plan one for pupils that see all tasks mixed, and returns how many
// batches that takes.
func (p *Plan) mix(kind Kind, tasks []Task) int {
	if kind.Joint {
		p.Batch = mixedBatch
	} else {
		p.JointEpochs = 1
	}
	return p.JointEpochs * batchesOf(len(places(tasks, 0)), p.Batch)
}

func (c *course) learnMixed(ctx context.Context, seed uint64) error {
	for batch := range mixed(c.tasks, seed, c.Batch, c.JointEpochs) {
		if err := c.learn(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

// learnTasks shows the pupil task after task, and measures it after each.
func (c *course) learnTasks(ctx context.Context, seed uint64) error {
	for i := range c.tasks {
		if c.Protocol.Told() {
			if err := c.pupil.Task(i, len(c.tasks)); err != nil {
				return err
			}
		}
		for batch := range c.tasks[i].stream(seed, i, c.Batch, c.Plan.batches()) {
			if err := c.learn(ctx, batch); err != nil {
				return err
			}
		}
		c.run.Ends = append(c.run.Ends, c.run.Samples)
		row, err := c.row(ctx, c.measured(i))
		if err != nil {
			return err
		}
		c.run.Matrix = append(c.run.Matrix, row)
	}
	return nil
}

// measured is on how many tasks a pupil is measured after task i: on those that it
// has seen, and where it can know something of the next, on that.
func (c *course) measured(i int) int {
	if c.Protocol == DomainIncremental {
		return min(i+2, len(c.tasks))
	}
	return i + 1
}

// finish measures when the stream is over, lets the pupil sleep and measures again.
func (c *course) finish(ctx context.Context) error {
	r := c.run
	if c.batches%c.Every != 0 {
		if err := c.look(ctx, c.begun-1, false); err != nil {
			return err
		}
	}
	c.account()
	for _, stage := range []struct {
		final   *[]float64
		figures *Figures
		sleep   bool
	}{{&r.Final.Stream, &r.Stream, false}, {&r.Final.Slept, &r.Slept, true}} {
		if stage.sleep {
			if err := c.sleep(ctx); err != nil {
				return err
			}
		}
		row, err := c.final(ctx, stage.sleep)
		if err != nil {
			return err
		}
		*stage.final, *stage.figures = row, figuresOf(r.Matrix, row)
	}
	r.FWT = transfer(r.Matrix, 1/float64(len(c.train.Classes)))
	r.Bytes = c.pupil.Cost().Bytes
	return nil
}

// final returns the accuracies on all tasks, which after the last one are known
// already until the pupil sleeps.
func (c *course) final(ctx context.Context, slept bool) ([]float64, error) {
	if rows := c.run.Matrix; len(rows) > 0 && !slept {
		return rows[len(rows)-1], nil
	}
	return c.row(ctx, len(c.tasks))
}

// account fills in what the stream has cost.
func (c *course) account() {
	r, n := c.run, float64(max(c.run.Samples, 1))
	r.Prequential, r.MultiplyAdds = float64(c.right)/n, c.pupil.Cost().MultiplyAdds/n
	if r.Seconds > 0 {
		r.SamplesPerSecond = float64(r.Samples) / r.Seconds
	}
	slices.Sort(c.each)
	r.P50, r.P95 = 1e3*quantile(c.each, 0.5), 1e3*quantile(c.each, 0.95)
}

// quantile returns the value below which a share q of a sorted list lies,
// interpolated between neighbours; 0 of an empty one.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	at := q * float64(len(sorted)-1)
	low := int(at)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}
