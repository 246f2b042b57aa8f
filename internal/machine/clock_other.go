//go:build !linux

package machine

// Clocks are the times that can be counted.
var Clocks = map[string]Clock{"wall": wallTime}
