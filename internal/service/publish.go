package service

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/runtime"
)

// Published is what has been learned up to an operation, ready to predict. It does not
// change.
type Published struct {
	Sequence uint64 // of the operation
	Time     time.Time
	Classes  []string
	Config   *model.Config
	Int8     bool

	engine *runtime.Engine
	free   chan *runtime.Session
	made   atomic.Int32
}

// Input returns what the model takes.
func (p *Published) Input() model.Input { return p.Config.Input }

// publish makes what the learner knows what predictions are computed from.
func (s *Service) publish() error {
	m := s.learner().Snapshot()
	engine, err := runtime.New(m)
	if err != nil {
		return err
	}
	s.current.Store(&Published{
		Sequence: s.store.Sequence, Time: time.Now(), Classes: slices.Clone(m.Config.Classes), Config: &m.Config, Int8: m.Int8 != nil,
		engine: engine, free: make(chan *runtime.Session, s.opt.Predictors),
	})
	return nil
}

// Current returns what predictions are computed from now.
func (s *Service) Current() *Published { return s.current.Load() }

// with computes with one of p's sessions, of which there are as many as may compute at
// once. They have one thread each, so they need no closing.
func (p *Published) with(ctx context.Context, compute func(*runtime.Session) error) error {
	session, err := p.borrow(ctx)
	if err != nil {
		return err
	}
	defer func() { p.free <- session }()
	return compute(session)
}

func (p *Published) borrow(ctx context.Context) (*runtime.Session, error) {
	select {
	case session := <-p.free:
		return session, nil
	default:
	}
	if int(p.made.Add(1)) <= cap(p.free) {
		return runtime.NewSession(p.engine, 1), nil
	}
	p.made.Add(-1)
	select {
	case session := <-p.free:
		return session, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
