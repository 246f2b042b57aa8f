package machine

import (
	"strconv"
	"strings"
)

// PeakMemory returns the most memory, in bytes, that this process has had
// resident so far, or 0 where the system does not tell.
func PeakMemory() int64 { return parsePeak(readText("/proc/self/status")) }

// ResidentMemory returns the memory, in bytes, that this process has resident now,
// or 0 where the system does not tell.
func ResidentMemory() int64 { return parseStatus(readText("/proc/self/status"), "VmRSS:") }

func parsePeak(text string) int64 { return parseStatus(text, "VmHWM:") }

// parseStatus reads /proc/self/status: a line like "VmHWM:   16384 kB".
func parseStatus(text, name string) int64 {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != name {
			continue
		}
		if n, err := strconv.ParseInt(fields[1], 10, 53); err == nil && n > 0 {
			return n << 10
		}
	}
	return 0
}
