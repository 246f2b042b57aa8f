package service

import (
	"context"
	"errors"
	"time"

	"github.com/pffedge/pffedge/runtime/store"
)

// job is something that the worker does and answers once.
type job struct {
	ctx   context.Context
	run   func(ctx context.Context) (any, error)
	reply chan answer
}

type answer struct {
	value any
	err   error
}

// order has the worker do something and waits for it. Where ctx ends before it has
// begun, it is not done; otherwise it is, whoever waits.
func order[T any](ctx context.Context, s *Service, queue chan *job, run func(ctx context.Context) (T, error)) (T, error) {
	var none T
	j := &job{ctx, func(ctx context.Context) (any, error) { return run(ctx) }, make(chan answer, 1)}
	if err := s.send(queue, j); err != nil {
		return none, err
	}
	select {
	case a := <-j.reply:
		if a.err != nil {
			return none, a.err
		}
		return a.value.(T), nil
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

func (s *Service) send(queue chan *job, j *job) error {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		return ErrClosing
	}
	select {
	case queue <- j:
		return nil
	default:
		s.stats.busy.Add(1)
		return ErrBusy
	}
}

// work does jobs until both queues are closed and empty.
func (s *Service) work() {
	defer close(s.done)
	standBack()
	jobs, asks := s.jobs, s.asks
	for jobs != nil || asks != nil {
		j, queue := s.next(jobs, asks)
		switch {
		case j != nil:
			s.do(j)
		case queue == nil:
			s.dream()
		case queue == jobs:
			jobs = nil
		default:
			asks = nil
		}
	}
	s.finish()
}

// next returns the next job, those that only ask first; or the queue that has ended; or
// neither, when it is time to sleep.
func (s *Service) next(jobs, asks chan *job) (*job, chan *job) {
	select {
	case j, more := <-asks:
		return oneOf(j, more, asks)
	default:
	}
	if s.sleep != nil {
		select {
		case j, more := <-asks:
			return oneOf(j, more, asks)
		case j, more := <-jobs:
			return oneOf(j, more, jobs)
		default:
			return nil, nil
		}
	}
	if s.stale && len(jobs) == 0 {
		s.refresh()
	}
	idle, cancel := s.idle()
	defer cancel()
	select {
	case j, more := <-asks:
		return oneOf(j, more, asks)
	case j, more := <-jobs:
		return oneOf(j, more, jobs)
	case <-idle:
		s.fallAsleep()
		return nil, nil
	}
}

func oneOf(j *job, more bool, queue chan *job) (*job, chan *job) {
	if more {
		return j, queue
	}
	return nil, queue
}

// do does a job, unless nobody waits for it any more.
func (s *Service) do(j *job) {
	var a answer
	switch {
	case s.stopping.Err() != nil:
		a.err = ErrClosing
	case j.ctx.Err() != nil:
		a.err = j.ctx.Err()
	case s.Err() != nil:
		a.err = s.Err()
	default:
		s.working.Store(time.Now().UnixNano())
		// What has begun is ended, or the caller would not know what became of it.
		a.value, a.err = j.run(context.WithoutCancel(j.ctx))
		s.working.Store(0)
	}
	if s.stateSpoilt(a.err) && s.Err() == nil {
		s.fail(a.err)
	}
	j.reply <- a
}

// finish leaves the store such that the next start is quick.
func (s *Service) finish() {
	if s.Err() != nil && s.store == nil {
		return
	}
	var err error
	if s.Err() == nil && s.store.Sequence > s.lastSnapshot() {
		err = s.store.Snapshot()
	}
	s.closeErr = errors.Join(err, s.store.Close())
}

func (s *Service) lastSnapshot() uint64 {
	info, err := store.Stat(s.opt.Disk, s.opt.Dir)
	if err != nil || len(info.Snapshots) == 0 {
		return 0
	}
	return info.Snapshots[len(info.Snapshots)-1].Sequence
}

// reopen closes the store for something that needs it closed, and opens it again
// whatever came of that.
func (s *Service) reopen(do func() error) error {
	if err := s.store.Close(); err != nil {
		s.opt.Log.Warn("closing the store: " + err.Error())
	}
	err := do()
	if failed := s.open(); failed != nil {
		s.store = nil
		s.fail(failed)
		return errors.Join(err, s.Err())
	}
	return err
}

// stateSpoilt tells whether an error leaves the learner unfit for use.
func (s *Service) stateSpoilt(err error) bool { return errors.Is(err, store.ErrState) }
