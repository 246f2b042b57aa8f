package show

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// testProgress returns progress on a screen, with a clock that the test turns.
func testProgress(t *testing.T, columns int, total int64, unit string) (*Progress, *screen, *time.Time) {
	s, now := newScreen(t, columns), time.Unix(1e9, 0)
	p := NewProgress(s, true, total, unit)
	p.throttle, p.now = 0, func() time.Time { return now }
	p.line.columns = func() int { return columns }
	return p, s, &now
}

func TestProgressLine(t *testing.T) {
	p, s, now := testProgress(t, 100, 1000, "samples")
	require.Empty(t, s.history, "nothing before the first report")
	p.Set(0, "epoch 1/2")
	require.Equal(t, "   0% |                |  epoch 1/2", s.line())
	*now = now.Add(2 * time.Second)
	p.Set(250, "epoch 1/2  loss 0.5")
	require.Equal(t, "  25% |████            |  125 samples/s, 0:06 left  epoch 1/2  loss 0.5", s.line())
	p.Set(250, "epoch 1/2  loss 0.4")
	require.Equal(t, "  25% |████            |  125 samples/s, 0:06 left  epoch 1/2  loss 0.4", s.line(), "the text changes without progress")
	*now = now.Add(2 * time.Second)
	p.Set(251, "x")
	require.Equal(t, "x", s.line()[len(s.line())-1:])
	p.Close()
	require.Empty(t, s.line())
	require.Zero(t, s.x)
}

func TestProgressVanishesWhenAllIsDone(t *testing.T) {
	p, s, _ := testProgress(t, 80, 10, "samples")
	p.Set(5, "")
	require.NotEmpty(t, s.line())
	p.Set(99, "beyond the total counts as the total")
	require.Empty(t, s.line())
	s.Write([]byte("result"))
	p.Clear()
	p.Close()
	require.Equal(t, "result", s.line(), "what the caller printed stays")
}

func TestProgressClearMakesRoom(t *testing.T) {
	p, s, _ := testProgress(t, 80, 10, "samples")
	p.Clear()
	require.Empty(t, s.history)
	p.Set(5, "text")
	p.Clear()
	s.Write([]byte("epoch 1\n"))
	p.Set(6, "text")
	require.Contains(t, s.line(), "60%")
	p.Close()
	require.Len(t, s.lines, 2)
	require.Len(t, s.lines[0], len("epoch 1"))
	require.Empty(t, s.line())
}

func TestProgressErasesAnEchoedInterrupt(t *testing.T) {
	p, s, _ := testProgress(t, 40, 10, "samples")
	p.Set(5, strings.Repeat("long text ", 20))
	s.Write([]byte("^C")) // fails if it would wrap
	p.Close()
	require.Empty(t, s.line())
	require.Zero(t, s.x)
}

func TestProgressClosedIsSilent(t *testing.T) {
	p, s, _ := testProgress(t, 80, 10, "samples")
	p.Set(5, "text")
	p.Close()
	written := len(s.history)
	p.Close()
	p.Clear()
	p.Set(6, "text")
	p.SetTotal(20)
	require.Len(t, s.history, written)
}

func TestProgressOffTerminalIsSilent(t *testing.T) {
	s := newScreen(t, 80)
	for _, p := range []*Progress{NewProgress(s, false, 10, "samples"), nil} {
		p.Set(5, "text")
		p.SetTotal(20)
		p.Set(20, "text")
		p.Clear()
		p.Close()
	}
	require.Empty(t, s.history)
}

func TestProgressFitsAnyTerminal(t *testing.T) {
	for columns := 1; columns < 140; columns++ {
		p, s, now := testProgress(t, columns, 60000, "samples")
		for i := range 12 {
			*now = now.Add(time.Second)
			p.Set(int64(i*5000), strings.Repeat("日本", i*3))
			require.LessOrEqual(t, displayWidth(s.line()), max(columns-3, 0))
		}
		p.Close()
		require.Empty(t, s.line())
		require.Len(t, s.lines, 1)
	}
}

func TestProgressOfDownloads(t *testing.T) {
	p, s, now := testProgress(t, 120, 0, "B")
	p.Set(2048, "a.gz")
	require.Contains(t, s.line(), "2.0 KiB  a.gz")
	*now = now.Add(time.Second)
	p.Set(4096, "a.gz")
	require.Contains(t, s.line(), "4.0 KiB, 2.0 KiB/s  a.gz")

	// The next file was half there already.
	p.SetTotal(4 << 20)
	p.Set(2<<20, "b.gz")
	require.Contains(t, s.line(), "50%")
	require.Contains(t, s.line(), "|  2.0 MiB of 4.0 MiB  b.gz", "what an earlier run did gives no rate")
	*now = now.Add(2 * time.Second)
	p.Set(3<<20, "b.gz")
	require.Contains(t, s.line(), "|  3.0 MiB of 4.0 MiB, 512.0 KiB/s, 0:02 left  b.gz")
	p.Set(4<<20, "b.gz")
	require.Empty(t, s.line())

	// Another file of the same size.
	p.Set(1<<20, "c.gz")
	require.Contains(t, s.line(), "25%")
	require.Contains(t, s.line(), "|  1.0 MiB of 4.0 MiB  c.gz")
	p.Close()
	require.Empty(t, s.line())
}

func TestProgressTextCannotSteerTheTerminal(t *testing.T) {
	p, s, _ := testProgress(t, 80, 10, "samples")
	p.Set(1, "a\x1b[2J\r\nb")
	require.Contains(t, s.line(), "a�[2J��b")
	require.Len(t, s.lines, 1)
}

func TestProgressThrottles(t *testing.T) {
	p, s, _ := testProgress(t, 80, 1000, "samples")
	p.throttle = time.Hour
	for i := range int64(999) {
		p.Set(i, "text")
	}
	require.Len(t, s.history, 1)
	p.Set(1000, "text")
	require.Empty(t, s.line(), "the end is not throttled")
}

func TestProgressFromManyGoroutines(t *testing.T) {
	p, s, _ := testProgress(t, 80, 100, "samples")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 25 {
				p.Set(int64(i+j), fmt.Sprint(i))
				p.Clear()
			}
		})
	}
	p.Close()
	all.Wait()
	require.Empty(t, s.line())
}
