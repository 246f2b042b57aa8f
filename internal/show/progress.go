package show

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Progress is a line at the bottom of a terminal that tells how far a job is:
// a bar, the rate, the time left and a text of the caller's. Elsewhere than on
// a terminal it is silent. Errors of writing it are ignored: it is not the
// result. Any number of goroutines may use it, and a nil *Progress does
// nothing.
type Progress struct {
	unit     string
	throttle time.Duration
	now      func() time.Time

	mu     sync.Mutex
	line   *statusLine // nil when silent or closed
	bar    *progressbar.ProgressBar
	total  int64 // 0 while unknown
	barEnd int64 // the total that bar was made for
	meter  meter
}

// NewProgress returns progress towards total units, shown on w if that is a
// terminal. A total of 0 is unknown; the unit B prints as KiB, MiB and so on.
// The line appears with the first Set. Close it before anything else is
// printed for good, also after an error or an interrupt.
func NewProgress(w io.Writer, isTerminal bool, total int64, unit string) *Progress {
	p := &Progress{unit: unit, throttle: 100 * time.Millisecond, now: time.Now, total: max(total, 0)}
	if isTerminal {
		p.line = &statusLine{w: w, columns: func() int { return columnsOf(w) }}
	}
	return p
}

// SetTotal changes the total; 0 means unknown.
func (p *Progress) SetTotal(total int64) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total = max(total, 0)
}

// Set reports that done units of the total are done, with a text to show at
// the end of the line, cut where the terminal ends. It draws ten times a
// second at most. When all is done the line vanishes; when done falls, as for
// the next of several files, a new one begins.
func (p *Progress) Set(done int64, text string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.line == nil {
		return
	}
	done = max(done, 0)
	if p.total > 0 {
		done = min(done, p.total)
	}
	if p.bar == nil || p.barEnd != p.total || done < p.meter.done {
		p.bar, p.barEnd, p.meter = p.newBar(), p.total, meter{}
	}
	p.meter.report(p.now(), done)

	// The description is set first, because Set64 draws where the percentage
	// changed; Describe draws where it did not.
	description := p.describe(done, text)
	progressbar.OptionSetDescription(description)(p.bar)
	if p.total > 0 {
		progressbar.OptionSetWidth(min(max(p.line.columns()/6, 5), 24))(p.bar)
	}
	p.bar.Set64(done)
	p.bar.Describe(description)
}

// Clear erases the line, so that the caller can print; the next Set draws it
// anew.
func (p *Progress) Clear() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line.clear()
}

// Close erases the line for good. Closing again does nothing.
func (p *Progress) Close() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line.clear()
	p.line, p.bar = nil, nil
}

func (p *Progress) newBar() *progressbar.ProgressBar {
	total := p.total
	if total == 0 {
		total = -1
	}
	return progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(p.line),
		progressbar.OptionThrottle(p.throttle),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionUseANSICodes(true),
		progressbar.OptionShowDescriptionAtLineEnd(),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetElapsedTime(false),
		// Otherwise a goroutine would turn the spinner for ever.
		progressbar.OptionSetSpinnerChangeInterval(0),
	)
}

// describe puts the figures, which the bar cannot know of a job that was
// resumed, before the text.
func (p *Progress) describe(done int64, text string) string {
	var figures []string
	switch {
	case p.total == 0:
		figures = append(figures, p.amount(float64(done)))
	case p.unit == "B":
		figures = append(figures, Bytes(done)+" of "+Bytes(p.total))
	}
	if rate := p.meter.rate(); rate > 0 {
		figures = append(figures, p.amount(rate)+"/s")
		if p.total > 0 {
			figures = append(figures, countdown(float64(p.total-done)/rate)+" left")
		}
	}
	return strings.TrimLeft(strings.Join(figures, ", ")+"  "+clean(text), " ")
}

func (p *Progress) amount(n float64) string {
	switch {
	case p.unit == "B":
		return Bytes(int64(n))
	case n < 10 && n != float64(int64(n)):
		return fmt.Sprintf("%.2g %s", n, p.unit)
	}
	return fmt.Sprintf("%.0f %s", n, p.unit)
}
