package machine

import (
	"path/filepath"
	"strconv"
	"strings"
)

// Temperature returns how hot the processor is, °C; not ok where the system does not
// tell.
func Temperature() (celsius float64, ok bool) { return temperature("/") }

// Throttled tells whether the board slows down just now, for heat or for too low a
// voltage; not ok where the system does not tell, which only the Raspberry Pi's does.
func Throttled() (throttled, ok bool) { return throttledNow("/") }

// Plausible temperatures, °C: a sensor that is off reads as what no board survives.
const (
	coldest = -60
	hottest = 200
)

// temperature reads the thermal zones below root, which tell millidegrees: that of the
// processor, or else the hottest.
func temperature(root string) (celsius float64, ok bool) {
	zones, _ := filepath.Glob(filepath.Join(root, "sys/class/thermal/thermal_zone*")) // the pattern is well-formed
	processor := false
	for _, zone := range zones {
		n, err := strconv.ParseInt(strings.TrimSpace(readText(filepath.Join(zone, "temp"))), 10, 32)
		c := float64(n) / 1000
		if err != nil || c < coldest || c > hottest {
			continue
		}
		its := ofProcessor(readText(filepath.Join(zone, "type")))
		switch {
		case its && !processor:
			celsius, processor = c, true
		case its == processor && (!ok || c > celsius):
			celsius = c
		}
		ok = true
	}
	return celsius, ok
}

// ofProcessor tells the type of a processor's zone: cpu-thermal on a Raspberry Pi,
// soc-thermal, cpu0-thermal and such on other boards, x86_pkg_temp on PCs.
func ofProcessor(kind string) bool {
	kind = strings.ToLower(kind)
	return strings.Contains(kind, "cpu") || strings.Contains(kind, "soc") || kind == "x86_pkg_temp"
}

// What the Raspberry Pi's firmware tells of the present; higher bits are about the past.
const (
	underVoltage = 1 << 0
	slowedDown   = 1 << 2
)

// throttledNow reads what the firmware tells, a hexadecimal number.
func throttledNow(root string) (throttled, ok bool) {
	text := strings.TrimSpace(readText(filepath.Join(root, "sys/devices/platform/soc/soc:firmware/get_throttled")))
	bits, err := strconv.ParseUint(strings.TrimPrefix(text, "0x"), 16, 32)
	if err != nil {
		return false, false
	}
	return bits&(underVoltage|slowedDown) != 0, true
}
