package show

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMeterOfASteadyJob(t *testing.T) {
	var m meter
	now := time.Unix(0, 0)
	m.report(now, 5000)
	require.Zero(t, m.rate())
	m.report(now, 5001)
	require.Zero(t, m.rate(), "no time has passed")
	for i := range int64(50) {
		now = now.Add(time.Second)
		m.report(now, 5000+30*(i+1))
		require.InDelta(t, 30, m.rate(), 1e-9)
	}
}

func TestMeterFollowsChanges(t *testing.T) {
	var m meter
	now, done := time.Unix(0, 0), int64(0)
	m.report(now, done)
	for range 100 {
		now, done = now.Add(time.Second), done+100
		m.report(now, done)
	}
	for range 10 {
		now, done = now.Add(time.Second), done+10
		m.report(now, done)
	}
	require.InDelta(t, 10+90/2.718, m.rate(), 0.1, "1/e of the change is left after ten seconds")
}

func TestMeterRestarts(t *testing.T) {
	var m meter
	now := time.Unix(0, 0)
	m.report(now, 0)
	m.report(now.Add(time.Second), 100)
	m.report(now.Add(2*time.Second), 10)
	require.Zero(t, m.rate())
}

func TestCountdown(t *testing.T) {
	for seconds, want := range map[float64]string{
		0: "0:00", 8.2: "0:09", 187: "3:07", 3599.5: "1:00:00", 7500: "2:05:00", 86399: "23:59:59", 97200: "1 d 03 h",
	} {
		require.Equal(t, want, countdown(seconds), "%g", seconds)
	}
}
