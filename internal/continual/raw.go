package continual

import (
	"bytes"
	"context"

	"github.com/pffedge/pffedge/runtime/replay"
)

// raw replays samples of 8 bits a pixel, drawn evenly from all that it keeps: plain
// experience replay.
type raw struct {
	*network
	memory   *replay.Memory
	replayed int // samples of a batch
	batches  int // learned
	drawn    []int
}

// replayedOnline is how many samples protocols of small batches replay with each;
// the others replay as many as come.
const replayedOnline = 64

func newRaw(o Options) (Pupil, error) {
	r := &raw{replayed: o.Batch}
	if !o.Protocol.Told() {
		r.replayed = replayedOnline
	}
	var err error
	if r.memory, err = replay.New(replay.Options{Inputs: o.Width * o.Height, Budget: o.Budget, Bits: 8, Seed: o.Seed}); err != nil {
		return nil, err
	}
	if r.network, err = newNetwork(o, o.Batch+r.replayed); err != nil {
		return nil, err
	}
	r.drawn = make([]int, r.replayed)
	return r, nil
}

// Learn implements Pupil.
func (r *raw) Learn(pixels []byte, labels []int) error {
	r.batch.addPixels(pixels, labels)
	r.replay(r.replayed)
	// Kept only now: what came just now is not replayed with itself.
	if err := r.keep(len(labels)); err != nil {
		return err
	}
	return r.learn(1)
}

// replay adds n kept samples, if there are any, to the batch.
func (r *raw) replay(n int) {
	r.batches++
	for _, i := range r.memory.Draw(r.drawn[:n], replay.Uniform, uint64(r.batches)) {
		r.memory.Sample(r.batch.add(r.memory.Label(i)), i)
	}
}

// keep offers the first n samples of the batch to the memory.
func (r *raw) keep(n int) error {
	for i := range n {
		if _, err := r.memory.Add(r.batch.row(i), r.batch.labels[i]); err != nil {
			return err
		}
	}
	return nil
}

// Task implements Pupil.
func (r *raw) Task(int, int) error { return nil }

// Finish implements Pupil.
func (r *raw) Finish(context.Context) error { return nil }

// Lessons: so many steps, each of so many images of the class, taken in turn, beside
// replayed ones.
const (
	lessonSteps  = 300
	lessonImages = 8
)

// Teach implements Pupil.
func (r *raw) Teach(pixels []byte, label int) error {
	d := r.options.Width * r.options.Height
	n := len(pixels) / d
	labels := repeated(label, 1)
	for step := range lessonSteps {
		for k := range min(lessonImages, r.options.Batch) {
			i := (step*lessonImages + k) % n
			r.batch.addPixels(pixels[i*d:(i+1)*d], labels)
		}
		r.replay(r.replayed)
		if err := r.learn(1); err != nil {
			return err
		}
	}
	return r.keepPixels(pixels, repeated(label, n))
}

// keepPixels offers images to the memory.
func (r *raw) keepPixels(pixels []byte, labels []int) error {
	d := r.options.Width * r.options.Height
	x := make([]float32, d)
	for i, label := range labels {
		r.batch.input.ScaleBytes(x, pixels[i*d:(i+1)*d])
		if _, err := r.memory.Add(x, label); err != nil {
			return err
		}
	}
	return nil
}

// Cost implements Pupil.
func (r *raw) Cost() Cost {
	return Cost{Bytes: int64(r.memory.Bytes()), MultiplyAdds: r.work}
}

// Fork implements Forker.
func (r *raw) Fork() (Pupil, error) {
	text, err := r.memory.MarshalBinary()
	if err != nil {
		return nil, err
	}
	other := &raw{replayed: r.replayed, batches: r.batches, drawn: make([]int, r.replayed)}
	if other.memory, err = replay.Decode(bytes.NewReader(text)); err != nil {
		return nil, err
	}
	if other.network, err = r.fork(); err != nil {
		return nil, err
	}
	return other, nil
}
