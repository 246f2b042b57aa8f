package main

import (
	"fmt"
	"slices"

	"github.com/pffedge/pffedge/runtime"
)

// operationNames are what the commands call the kinds of operations.
var operationNames = map[runtime.OperationKind]string{
	runtime.KindTeach:    "teach",
	runtime.KindCorrect:  "correct",
	runtime.KindForget:   "forget",
	runtime.KindAddClass: "add-class",
	runtime.KindLearn:    "learn",
	runtime.KindSleep:    "sleep",
	runtime.KindRelabel:  "relabel",
}

// lineOf returns what can be told of an operation before it is done.
func lineOf(op runtime.Operation) taught {
	t := taught{Kind: operationNames[op.Kind()]}
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

// words says in words what the operation of a line is.
func (t *taught) words() string {
	class := oneLine(t.Class)
	samples := plural(t.Samples, "sample")
	switch t.Kind {
	case "add-class":
		return fmt.Sprintf("class %s added", class)
	case "correct", "relabel":
		if t.Confirms {
			return fmt.Sprintf("%s of %s, recognised already: confirmed", samples, class)
		}
		return fmt.Sprintf("%s corrected: %s%s", samples, class, remark(t.Was != "", ", not "+oneLine(t.Was)))
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

// unit is operations that are undone together: one, or the parts of a sleep.
type unit struct {
	first, last uint64 // numbers, of operations that count
	before      uint64 // the operation that the first one comes after
	line        taught
	steps       int            // of a sleep
	sleep       *runtime.Sleep // its last part
}

// extends tells whether op goes on with the sleep of u, which is not over yet: a sleep
// for some time counts its steps anew with every part, as it learns how long they take,
// but only the first begins at 0.
func (u *unit) extends(op runtime.Operation) bool {
	next, isSleep := op.(*runtime.Sleep)
	return isSleep && u.sleep != nil && next.From > 0 && u.sleep.From+u.sleep.Steps < u.sleep.Of
}

// words says in words what the operations of u are.
func (u *unit) words() string {
	if u.sleep == nil {
		return u.line.words()
	}
	return fmt.Sprintf("sleep of %s", plural(u.steps, "step"))
}

// add takes in an operation behind the last of units.
func addUnit(units []unit, sequence, before uint64, op runtime.Operation) []unit {
	sleep, _ := op.(*runtime.Sleep)
	if n := len(units); n > 0 && units[n-1].extends(op) {
		u := &units[n-1]
		u.last, u.sleep, u.steps = sequence, sleep, u.steps+sleep.Steps
		return units
	}
	u := unit{first: sequence, last: sequence, before: before, line: lineOf(op), sleep: sleep}
	if sleep != nil {
		u.steps = sleep.Steps
	}
	u.line.Operation = sequence
	return append(units, u)
}

// newest keeps the last n.
func newest[T any](list []T, n int) []T { return slices.Delete(list, 0, max(len(list)-n, 0)) }
