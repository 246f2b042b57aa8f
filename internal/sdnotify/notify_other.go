//go:build !linux

package sdnotify

import "time"

// Notify does nothing: there is no systemd.
func Notify(string) error { return nil }

// Watchdog returns 0: nobody watches.
func Watchdog() (time.Duration, error) { return 0, nil }
