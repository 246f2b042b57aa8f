package mqtt

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// mosquitto is a broker of that make, which keeps sessions on the disk.
type mosquitto struct {
	t       testing.TB
	binary  string
	config  string
	address string
	command *exec.Cmd
}

// findMosquitto returns the binary; Debian keeps it where only root looks.
func findMosquitto(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"mosquitto", "/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	require.Empty(t, os.Getenv("PFFEDGE_REQUIRE"), "PFFEDGE_REQUIRE is set, and there is no mosquitto")
	t.Skip("there is no mosquitto on this machine: install Debian's package mosquitto")
	return ""
}

func newMosquitto(t testing.TB) *mosquitto {
	t.Helper()
	binary := findMosquitto(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().(*net.TCPAddr)
	require.NoError(t, l.Close())
	dir := t.TempDir()
	m := &mosquitto{t: t, binary: binary, config: filepath.Join(dir, "mosquitto.conf"), address: address.String()}
	text := fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location %s/\n", address.Port, dir)
	if os.Getuid() == 0 {
		text += "user root\n" // or it could not write to the folder
	}
	require.NoError(t, os.WriteFile(m.config, []byte(text), 0o600))
	m.start()
	t.Cleanup(m.stop)
	return m
}

func (m *mosquitto) start() {
	m.t.Helper()
	m.command = exec.Command(m.binary, "-c", m.config)
	m.command.Stderr = os.Stderr
	require.NoError(m.t, m.command.Start())
	require.Eventually(m.t, func() bool {
		c, err := net.Dial("tcp", m.address)
		if err == nil {
			c.Close()
		}
		return err == nil
	}, patience, 1e7)
}

func (m *mosquitto) stop() {
	if m.command != nil {
		_ = m.command.Process.Signal(syscall.SIGTERM)
		_ = m.command.Wait()
		m.command = nil
	}
}

// TestMosquitto: predictions and lessons with a broker as there are on many boards. It is
// stopped and started again while the device is away, and keeps what was sent to it.
func TestMosquitto(t *testing.T) {
	each(t, func(t *testing.T, version string) {
		m := newMosquitto(t)
		s := openService(t, newStore(t))
		b := start(t, s, version, m.address)
		p := newPeer(t, m.address, "pffedge/n/#")
		p.say("pffedge/n/predict", drawing(t, 1))
		var r Result
		require.NoError(t, json.Unmarshal(p.hear("pffedge/n/result"), &r))
		require.NotEmpty(t, r.Class)
		p.say("pffedge/n/teach", lesson(t, 1, "1", nil))
		require.EqualValues(t, 1, p.outcome().Operation)

		b.Close(context.Background())
		require.Equal(t, "offline", string(p.hear("pffedge/n/available")))
		const lessons = 22 // more than it sends at once
		for i := range lessons {
			p.say("pffedge/n/teach", lesson(t, uint64(i/2), fmt.Sprint(i%4), nil))
		}
		p.say("pffedge/n/teach", lesson(t, 1, "1", nil)) // as the first one
		p.client.Disconnect(100)
		m.stop()
		m.start()
		p = newPeer(t, m.address, "pffedge/n/outcome")
		b = start(t, s, version, m.address)
		for i := range lessons + 1 {
			o := p.outcome()
			require.Empty(t, o.Problem)
			require.EqualValues(t, i+2, o.Operation)
			if i < lessons {
				require.Equal(t, fmt.Sprint(i%4), o.Class, "in order")
			}
		}
		// It goes while the device is connected, and comes back.
		m.stop()
		require.Eventually(t, func() bool { return !b.Status().Connected }, patience, 1e7)
		m.start()
		connected(t, b)
		p = newPeer(t, m.address, "pffedge/n/outcome")
		p.say("pffedge/n/teach", lesson(t, 2, "2", nil))
		require.EqualValues(t, lessons+3, p.outcome().Operation)
		require.EqualValues(t, lessons+3, s.Current().Sequence)
	})
}
