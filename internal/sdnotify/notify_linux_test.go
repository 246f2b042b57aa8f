package sdnotify

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// listen stands in for systemd on a socket.
func listen(t *testing.T, name string) func() string {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	t.Setenv("NOTIFY_SOCKET", name)
	return func() string {
		b := make([]byte, 4096)
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(5*time.Second)))
		n, err := conn.Read(b)
		require.NoError(t, err)
		return string(b[:n])
	}
}

func TestNotify(t *testing.T) {
	for kind, name := range map[string]string{
		"path":     filepath.Join(t.TempDir(), "notify"),
		"abstract": fmt.Sprintf("@pffedge-test-%d-%d", os.Getpid(), time.Now().UnixNano()),
	} {
		t.Run(kind, func(t *testing.T) {
			heard := listen(t, name)
			require.NoError(t, Ready())
			require.Equal(t, "READY=1", heard())
			require.NoError(t, Alive())
			require.Equal(t, "WATCHDOG=1", heard())
			require.NoError(t, Status("12 operations\nREADY=1"))
			require.Equal(t, "STATUS=12 operations READY=1", heard())
			require.NoError(t, Stopping())
			require.Equal(t, "STOPPING=1", heard())
		})
	}
}

func TestNotifyNobody(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	require.NoError(t, Ready())
	for _, name := range []string{"relative", filepath.Join(t.TempDir(), "missing"), "@pffedge-test-nobody"} {
		t.Setenv("NOTIFY_SOCKET", name)
		require.ErrorContains(t, Ready(), "NOTIFY_SOCKET", name)
	}
}

func TestWatchdog(t *testing.T) {
	pid := strconv.Itoa(os.Getpid())
	for _, c := range []struct {
		usec, pid string
		want      time.Duration
		fails     bool
	}{
		{"", "", 0, false},
		{"", pid, 0, false},
		{"30000000", "", 30 * time.Second, false},
		{"30000000", pid, 30 * time.Second, false},
		{"30000000", "1" + pid, 0, false},
		{"0", "", 0, true},
		{"-5", "", 0, true},
		{"soon", "", 0, true},
		{"9223372036854775807", "", 0, true},
	} {
		t.Setenv("WATCHDOG_USEC", c.usec)
		t.Setenv("WATCHDOG_PID", c.pid)
		got, err := Watchdog()
		require.Equal(t, c.want, got, c)
		require.Equal(t, c.fails, err != nil, c)
	}
}
