package continual

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"time"
)

// Point is what was watched at a time.
type Point struct {
	Samples  int       `json:"samples"`  // learned so far
	Accuracy float64   `json:"accuracy"` // over what was seen so far
	Lowest   float64   `json:"lowest"`   // over the classes seen, in protocol c over the tasks seen
	Recall   []float64 `json:"recall"`   // per class, −1 where none was seen
}

// Run is one pupil's way through a stream.
type Run struct {
	Seed      uint64  `json:"seed"`
	Order     []int   `json:"order,omitempty"` // of the classes
	Matrix    Matrix  `json:"matrix"`
	Stream    Figures `json:"stream"`
	Slept     Figures `json:"slept"` // after sleep
	MinACC    float64 `json:"min_acc"`
	Preceding float64 `json:"prequential"`
	Points    []Point `json:"points"`

	Samples       int     `json:"samples"`
	Bytes         int64   `json:"bytes"`         // the most at any time that was watched
	MultiplyAdds  float64 `json:"multiply_adds"` // a sample of the stream, sleep left out
	Seconds       float64 `json:"seconds"`       // of learning, sleep left out
	SleepSeconds  float64 `json:"sleep_seconds"`
	MillisP50     float64 `json:"ms_p50"` // a sample: a batch's time over its samples
	MillisP95     float64 `json:"ms_p95"`
	SamplesSecond float64 `json:"samples_per_second"`
}

// runner is a run under way.
type runner struct {
	plan        *Plan
	kind        Kind
	pupil       Pupil
	train, test *Images
	tasks       []Task
	run         *Run
	seen        []bool // classes
	reached     int    // tasks begun
	times       []float64
	batches     int
	right       int
	pixels      []byte
	labels      []int
	guess       []int
	progress    func(done, total int)
	total       int
}

// Run takes a pupil of that kind through protocol a, b or c. progress, if not nil, is
// told the samples done so far and in all.
func (p *Plan) Run(ctx context.Context, kind Kind, seed uint64, train, test *Images, progress func(done, total int)) (*Run, error) {
	for what, m := range map[string]*Images{"training": train, "test": test} {
		if err := m.covers(what); err != nil {
			return nil, err
		}
	}
	r := &runner{plan: p, kind: kind, train: train, test: test, tasks: p.tasks(seed, train, test), seen: make([]bool, len(train.Classes)), progress: progress}
	r.run = &Run{Seed: seed, MinACC: 1}
	for _, t := range r.tasks {
		r.run.Order = append(r.run.Order, t.Classes...)
	}
	if p.Protocol == Domains {
		r.run.Order = nil
	}
	r.total = r.length()
	o := p.options(train, seed)
	if kind.Mixed {
		o.Batches = batchesOf(r.total, p.Batch)
	}
	var err error
	if r.pupil, err = kind.New(o); err != nil {
		return nil, err
	}
	defer r.pupil.Close()
	if kind.Mixed {
		err = r.bound(ctx, seed)
	} else {
		err = r.follow(ctx, seed)
	}
	if err != nil {
		return nil, err
	}
	return r.run, r.finish(ctx)
}

// length returns how many samples will come.
func (r *runner) length() (n int) {
	passes := 1
	if r.kind.Joint {
		passes = r.plan.Passes
	}
	for _, t := range r.tasks {
		if r.plan.Batches > 0 && !r.kind.Mixed {
			n += r.plan.Batches * r.plan.Batch
		} else {
			n += passes * len(t.Train)
		}
	}
	return n
}

// follow learns the tasks one after the other.
func (r *runner) follow(ctx context.Context, seed uint64) error {
	for i := range r.tasks {
		t := &r.tasks[i]
		if r.plan.Protocol != Online {
			if err := r.pupil.Task(i, len(r.tasks)); err != nil {
				return err
			}
		}
		r.reached = i + 1
		if err := r.learn(ctx, t.stream(seed, i, r.plan.Batch, r.plan.Batches)); err != nil {
			return err
		}
		if err := r.row(ctx); err != nil {
			return err
		}
	}
	return nil
}

// bound learns all tasks mixed.
func (r *runner) bound(ctx context.Context, seed uint64) error {
	passes := 1
	if r.kind.Joint {
		passes = r.plan.Passes
	}
	r.reached = len(r.tasks)
	if err := r.learn(ctx, mixed(r.tasks, seed, r.plan.Batch, passes)); err != nil {
		return err
	}
	return r.row(ctx)
}

// learn shows the pupil some batches, and looks at it now and then.
func (r *runner) learn(ctx context.Context, batches iter.Seq[[]place]) error {
	for batch := range batches {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.load(r.train, batch)
		right, err := r.predict(ctx)
		if err != nil {
			return err
		}
		r.right += right
		began := time.Now()
		if err := r.pupil.Learn(r.pixels, r.labels); err != nil {
			return fmt.Errorf("batch %d: %w", r.batches+1, err)
		}
		r.times = append(r.times, time.Since(began).Seconds()/float64(len(batch)))
		r.run.Seconds += time.Since(began).Seconds()
		r.run.Samples += len(batch)
		for _, label := range r.labels {
			r.seen[label] = true
		}
		if r.batches++; r.batches%r.plan.Every == 0 {
			if err := r.watch(ctx); err != nil {
				return err
			}
		}
		if r.progress != nil {
			r.progress(r.run.Samples, r.total)
		}
	}
	return nil
}

// load puts images, as their tasks show them, into r.pixels and r.labels.
func (r *runner) load(m *Images, batch []place) {
	size := m.Size()
	r.pixels = slices.Grow(r.pixels[:0], len(batch)*size)[:len(batch)*size]
	r.labels = r.labels[:0]
	for i, at := range batch {
		dst := r.pixels[i*size : (i+1)*size]
		if t := r.tasks[at.task].Transform; t != nil {
			t.Apply(dst, m.Image(at.image))
		} else {
			copy(dst, m.Image(at.image))
		}
		r.labels = append(r.labels, m.Labels[at.image])
	}
}

// predict returns how many of the loaded images the pupil knows; its answers are in
// r.guess.
func (r *runner) predict(ctx context.Context) (right int, err error) {
	r.guess = slices.Grow(r.guess[:0], len(r.labels))[:len(r.labels)]
	if err := r.pupil.Predict(ctx, r.pixels, r.guess); err != nil {
		return 0, err
	}
	for i, label := range r.labels {
		if r.guess[i] == label {
			right++
		}
	}
	return right, nil
}

// askedAtOnce is how many test images are loaded at a time.
const askedAtOnce = 500

// accuracy returns the pupil's on all test images of a task.
func (r *runner) accuracy(ctx context.Context, task int) (float64, error) {
	test, right := r.tasks[task].Test, 0
	all := make([]place, len(test))
	for i, image := range test {
		all[i] = place{task, image}
	}
	for part := range slices.Chunk(all, askedAtOnce) {
		r.load(r.test, part)
		n, err := r.predict(ctx)
		if err != nil {
			return 0, err
		}
		right += n
	}
	return float64(right) / float64(len(test)), nil
}

// row appends a row to the matrix: all tasks where a pupil may know what it has not
// learned yet, in protocol c, else the ones seen.
func (r *runner) row(ctx context.Context) error {
	row := make([]float64, len(r.tasks))
	for j := range row {
		row[j] = math.NaN()
		// One task ahead is what FWT needs.
		if ahead := r.plan.Protocol == Domains && j == r.reached; j >= r.reached && !ahead {
			continue
		}
		var err error
		if row[j], err = r.accuracy(ctx, j); err != nil {
			return err
		}
	}
	r.run.Matrix = append(r.run.Matrix, row)
	return nil
}

// watch looks at a few test images of all that was seen.
func (r *runner) watch(ctx context.Context) error {
	var list []place
	for i := range r.reached {
		test := r.tasks[i].Test
		n := max(r.plan.Watched/r.reached, 1)
		for k := range min(n, len(test)) {
			list = append(list, place{i, test[k*len(test)/min(n, len(test))]})
		}
	}
	list = slices.DeleteFunc(list, func(at place) bool { return !r.seen[r.test.Labels[at.image]] })
	byClass, byTask, all := newTally(len(r.seen)), newTally(len(r.tasks)), newTally(1)
	for part := range slices.Chunk(list, askedAtOnce) {
		r.load(r.test, part)
		if _, err := r.predict(ctx); err != nil {
			return err
		}
		for i, at := range part {
			right := r.guess[i] == r.labels[i]
			byClass.add(r.labels[i], right)
			byTask.add(at.task, right)
			all.add(0, right)
		}
	}
	lowest := byClass.lowest()
	if r.plan.Protocol == Domains {
		lowest = byTask.lowest()
	}
	p := Point{Samples: r.run.Samples, Accuracy: all.shares()[0], Lowest: lowest, Recall: byClass.shares()}
	r.run.Points = append(r.run.Points, p)
	r.run.MinACC = min(r.run.MinACC, lowest)
	r.run.Bytes = max(r.run.Bytes, r.pupil.Cost().Bytes)
	return nil
}

// finish has the pupil sleep and closes the account.
func (r *runner) finish(ctx context.Context) error {
	run := r.run
	chance := 0.0
	if r.plan.Protocol == Domains {
		chance = 1 / float64(len(r.seen))
	}
	run.Stream = run.Matrix.Figures(len(r.tasks), chance)
	cost := r.pupil.Cost()
	run.Bytes = max(run.Bytes, cost.Bytes)
	run.MultiplyAdds = cost.MultiplyAdds / float64(run.Samples)
	run.Preceding = float64(r.right) / float64(run.Samples)
	run.SamplesSecond = float64(run.Samples) / run.Seconds
	run.MillisP50, run.MillisP95 = 1000*quantile(r.times, 0.5), 1000*quantile(r.times, 0.95)
	began := time.Now()
	if err := r.pupil.Finish(ctx); err != nil {
		return err
	}
	run.SleepSeconds = time.Since(began).Seconds()
	if err := r.watch(ctx); err != nil {
		return err
	}
	if err := r.row(ctx); err != nil {
		return err
	}
	n := len(run.Matrix)
	slept := append(slices.Clone(run.Matrix[:n-2]), run.Matrix[n-1])
	run.Slept = slept.Figures(len(r.tasks), chance)
	return nil
}

// quantile returns the value below which a share q of the list lies. It sorts it.
func quantile(list []float64, q float64) float64 {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[min(int(q*float64(len(list))), len(list)-1)]
}

// tally counts what is right, by kind.
type tally struct{ right, all []int }

func newTally(kinds int) tally { return tally{make([]int, kinds), make([]int, kinds)} }

func (t tally) add(kind int, right bool) {
	t.all[kind]++
	if right {
		t.right[kind]++
	}
}

// shares returns the share of each kind that is right, −1 where there was nothing.
func (t tally) shares() []float64 {
	list := make([]float64, len(t.all))
	for i, n := range t.all {
		if list[i] = -1; n > 0 {
			list[i] = float64(t.right[i]) / float64(n)
		}
	}
	return list
}

// lowest returns the lowest of the shares there are.
func (t tally) lowest() float64 {
	least := 1.0
	for _, v := range t.shares() {
		if v >= 0 {
			least = min(least, v)
		}
	}
	return least
}
