//go:build !linux

package machine

// PeakMemory returns 0: the system does not tell.
func PeakMemory() int64 { return 0 }

// ResidentMemory returns 0 likewise.
func ResidentMemory() int64 { return 0 }
