// Package sdnotify tells systemd how the service is: that it is ready, that it stops,
// and that it is alive. Without systemd, and on systems other than Linux, it does
// nothing.
//
// The protocol is that of sd_notify(3): a datagram of lines VARIABLE=value, sent to the
// Unix socket that the environment variable NOTIFY_SOCKET names. Its functions may be
// called from any goroutine.
package sdnotify

import "strings"

// Ready tells that the service has started: what Type=notify waits for.
func Ready() error { return Notify("READY=1") }

// Stopping tells that it is about to end.
func Stopping() error { return Notify("STOPPING=1") }

// Alive tells that it is well; to be called at least once in the time that Watchdog
// returns.
func Alive() error { return Notify("WATCHDOG=1") }

// Status tells in one line how it is, for systemctl status.
func Status(text string) error {
	return Notify("STATUS=" + strings.NewReplacer("\n", " ", "\r", " ").Replace(text))
}
