package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/model/durable"
	"github.com/pffedge/pffedge/runtime"
)

// Learner is a runtime.Learner as a State. Its snapshots are checkpoints whose
// trainer's state has the mark, as "store".
type Learner struct{ *runtime.Learner }

// decode reads a learner's operation.
func decode(op Operation) (runtime.Operation, error) {
	return runtime.DecodeOperation(runtime.OperationKind(op.Kind), op.Payload)
}

// Check implements State.
func (l *Learner) Check(op Operation) error {
	o, err := decode(op)
	if err != nil {
		return err
	}
	return l.Learner.Check(o)
}

// Alone says that an operation which others depend on is appended alone: one that
// changes the classes, or what is remembered by identity.
func (l *Learner) Alone(op Operation) bool {
	switch runtime.OperationKind(op.Kind) {
	case runtime.KindAddClass, runtime.KindForget, runtime.KindRelabel:
		return true
	}
	o, err := decode(op)
	return err == nil && l.Adds(o)
}

// ByIdentity tells whether an operation names remembered samples, which are numbered
// as they come.
func (l *Learner) ByIdentity(op Operation) bool {
	o, err := decode(op)
	forget, isForget := o.(*runtime.Forget)
	return err == nil && (runtime.OperationKind(op.Kind) == runtime.KindRelabel || isForget && len(forget.IDs) > 0)
}

// Apply implements State.
func (l *Learner) Apply(op Operation) error {
	o, err := decode(op)
	if err != nil {
		return err
	}
	return l.Learner.Apply(o)
}

// Encode implements State.
func (l *Learner) Encode(w io.Writer, m Mark) error {
	c, err := l.Checkpoint()
	if err != nil {
		return err
	}
	mark, err := json.Marshal(m)
	if err != nil {
		return err
	}
	end := len(c.Trainer) - 1 // a brace, behind other fields
	c.Trainer = fmt.Appendf(c.Trainer[:end], `,"store":%s}`, mark)
	return model.EncodeCheckpoint(w, c)
}

// LoadLearner returns a Load of learners with threads ≥ 1.
func LoadLearner(threads int) Load {
	return func(r io.Reader) (State, Mark, error) {
		c, err := model.DecodeCheckpoint(r)
		if err != nil {
			return nil, Mark{}, err
		}
		var state struct {
			Store Mark `json:"store"`
		}
		if err := json.Unmarshal(c.Trainer, &state); err != nil {
			return nil, Mark{}, fmt.Errorf("%w: trainer state: %w", model.ErrFormat, err)
		}
		l, err := runtime.ResumeLearner(c, threads)
		if err != nil {
			return nil, Mark{}, err
		}
		return &Learner{l}, state.Store, nil
	}
}

// OpenLearner returns a learner that goes on from the model, or the checkpoint, in the
// file path, with threads ≥ 1. A checkpoint of a learner that rehearses brings its
// memories.
func OpenLearner(path string, threads int) (*runtime.Learner, error) {
	c, err := model.LoadCheckpoint(path)
	if err == nil {
		return runtime.ResumeLearner(c, threads)
	}
	if !errors.Is(err, model.ErrNotCheckpoint) {
		return nil, err
	}
	m, err := model.Load(path)
	if err != nil {
		return nil, err
	}
	return runtime.NewLearner(m, threads)
}

// CreateLearner makes a store of a learner as it is now, remembered samples and all.
// The learner stays the caller's.
func CreateLearner(fsys durable.FS, dir string, l *runtime.Learner, o Options) error {
	return Create(fsys, dir, &Learner{l}, o)
}

// Do logs and applies a learner's operation. See Store.Append.
func (s *Store) Do(op runtime.Operation) (sequence uint64, err error) {
	b, err := op.Append(s.payload[:0])
	if err != nil {
		return 0, err
	}
	s.payload = b
	return s.Append(Operation{uint16(op.Kind()), b})
}
