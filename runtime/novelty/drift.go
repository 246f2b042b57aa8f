package novelty

import "fmt"

// State is what a Drift says of its stream.
type State int

// The states.
const (
	Steady   State = iota
	Warning        // more evidence of a change than a steady stream of DriftOptions.Warn scores gives on average
	Drifting       // enough evidence; the detector has started anew
)

func (s State) String() string {
	switch s {
	case Steady:
		return "steady"
	case Warning:
		return "warning"
	case Drifting:
		return "drift"
	}
	return fmt.Sprintf("state %d", int(s))
}

// DriftOptions say how careful a Drift is. Zeros mean the defaults.
type DriftOptions struct {
	// Alarm is how many scores at least a steady stream has, on average, before it
	// is called drifting: 10…1e12, 10,000 by default.
	Alarm float64
	// Warn is the same for its first warning, 1…Alarm, a tenth of Alarm by default.
	Warn float64
	// Tolerance is how far the distribution of the steady scores may be from a
	// uniform one, as the largest distance of their distribution functions, 0…0.5;
	// 0.02 by default. Less than 0 means none.
	Tolerance float64
}

func (o *DriftOptions) fill() {
	if o.Alarm == 0 {
		o.Alarm = 10_000
	}
	if o.Warn == 0 {
		o.Warn = max(o.Alarm/10, 1)
	}
	if o.Tolerance == 0 {
		o.Tolerance = 0.02
	}
	o.Tolerance = max(o.Tolerance, 0)
}

func (o *DriftOptions) validate() error {
	switch {
	case !(o.Alarm >= 10 && o.Alarm <= 1e12):
		return fmt.Errorf("%w: alarms every %v scores, want 10…1e12", ErrOptions, o.Alarm)
	case !(o.Warn >= 1 && o.Warn <= o.Alarm):
		return fmt.Errorf("%w: warnings every %v scores, want 1…%v", ErrOptions, o.Warn, o.Alarm)
	case !(o.Tolerance >= 0 && o.Tolerance <= 0.5):
		return fmt.Errorf("%w: a tolerance of %v, want 0…0.5", ErrOptions, o.Tolerance)
	}
	return nil
}

// Drift watches a stream of scores for a change towards unusual samples. It bets
// against the scores being uniform. A bet of stake λ on power k multiplies what it
// has by
//
//	e = 1 + λ·(f(s)/(1+(k+1)·τ) − 1),  f(s) = (k+1)·sᵏ
//
// after score s. f has mean 1 for uniform s, and at most 1+(k+1)·τ if the
// distribution is τ away, the tolerance: no bet gains on average while the stream
// is steady. A unit is put into each bet before every score (Roberts,
// Technometrics 8, 1966), and the evidence is the mean of what the bets have:
//
//	R = (R + 1)·e
//
// On a steady stream its expectation is at most the number of scores, so the mean
// number of scores until it first reaches a bound is no less than the bound (Shin,
// Ramdas & Rinaldo, "E-detectors", arXiv 2203.03532). That holds for scores that are
// independent, given the gauge, and for any shape of theirs within the tolerance.
// Bets on scores as conformal p-values: Volkhonskiy et al., arXiv 1706.03415.
//
// A Drift follows from its options and the scores alone. It belongs to one
// goroutine.
type Drift struct {
	opt          DriftOptions
	bets         [bets]float64 // R of each
	seen, alarms uint64
}

// powers and stakes make the bets, every power with every stake: the first powers
// for a slight change of all samples, the last for a few very unusual ones.
var (
	powers = [...]int{1, 3, 15}
	stakes = [...]float64{1.0 / 16, 1.0 / 4}
)

const bets = len(powers) * len(stakes)

// NewDrift returns a detector in state Steady.
func NewDrift(o DriftOptions) (*Drift, error) {
	o.fill()
	if err := o.validate(); err != nil {
		return nil, err
	}
	return &Drift{opt: o}, nil
}

// Update takes the next score of the stream, 0…1, and returns the state after it.
// When that is Drifting the detector has forgotten the stream and begins anew.
func (d *Drift) Update(score float64) (State, error) {
	if !(score >= 0 && score <= 1) {
		return d.State(), fmt.Errorf("%w: score %v, want 0…1", ErrSignal, score)
	}
	d.seen++
	for i, k := range powers {
		f := float64(k+1) * power(score, k) / (1 + float64(float64(k+1)*d.opt.Tolerance))
		for j, stake := range stakes {
			bet := &d.bets[i*len(stakes)+j]
			*bet = (*bet + 1) * (1 + float64(stake*(f-1)))
		}
	}
	state := d.State()
	if state == Drifting {
		d.bets = [bets]float64{}
		d.alarms++
	}
	return state, nil
}

// power is sᵏ for k ≥ 1.
func power(s float64, k int) float64 {
	p := s
	for range k - 1 {
		p *= s
	}
	return p
}

// Evidence returns the mean of what the bets have: ≥ 0, below Alarm.
func (d *Drift) Evidence() float64 {
	sum := 0.0
	for _, r := range d.bets {
		sum += r
	}
	return sum / float64(bets)
}

// State returns Steady or Warning; Drifting is returned by Update alone.
func (d *Drift) State() State {
	switch e := d.Evidence(); {
	case e >= d.opt.Alarm:
		return Drifting
	case e >= d.opt.Warn:
		return Warning
	}
	return Steady
}

// Seen returns how many scores it has taken, and how often they drifted.
func (d *Drift) Seen() (scores, alarms uint64) { return d.seen, d.alarms }

// Reset forgets the stream, as when the model or the gauge is replaced.
func (d *Drift) Reset() { *d = Drift{opt: d.opt} }
