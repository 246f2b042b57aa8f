package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	goruntime "runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pffedge/pffedge/internal/lessons"
	"github.com/pffedge/pffedge/model/durable"
	"github.com/pffedge/pffedge/runtime"
	"github.com/pffedge/pffedge/runtime/store"
)

// Options say how a service works. Zero values mean the defaults.
type Options struct {
	Dir        string        // of the store
	Disk       durable.FS    // where it lies; the machine's
	Threads    int           // to learn with; 1 less than processors, so that predictions find one
	Predictors int           // predictions computed at once; as many as processors
	Queue      int           // operations that may wait; 64
	Gate       *lessons.Gate // what lessons may take from the classes known; lessons.DefaultGate
	SleepAfter time.Duration // idle time after which it sleeps; 0 for never
	SleepSteps int           // of such a sleep; runtime.SleepSteps
	Log        *slog.Logger  // nil for none
}

func (o *Options) complete() error {
	processors := goruntime.GOMAXPROCS(0)
	set := func(n *int, to int) {
		if *n == 0 {
			*n = to
		}
	}
	set(&o.Threads, max(processors-1, 1))
	set(&o.Predictors, processors)
	set(&o.Queue, 64)
	set(&o.SleepSteps, runtime.SleepSteps)
	if o.Disk == nil {
		o.Disk = durable.OS{}
	}
	if o.Gate == nil {
		o.Gate = &lessons.DefaultGate
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Threads < 1 || o.Predictors < 1 || o.Queue < 1 || o.SleepSteps < 1 || o.SleepSteps > runtime.MaxSleepSteps || o.SleepAfter < 0 {
		return badRequest("options of a service: %d threads, %d predictors, a queue of %d, sleeps of %d steps after %v", o.Threads, o.Predictors, o.Queue, o.SleepSteps, o.SleepAfter)
	}
	return o.Gate.Check()
}

// Service is a device at work. Its methods may be called from any goroutine; Close it
// when done.
type Service struct {
	opt     Options
	started time.Time
	load    store.Load

	jobs     chan *job // operations, in their order
	asks     chan *job // what reads the learner's state, between operations
	stopping context.Context
	stop     context.CancelFunc // ends waiting for jobs to be done
	done     chan struct{}      // closed when the worker has ended
	closing  sync.RWMutex       // held to send on jobs and asks
	closed   bool
	closeErr error // of the worker, once it is done

	current atomic.Pointer[Published]
	known   atomic.Pointer[Known]
	broken  atomic.Pointer[error]
	working atomic.Int64 // when the job at hand began, Unix nanoseconds; 0 if there is none

	hub   hub
	watch watch
	stats stats

	// The worker's.
	store *store.Store
	keys  *keyring
	sleep *sleep
	fresh bool // something was learned since the last whole sleep
	mixed *prequential
	stale bool      // known is of before the last operation
	seen  time.Time // when known was
}

// Open opens the store and begins to work.
func Open(o Options) (*Service, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	s := &Service{opt: o, started: time.Now(), load: store.LoadLearner(o.Threads), jobs: make(chan *job, o.Queue), asks: make(chan *job, o.Queue), done: make(chan struct{}), mixed: &prequential{}}
	s.stopping, s.stop = context.WithCancel(context.Background())
	s.hub.init()
	if err := s.open(); err != nil {
		return nil, err
	}
	var err error
	if s.keys, err = openKeys(o.Disk, o.Dir, s.store.Next()); err == nil {
		err = s.watch.init(len(s.learner().Classes()))
	}
	if err == nil {
		err = s.publish()
	}
	if err == nil {
		err = s.learnKnown(s.stopping)
	}
	if err != nil {
		return nil, errors.Join(err, s.store.Close())
	}
	s.fresh = s.store.Recovery.Replayed > 0
	go s.work()
	go s.watch.run(s)
	return s, nil
}

// open opens the store and says what is wrong with it.
func (s *Service) open() error {
	opened, err := store.Open(s.opt.Disk, s.opt.Dir, s.load)
	if err != nil {
		return err
	}
	s.store = opened
	for _, text := range opened.Recovery.Warnings() {
		s.opt.Log.Warn(text)
	}
	return nil
}

func (s *Service) learner() *store.Learner { return s.store.State.(*store.Learner) }

// Close stops the service: what has been accepted is done, until ctx ends; what is not
// done by then fails with ErrClosing. It takes a snapshot, so that the next start is
// quick, and closes the store.
func (s *Service) Close(ctx context.Context) error {
	s.closing.Lock()
	if !s.closed {
		s.closed = true
		close(s.jobs)
		close(s.asks)
	}
	s.closing.Unlock()
	select {
	case <-s.done:
	case <-ctx.Done():
		s.stop()
		<-s.done
	}
	s.stop()
	s.watch.end()
	s.hub.close()
	return s.closeErr
}

// Err returns why nothing can be learned any more, or nil.
func (s *Service) Err() error {
	if err := s.broken.Load(); err != nil {
		return *err
	}
	return nil
}

// fail notes that the store cannot be used any more.
func (s *Service) fail(err error) {
	err = fmt.Errorf("%w: %w", ErrBroken, err)
	s.broken.Store(&err)
	s.opt.Log.Error(err.Error())
	s.tell(EventFailed, map[string]string{"error": err.Error()})
}

// Dir returns the store's folder.
func (s *Service) Dir() string { return s.opt.Dir }
