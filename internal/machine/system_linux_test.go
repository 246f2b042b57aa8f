package machine

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// pi writes the files of a Raspberry Pi.
func pi(t *testing.T) (root string) {
	root = t.TempDir()
	cache := "sys/devices/system/cpu/cpu0/cache/"
	for path, text := range map[string]string{
		"proc/device-tree/model":               "Raspberry Pi 4 Model B Rev 1.4\x00",
		"proc/meminfo":                         "MemTotal:        3884356 kB\nMemFree:  1 kB\nMemAvailable:    3400000 kB\n",
		"proc/cpuinfo":                         "processor\t: 0\nmodel name\t: ARMv7 Processor rev 3 (v7l)\n",
		cache + "index0/type":                  "Data\n",
		cache + "index0/level":                 "1\n",
		cache + "index0/size":                  "32K\n",
		cache + "index0/coherency_line_size":   "64\n",
		cache + "index1/type":                  "Instruction\n",
		cache + "index1/level":                 "1\n",
		cache + "index1/size":                  "48K\n",
		cache + "index2/type":                  "Unified\n",
		cache + "index2/level":                 "2\n",
		cache + "index2/size":                  "1M\n",
		"sys/devices/system/cpu/cpu0/online":   "1\n",
		"sys/devices/system/cpu/cpu0/cache/up": "x",
	} {
		path = filepath.Join(root, path)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	return root
}

func TestRead(t *testing.T) {
	var f Facts
	f.read(pi(t))
	require.Equal(t, Facts{
		Board: "Raspberry Pi 4 Model B Rev 1.4", CPU: "ARMv7 Processor rev 3 (v7l)",
		Caches: Caches{L1Data: 32 << 10, L2: 1 << 20, Line: 64},
		Memory: Memory{Total: 3884356 << 10, Available: 3400000 << 10},
	}, f)

	detected := Facts{CPU: "Cortex-A72", Caches: Caches{L1Data: 1, L2: 2, L3: 3, Line: 4}}
	detected.read(pi(t))
	require.Equal(t, "Cortex-A72", detected.CPU, "what the CPU says goes first")
	require.Equal(t, Caches{1, 2, 3, 4}, detected.Caches)
}

func TestReadWithoutFiles(t *testing.T) {
	var f Facts
	f.read(t.TempDir())
	require.Equal(t, Facts{}, f)
}

func TestParseMemoryOfNonsense(t *testing.T) {
	for _, text := range []string{"", "MemTotal:", "MemTotal: x kB", "MemTotal: -5 kB", "MemTotal: 99999999999999999999 kB", "\x00\xff"} {
		require.Equal(t, Memory{}, parseMemory(text), "%q", text)
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int{"64": 64, "32K": 32 << 10, "8M": 8 << 20, "": 0, "K": 0, "-1K": 0, "1G": 0, "9999999999M": 0} {
		require.Equal(t, want, parseSize(text), "%q", text)
	}
}
