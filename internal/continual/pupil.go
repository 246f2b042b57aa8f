package continual

import "context"

// Pupil is a learner to be measured. It belongs to one goroutine.
//
// Images are rows of D = Options.Width·Options.Height bytes, 0…255, one behind the
// other. A label is the number of the image's class, 0…Options.Classes−1; a class
// may turn up at any time.
type Pupil interface {
	// Learn learns the next batch of the stream, at most Options.Batch images.
	Learn(pixels []byte, labels []int) error
	// Task says that task number task of tasks, from 0, begins. Only protocols a
	// and c tell.
	Task(task, tasks int) error
	// Finish is called when the stream is over or the device idle: time to sleep.
	Finish(ctx context.Context) error
	// Teach learns a class, which may be new, from a few images of it.
	Teach(pixels []byte, label int) error
	// Predict writes the class of every image, among those seen so far, to labels;
	// −1 before there are any.
	Predict(ctx context.Context, pixels []byte, labels []int) error
	// Cost returns what learning has cost so far.
	Cost() Cost
	Close()
}

// Forker is a pupil of which there can be two, each to learn on by itself. Protocol d
// learns the other classes once for it, and as often as there are numbers of shots
// for others.
type Forker interface {
	Pupil
	Fork() (Pupil, error)
}

// Cost is what learning has cost a pupil so far.
type Cost struct {
	// Bytes are what it keeps besides the network with its optimiser: samples,
	// labels, statistics, further copies of the model.
	Bytes int64
	// MultiplyAdds that learning took, sleep included, predicting not.
	MultiplyAdds float64
}
