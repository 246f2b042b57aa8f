package lessons

import (
	"fmt"

	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/runtime"
)

// Line tells of an operation that is on the medium and learned: what teach and correct
// print with --json, and what a service answers.
type Line struct {
	Operation uint64 `json:"operation"`
	Kind      string `json:"kind"`
	Class     string `json:"class"`
	Was       string `json:"was,omitempty"`      // what the samples were taken for
	Confirms  bool   `json:"confirms,omitempty"` // they were recognised before
	Samples   int    `json:"samples"`
	First     string `json:"first,omitempty"` // name of the first sample
	*Effect          // on a store that rehearses
}

// Names are what the commands call the kinds of operations.
var Names = map[runtime.OperationKind]string{
	runtime.KindTeach:    "teach",
	runtime.KindCorrect:  "correct",
	runtime.KindForget:   "forget",
	runtime.KindAddClass: "add-class",
	runtime.KindLearn:    "learn",
	runtime.KindSleep:    "sleep",
	runtime.KindRelabel:  "relabel",
}

// LineOf returns what can be told of an operation before it is done.
func LineOf(op runtime.Operation) Line {
	t := Line{Kind: Names[op.Kind()]}
	switch o := op.(type) {
	case *runtime.Teach:
		t.Class, t.Samples = o.Class, o.Len()
	case *runtime.Correct:
		t.Class, t.Was, t.Samples = o.Class, o.Was, o.Len()
	case *runtime.AddClass:
		t.Class = o.Class
	case *runtime.Relabel:
		t.Class, t.Samples = o.Class, 1
	case *runtime.Forget:
		t.Class, t.Samples = o.Class, len(o.IDs)
	case *runtime.Learn:
		t.Samples = o.Len()
	}
	return t
}

// Words says in words what the operation of a line is.
func (t *Line) Words() string {
	class := show.OneLine(t.Class)
	samples := show.Plural(t.Samples, "sample")
	switch t.Kind {
	case "add-class":
		return fmt.Sprintf("class %s added", class)
	case "correct", "relabel":
		if t.Confirms {
			return fmt.Sprintf("%s of %s, recognised already: confirmed", samples, class)
		}
		return fmt.Sprintf("%s corrected: %s%s", samples, class, show.Remark(t.Was != "", ", not "+show.OneLine(t.Was)))
	case "forget":
		if t.Class != "" {
			return fmt.Sprintf("class %s forgotten", class)
		}
		return samples + " forgotten"
	case "learn":
		return samples + " of a stream"
	case "sleep":
		return "sleep"
	}
	return fmt.Sprintf("%s of %s", samples, class)
}
