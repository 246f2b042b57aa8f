package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	goruntime "runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/pffedge/pffedge/internal/program"
	"github.com/pffedge/pffedge/simd"
)

// burst is the least time that a contender runs at a stretch.
const burst = 30 * time.Millisecond

// pause is how long idle workers of a library get to fall asleep.
const pause = 20 * time.Millisecond

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the program; it returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	return program.Exit("peers", stderr, err, func() error { return o.do(stdout) })
}

// options are the command line's.
type options struct {
	operations      []operation // none for the unit alone
	threads, rounds int
	json, unit      bool
	engine          bool
	keepCore        bool // let a set OPENBLAS_CORETYPE stand
	cpuTime         bool
	contest         string
}

func parse(args []string, stderr io.Writer) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("peers", flag.ContinueOnError)
	flags.SetOutput(stderr)
	ops := flags.String("op", "gemm,update,int8,mlp", "operations to measure")
	shapes := flags.String("shape", "", "shapes to measure instead of the usual, as MxKxN,MxKxN")
	flags.IntVar(&o.threads, "threads", 1, "threads of every library")
	flags.IntVar(&o.rounds, "rounds", 11, "rounds of one burst of each contender")
	flags.BoolVar(&o.json, "json", false, "print one JSON object a line")
	flags.BoolVar(&o.unit, "unit", false, "measure only OpenBLAS's product 1000×2000 by 2000×2000 on one and two threads")
	flags.BoolVar(&o.engine, "engine", false, "measure only the engine on two threads (or --threads): a batch of the reference's settings in units, predictions of one sample")
	flags.BoolVar(&o.keepCore, "keep-coretype", false, "with --unit or --engine: use the kernels that "+envOpenBLASCore+" names, not the fastest")
	flags.BoolVar(&o.cpuTime, "cpu-time", false, "time what the process runs instead of what passes, for a machine with other work; not for several threads, nor for the unit")
	flags.StringVar(&o.contest, "contest", "", "used by the program itself: time `library:kernels`")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if o.engine && !given(flags, "threads") {
		o.threads = 2
	}
	if o.threads < 1 || o.rounds < 1 {
		return nil, fmt.Errorf("--threads %d, --rounds %d: at least 1", o.threads, o.rounds)
	}
	if o.cpuTime && o.threads > 1 {
		return nil, errors.New("--cpu-time is for one thread: it adds up the time of all")
	}
	if o.engine && o.cpuTime {
		return nil, errors.New("--cpu-time is not for the engine")
	}
	if o.unit || o.engine {
		return o, nil
	}
	var err error
	o.operations, err = choose(*ops, *shapes)
	return o, err
}

// given tells whether a flag was on the command line.
func given(flags *flag.FlagSet, name string) (found bool) {
	flags.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}

// choose returns the operations named, with the shapes given, if any.
func choose(ops, shapes string) ([]operation, error) {
	var list []operation
	for _, name := range strings.Split(ops, ",") {
		all := operations()
		i := slices.IndexFunc(all, func(op operation) bool { return op.name == name })
		if i < 0 {
			return nil, fmt.Errorf("no operation %q: gemm, update, int8, mlp", name)
		}
		list = append(list, all[i])
	}
	if shapes == "" {
		return list, nil
	}
	wanted, err := parseShapes(shapes)
	for i := range list {
		list[i].shapes = wanted
	}
	return list, err
}

// do measures what the options say.
func (o *options) do(stdout io.Writer) error {
	// gonum and vek start as many goroutines as may run, our pool its threads.
	goruntime.GOMAXPROCS(o.threads)
	debug.SetGCPercent(-1) // no collection within a burst; each does it after a job
	if o.contest == "" {
		return o.measure(o.report(stdout))
	}
	seconds, err := contest(o.contest, o.threads, o.unit)
	if err == nil {
		_, err = fmt.Fprintln(stdout, seconds)
	}
	return err
}

func (o *options) report(stdout io.Writer) report {
	if o.json {
		return jsonLines{json.NewEncoder(stdout)}
	}
	return &table{out: stdout}
}

func (o *options) measure(to report) error {
	load := loadAverage() // before ours
	o.forgetCore()
	l := loadAll(fastest(o.threads, o.unit || o.engine), o.threads)
	if err := to.machine(describe(l, load, o.cpuTime)); err != nil {
		return err
	}
	for _, op := range o.operations {
		if err := o.each(op, l, to); err != nil {
			return err
		}
	}
	b := l.find(openBLAS)
	if b == nil && (o.unit || o.engine) {
		return fmt.Errorf("the unit needs OpenBLAS: %w", errors.Join(l.absent...))
	}
	if b != nil && (o.unit || !o.engine) {
		if err := to.units(units(b, o.rounds)); err != nil {
			return err
		}
	}
	if o.engine {
		return o.measureEngine(b, to)
	}
	return nil
}

// forgetCore makes the unit be OpenBLAS's at its best: kernels that somebody
// chose for this machine, for whatever reason, do not count.
func (o *options) forgetCore() {
	if (o.unit || o.engine) && !o.keepCore {
		os.Unsetenv(envOpenBLASCore)
	}
}

// measureEngine measures what the whole engine does.
func (o *options) measureEngine(b *blas, to report) error {
	p := o.plan()
	batches, err := learningInUnits(b, p, o.threads, engineSizes)
	if err != nil {
		return err
	}
	goruntime.GC()
	if err := to.engine(batches); err != nil {
		return err
	}
	samples, err := predictions(p, o.threads, largest)
	if err != nil {
		return err
	}
	return to.engine(samples)
}

// each measures every shape of an operation.
func (o *options) each(op operation, l *libraries, to report) error {
	if err := to.operation(op); err != nil {
		return err
	}
	pool := simd.NewPool(o.threads)
	defer pool.Close()
	p := o.plan()
	for _, s := range op.shapes {
		list, err := one(op, s, l, pool, p)
		if err != nil {
			return err
		}
		if err := to.row(list); err != nil {
			return err
		}
		goruntime.GC()
	}
	return nil
}

// plan is how the options want contenders timed.
func (o *options) plan() plan {
	p := plan{rounds: o.rounds, burst: burst, clock: wallTime}
	if o.threads > 1 {
		p.pause = pause
	}
	if o.cpuTime {
		p.clock = cpuTime
	}
	return p
}

// one checks and measures one shape.
func one(op operation, s shape, l *libraries, pool *simd.Pool, p plan) ([]result, error) {
	j, err := op.job(s, l, pool)
	if err != nil {
		return nil, err
	}
	if j.free != nil {
		defer j.free()
	}
	if err := j.check(); err != nil {
		return nil, err
	}
	return results(j, p.measure(j.contenders), pool.Threads()), nil
}
