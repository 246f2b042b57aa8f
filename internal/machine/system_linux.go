package machine

import (
	"path/filepath"
	"strconv"
	"strings"
)

// askSystem adds what the kernel tells in its file systems.
func (f *Facts) askSystem() { f.read("/") }

// read adds what the files below root tell.
func (f *Facts) read(root string) {
	f.Board = readText(filepath.Join(root, "proc/device-tree/model"))
	f.Memory = parseMemory(readText(filepath.Join(root, "proc/meminfo")))
	f.Caches.fill(filepath.Join(root, "sys/devices/system/cpu/cpu0/cache"))
	if f.CPU == "" {
		f.CPU = cpuName(readText(filepath.Join(root, "proc/cpuinfo")))
	}
}

// parseMemory reads /proc/meminfo: lines like "MemTotal:   16384 kB".
func parseMemory(text string) (m Memory) {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		n, err := strconv.ParseInt(fields[1], 10, 53) // so that 1024 of them fit
		if err != nil || n < 0 {
			continue
		}
		switch fields[0] {
		case "MemTotal:":
			m.Total = n << 10
		case "MemAvailable:":
			m.Available = n << 10
		}
	}
	return m
}

// cpuName reads /proc/cpuinfo, where 32-bit ARM systems name their CPU.
func cpuName(text string) string {
	for line := range strings.Lines(text) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// fill adds the sizes that are unknown so far from a folder as the kernel
// keeps it for each core: index0, index1, … with files type, level and size.
func (c *Caches) fill(dir string) {
	found, _ := filepath.Glob(filepath.Join(dir, "index*")) // the pattern is well-formed
	for _, index := range found {
		text := func(file string) string { return readText(filepath.Join(index, file)) }
		if text("type") == "Instruction" {
			continue
		}
		size := parseSize(text("size"))
		switch text("level") {
		case "1":
			known(&c.L1Data, size)
		case "2":
			known(&c.L2, size)
		case "3":
			known(&c.L3, size)
		}
		known(&c.Line, parseSize(text("coherency_line_size")))
	}
}

func known(field *int, value int) {
	if *field == 0 {
		*field = value
	}
}

// parseSize reads a size like 64, 32K or 8M.
func parseSize(s string) int {
	shift := 0
	switch {
	case strings.HasSuffix(s, "K"):
		shift = 10
	case strings.HasSuffix(s, "M"):
		shift = 20
	}
	n, err := strconv.ParseUint(strings.TrimRight(s, "KM"), 10, 31-shift)
	if err != nil {
		return 0
	}
	return int(n) << shift
}
