package main

import (
	"errors"
	"fmt"
	"io"
	goruntime "runtime"
	"text/tabwriter"

	"github.com/pffedge/pffedge/internal/machine"
)

// report is what a soak has shown.
type report struct {
	CPU     string   `json:"cpu"`
	Go      string   `json:"go"`
	Threads int      `json:"threads"`
	Seed    uint64   `json:"seed"`
	Budget  int      `json:"budget"`
	Samples int      `json:"samples"`
	Windows []window `json:"windows"` // one at the end of every tenth
}

// window is what was seen after so many samples.
type window struct {
	Samples    int     `json:"samples"`
	Classes    int     `json:"classes"`
	Accuracy   float64 `json:"accuracy"`
	Heap       int64   `json:"heap"`       // bytes in use after a collection
	Resident   int64   `json:"resident"`   // bytes of the process, 0 where the system does not tell
	Remembered int     `json:"remembered"` // bytes of the budget
	Pace       float64 `json:"pace"`       // samples a second in the tenth
}

func newReport(o *options) *report {
	return &report{CPU: machine.Look().CPU, Go: goruntime.Version(), Threads: o.threads, Seed: o.seed, Budget: o.budget, Samples: o.samples}
}

func (r *report) table(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "samples\tclasses\taccuracy\theap kB\tresident kB\tremembered kB\tsamples/s\t")
	for _, w := range r.Windows {
		fmt.Fprintf(t, "%d\t%d\t%.1f %%\t%.1f\t%.1f\t%.1f\t%.0f\t\n", w.Samples, w.Classes, 100*w.Accuracy,
			float64(w.Heap)/1e3, float64(w.Resident)/1e3, float64(w.Remembered)/1e3, w.Pace)
	}
	return t.Flush()
}

// flat is how much memory may grow by, as a share.
const flat = 0.01

// failure tells what was not as it must be.
func (r *report) failure() error {
	if len(r.Windows) < tenths {
		return nil // for another reason, which has been told
	}
	begin, end := r.Windows[0], r.Windows[len(r.Windows)-1]
	var errs []error
	for _, w := range r.Windows {
		errs = append(errs, strays("heap", begin.Heap, w.Heap, w.Samples), strays("resident memory", begin.Resident, w.Resident, w.Samples))
		if w.Remembered > r.Budget {
			errs = append(errs, fmt.Errorf("%d bytes remembered after %d samples, the budget is %d", w.Remembered, w.Samples, r.Budget))
		}
	}
	if end.Accuracy < begin.Accuracy {
		errs = append(errs, fmt.Errorf("accuracy fell from %.1f to %.1f %%", 100*begin.Accuracy, 100*end.Accuracy))
	}
	return errors.Join(errs...)
}

// strays tells when memory has grown.
func strays(what string, from, to int64, samples int) error {
	if float64(to-from) <= flat*float64(from) {
		return nil
	}
	return fmt.Errorf("%s of %d bytes after %d samples, %d after the first tenth", what, to, samples, from)
}
