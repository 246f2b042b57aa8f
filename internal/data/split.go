package data

import "fmt"

// Split is a part of a data set.
type Split int

const (
	Train Split = iota // what a model learns from
	Test               // what it is judged by
)

// String returns "train" or "test".
func (s Split) String() string {
	switch s {
	case Train:
		return "train"
	case Test:
		return "test"
	}
	return fmt.Sprintf("Split(%d)", int(s))
}

// ParseSplit returns the split called name.
func ParseSplit(name string) (Split, error) {
	switch name {
	case "train":
		return Train, nil
	case "test":
		return Test, nil
	}
	return 0, fmt.Errorf("split %q, want train or test", name)
}

// testEvery is the share of test samples in a set without splits of its own:
// of the samples of each class, every sixth. That leaves five to one, near
// MNIST's six to one.
const testEvery = 6

// splitOf returns the split of the n-th sample (0-based) of its class.
func splitOf(n int) Split {
	if n%testEvery == testEvery-1 {
		return Test
	}
	return Train
}
