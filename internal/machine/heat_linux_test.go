package machine

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// tree writes files below a new root.
func tree(t *testing.T, files map[string]string) (root string) {
	t.Helper()
	root = t.TempDir()
	for path, text := range files {
		path = filepath.Join(root, path)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	return root
}

func TestTemperature(t *testing.T) {
	const zone = "sys/class/thermal/thermal_zone"
	for name, c := range map[string]struct {
		files map[string]string
		want  float64
		ok    bool
	}{
		"none":            {nil, 0, false},
		"a Raspberry Pi":  {map[string]string{zone + "0/type": "cpu-thermal\n", zone + "0/temp": "48312\n"}, 48.312, true},
		"the processor":   {map[string]string{zone + "0/type": "gpu-thermal\n", zone + "0/temp": "70000\n", zone + "1/type": "soc-thermal\n", zone + "1/temp": "51000\n", zone + "2/type": "wifi\n", zone + "2/temp": "90000\n"}, 51, true},
		"its hottest":     {map[string]string{zone + "0/type": "cpu0-thermal\n", zone + "0/temp": "40000\n", zone + "1/type": "cpu1-thermal\n", zone + "1/temp": "43000\n"}, 43, true},
		"the hottest":     {map[string]string{zone + "0/type": "acpitz\n", zone + "0/temp": "27800\n", zone + "1/temp": "30000\n"}, 30, true},
		"below zero":      {map[string]string{zone + "0/type": "cpu-thermal\n", zone + "0/temp": "-7500\n"}, -7.5, true},
		"a sensor is off": {map[string]string{zone + "0/type": "cpu-thermal\n", zone + "0/temp": "-274000\n", zone + "1/type": "x\n", zone + "1/temp": "20000\n"}, 20, true},
		"nonsense":        {map[string]string{zone + "0/type": "cpu-thermal\n", zone + "0/temp": "warm\n", zone + "1/temp": ""}, 0, false},
	} {
		got, ok := temperature(tree(t, c.files))
		require.Equal(t, c.ok, ok, name)
		require.Equal(t, c.want, got, name)
	}
}

func TestThrottled(t *testing.T) {
	for text, want := range map[string][2]bool{
		"0\n": {false, true}, "0x0\n": {false, true}, "4\n": {true, true}, "1": {true, true}, "0x50005\n": {true, true},
		"50000\n": {false, true}, "2\n": {false, true}, "": {false, false}, "hot\n": {false, false}, "-1\n": {false, false},
	} {
		throttled, ok := throttledNow(tree(t, map[string]string{"sys/devices/platform/soc/soc:firmware/get_throttled": text}))
		require.Equal(t, want, [2]bool{throttled, ok}, "%q", text)
	}
	_, ok := throttledNow(t.TempDir())
	require.False(t, ok)
}
