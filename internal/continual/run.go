package continual

// Run is what was measured with one seed.
type Run struct {
	Seed uint64 `json:"seed"`
	// Tasks are the names of their classes, angles or numbers; of protocol d the
	// classes that were taught.
	Tasks []string `json:"tasks"`
	// Stream and Slept are taken when the stream was over and after sleep. In
	// protocol d they are about all classes after the largest number of shots, BWT
	// is how much the old classes gained, forgetting how much they lost.
	Stream      Figures  `json:"stream"`
	Slept       Figures  `json:"slept"`
	FWT         *float64 `json:"fwt"`
	MinACC      float64  `json:"min_acc"`
	Prequential float64  `json:"prequential"`

	Bytes            int64   `json:"memory_bytes"`         // kept besides the network, in the end
	MultiplyAdds     float64 `json:"multiply_adds"`        // a sample of the stream
	SleepAdds        float64 `json:"sleep_multiply_adds"`  // of all sleep
	P50              float64 `json:"milliseconds_p50"`     // to learn a sample: its batch's time, shared out
	P95              float64 `json:"milliseconds_p95"`     //
	SamplesPerSecond float64 `json:"samples_per_second"`   // learned from the stream
	Samples          int     `json:"samples"`              // of the stream
	Seconds          float64 `json:"seconds"`              // that learning them took
	SleepSeconds     float64 `json:"sleep_seconds"`        //
	Ends             []int   `json:"task_ends"`            // samples learned by then; none of mixed tasks and protocol d
	Seen             Seen    `json:"seen"`                 // how it went
	Shots            []Shot  `json:"shots,omitempty"`      // of protocol d
	Matrix           Matrix  `json:"accuracy_after_tasks"` // none of mixed tasks and protocol d
	Final            Final   `json:"accuracy_in_the_end"`  //
}

// Matrix is R: a row a task, as far as it was measured.
type Matrix [][]float64

// Final is the accuracy on each task when the stream was over, and after sleep.
type Final struct {
	Stream []float64 `json:"stream"`
	Slept  []float64 `json:"slept"`
}

// Seen is how accuracy went: what it is told apart by, its names, in the order of
// their numbers, and looks in the order of time.
type Seen struct {
	By    string   `json:"by"` // class or task
	Names []string `json:"names"`
	Order []int    `json:"order"` // in which they appear
	Looks []Look   `json:"looks"`
}

// Look is what was known at some time, on a sample of the test images.
type Look struct {
	Batches  int        `json:"batches"` // learned before
	Samples  int        `json:"samples"`
	Task     int        `json:"task"`     // that was being learned, from 0
	Slept    bool       `json:"slept"`    // after sleep
	Accuracy float64    `json:"accuracy"` // over those seen
	Recall   []*float64 `json:"recall"`   // of each class or task; null before it was seen
}

// Shot is what a pupil knows of a class after being taught so many samples of it:
// means over the classes, each taught in turn.
type Shot struct {
	Samples int `json:"samples"`
	// Recall of the taught class, and what the accuracy on the others changed by;
	// after sleep, too.
	Recall         float64 `json:"recall"`
	OldChange      float64 `json:"old_change"`
	SleptRecall    float64 `json:"slept_recall"`
	SleptOldChange float64 `json:"slept_old_change"`
	// ByClass are the recalls of each class when it was the one.
	ByClass []float64 `json:"recall_by_class"`
	Seconds float64   `json:"seconds"` // that teaching took, on average
}
