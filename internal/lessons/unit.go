package lessons

import (
	"fmt"
	"slices"
	"time"

	"github.com/pffedge/pffedge/internal/show"
	"github.com/pffedge/pffedge/model/durable"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/store"
)

// Unit is operations that are undone together: one, or the parts of a sleep.
type Unit struct {
	First, Last uint64 // numbers, of operations that count
	Before      uint64 // the operation that the first one comes after
	Line        Line
	Steps       int       // of a sleep
	Time        time.Time // of the last one

	sleep *runtime.Sleep // its last part
}

// extends tells whether op goes on with the sleep of u, which is not over yet: a sleep
// for some time counts its steps anew with every part, as it learns how long they take,
// but only the first begins at 0.
func (u *Unit) extends(op runtime.Operation) bool {
	next, isSleep := op.(*runtime.Sleep)
	return isSleep && u.sleep != nil && next.From > 0 && u.sleep.From+u.sleep.Steps < u.sleep.Of
}

// Words says in words what the operations of u are.
func (u *Unit) Words() string {
	if u.sleep == nil {
		return u.Line.Words()
	}
	return fmt.Sprintf("sleep of %s", show.Plural(u.Steps, "step"))
}

// AddUnit takes in an operation behind the last of units.
func AddUnit(units []Unit, sequence, before uint64, op runtime.Operation) []Unit {
	sleep, _ := op.(*runtime.Sleep)
	if n := len(units); n > 0 && units[n-1].extends(op) {
		u := &units[n-1]
		u.Last, u.sleep, u.Steps = sequence, sleep, u.Steps+sleep.Steps
		return units
	}
	u := Unit{First: sequence, Last: sequence, Before: before, Line: LineOf(op), sleep: sleep}
	if sleep != nil {
		u.Steps = sleep.Steps
	}
	u.Line.Operation = sequence
	return append(units, u)
}

// Named names the operations of u, and says what they are.
func (u *Unit) Named() string {
	if u.First == u.Last {
		return fmt.Sprintf("operation %d\t%s", u.First, u.Words())
	}
	return fmt.Sprintf("operations %d…%d\t%s", u.First, u.Last, u.Words())
}

// Listed is a Unit in JSON.
type Listed struct {
	First   uint64 `json:"first"` // operation
	Last    uint64 `json:"last"`
	Kind    string `json:"kind"`
	Class   string `json:"class"`
	Was     string `json:"was,omitempty"`
	Samples int    `json:"samples"`
	Steps   int    `json:"steps,omitempty"` // of a sleep
}

// Listed returns u for JSON.
func (u *Unit) Listed() Listed {
	return Listed{u.First, u.Last, u.Line.Kind, u.Line.Class, u.Line.Was, u.Line.Samples, u.Steps}
}

// History returns the last n units of a store's log that count, the oldest first. It
// needs no lock.
func History(fsys durable.FS, dir string, n int) ([]Unit, error) {
	var units []Unit
	err := store.Operations(fsys, dir, func(e store.Entry) error {
		if e.Undone {
			return nil
		}
		op, err := Decode(e)
		if err != nil {
			return err
		}
		units = AddUnit(units, e.Sequence, e.After, op)
		units[len(units)-1].Time = e.Time
		units = slices.Delete(units, 0, max(len(units)-n, 0))
		return nil
	})
	return units, err
}

// Decode returns the learner's operation in an entry of the log.
func Decode(e store.Entry) (runtime.Operation, error) {
	op, err := runtime.DecodeOperation(runtime.OperationKind(e.Kind), e.Payload)
	if err != nil {
		return nil, fmt.Errorf("operation %d: %w", e.Sequence, err)
	}
	return op, nil
}
