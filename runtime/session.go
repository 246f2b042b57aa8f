package runtime

import (
	"errors"
	"fmt"
	"math/bits"

	"github.com/pffedge/pffedge/model"
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
	room       int     // inputs that settled has room for, with all labels
	most       int     // inputs that it may grow to
	candidates candidates
	surprise   []float32   // of the candidates
	image      *imagery    // nil until something is imagined
	imageRoom  int         // inputs that it has room for
	in         simd.Matrix // rows×D, see Inputs
	out        simd.Matrix // rows×C results of the last prediction
	zeros      []float32
	mixed      int  // latents of a class that mixtures are fitted to, at most about
	borrowed   bool // scratch memory and threads are a trainer's
}

// NewSession returns a session with threads ≥ 1.
func NewSession(e *Engine, threads int) *Session {
	c := &e.model.Config
	s := newSession(&memory{}, newCircuit(e, threads), nil, sessionChunk(c))
	s.room = 0
	return s
}

// sessionChunk returns how many inputs a session of its own handles at once.
func sessionChunk(c *model.Config) int { return max(chunkRows/len(c.Classes), 1) }

// newSession returns a session in the memory of settled, which has room for
// most inputs with all their labels. Without it, the memory grows with the need.
func newSession(m *memory, c *circuit, settled *states, most int) *Session {
	classes := len(c.model.Config.Classes)
	return &Session{
		circuit:    c,
		settled:    settled,
		room:       most,
		most:       most,
		mixed:      maxLatentSamples,
		candidates: newCandidates(m, most, classes),
		surprise:   list[float32](m, most*classes),
	}
}

// Close ends the session's threads, unless they are a trainer's.
func (s *Session) Close() {
	if !s.borrowed {
		s.pool.Close()
	}
}

// AtOnce returns how many inputs the session handles at once: larger batches
// are cut into pieces of so many.
func (s *Session) AtOnce() int { return s.most }

// images returns the generative circuit's scratch memory for n rows.
func (s *Session) images(n int) *imagery {
	if n > s.imageRoom {
		s.imageRoom = s.roomFor(n)
		s.image = newImagery(&memory{}, &s.model.Config, s.imageRoom, s.model.Int8 != nil)
	}
	return s.image.resize(n)
}

// check refuses inputs that do not fit the model, and damaged parts of it that
// are about to be used.
func (s *Session) check(x simd.Matrix, used ...model.Part) error {
	for _, p := range used {
		if err := s.model.Check(p); err != nil {
			return err
		}
	}
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

// Inputs returns a matrix to put rows samples in, AtOnce of them at most. It is
// the session's own, valid until the next call.
func (s *Session) Inputs(rows int) simd.Matrix {
	if s.in.Cols == 0 {
		s.in = simd.NewMatrix(s.most, s.model.Config.Input.Size())
	}
	return s.in.Slice(0, rows)
}

// results returns the matrix that a prediction of rows samples writes.
func (s *Session) results(rows int) simd.Matrix {
	if s.out.Rows < rows {
		s.out = simd.NewMatrix(rows, len(s.model.Config.Classes))
	}
	return s.out.Slice(0, rows)
}

// states returns scratch memory with room for n inputs, of which a session for
// one sample at a time needs little.
func (s *Session) states(n int) *states {
	if n > s.room {
		s.room = s.roomFor(n)
		s.settled = newStates(&memory{}, &s.model.Config, s.room, s.room*len(s.model.Config.Classes), false, s.model.Int8 != nil)
	}
	return s.settled
}

// roomFor returns how many inputs to make room for when n come: more than n, so
// that it grows a few times only.
func (s *Session) roomFor(n int) int { return min(1<<bits.Len(uint(n-1)), s.most) }

// load copies the samples lo…hi of x into states for rows rows and computes
// their start states.
func (s *Session) load(x simd.Matrix, lo, hi, rows int) *states {
	v := s.states(hi - lo)
	v.resize(hi-lo, rows)
	for r := lo; r < hi; r++ {
		copy(v.x.Row(r-lo), x.Row(r))
	}
	s.start(v)
	return v
}
