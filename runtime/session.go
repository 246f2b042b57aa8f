package runtime

import (
	"errors"
	"fmt"

	"github.com/pffedge/pffedge/simd"
)

// Errors of prediction.
var (
	// ErrInput: the inputs do not fit the model or are not finite.
	ErrInput = errors.New("bad input")
	// ErrMethod: no such prediction method.
	ErrMethod = errors.New("unknown prediction method")
)

// chunkRows bounds the rows that a session settles at once, and so its memory.
const chunkRows = 1000

// Session predicts, reconstructs and imagines with an Engine. It holds the
// scratch memory and threads for that and belongs to one goroutine; Close it
// when done.
type Session struct {
	*circuit
	settled    *states // for goodness: several labels an input
	most       int     // inputs that settled has room for, with all labels
	candidates candidates
	surprise   []float32 // of the candidates
	image      *imagery
	out        simd.Matrix // rows×C results of the last prediction
	zeros      []float32
}

// NewSession returns a session with threads ≥ 1.
func NewSession(e *Engine, threads int) *Session {
	c := &e.model.Config
	inputs := max(chunkRows/len(c.Classes), 1)
	rows := inputs * len(c.Classes)
	return &Session{
		circuit:    newCircuit(e, threads),
		settled:    newStates(c, inputs, rows, false),
		most:       inputs,
		candidates: newCandidates(inputs, len(c.Classes)),
		surprise:   make([]float32, rows),
		image:      newImagery(c, inputs),
	}
}

// Close ends the session's threads.
func (s *Session) Close() { s.pool.Close() }

// chunk returns how many inputs the session handles at once.
func (s *Session) chunk() int { return s.most }

// check refuses inputs that do not fit the model.
func (s *Session) check(x simd.Matrix) error {
	if d := s.model.Config.Input.Size(); x.Cols != d {
		return fmt.Errorf("%w: %d values a sample, the model takes %d (%s)", ErrInput, x.Cols, d, s.model.Config.Input)
	}
	return checkFinite(x)
}

func checkFinite(x simd.Matrix) error {
	for r := range x.Rows {
		if i := firstNonFinite(x.Row(r)); i >= 0 {
			return fmt.Errorf("%w: sample %d, value %d is %v", ErrInput, r, i, x.Row(r)[i])
		}
	}
	return nil
}

// results returns the matrix that a prediction of rows samples writes.
func (s *Session) results(rows int) simd.Matrix {
	if s.out.Rows < rows {
		s.out = simd.NewMatrix(rows, len(s.model.Config.Classes))
	}
	return s.out.Slice(0, rows)
}

// load copies the samples lo…hi of x into states for rows rows and computes
// their start states.
func (s *Session) load(x simd.Matrix, lo, hi, rows int) *states {
	v := s.settled
	v.resize(hi-lo, rows)
	for r := lo; r < hi; r++ {
		copy(v.x.Row(r-lo), x.Row(r))
	}
	s.start(v)
	return v
}
