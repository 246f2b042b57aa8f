//go:build !linux

package machine

// Temperature is not known: the system does not tell.
func Temperature() (celsius float64, ok bool) { return 0, false }

// Throttled is not known either.
func Throttled() (throttled, ok bool) { return false, false }
