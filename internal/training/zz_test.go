package training

import (
	"fmt"
	"os"
	goruntime "runtime"
	"strings"
)

func dump(what string) {
	var m goruntime.MemStats
	goruntime.ReadMemStats(&m)
	text, _ := os.ReadFile("/proc/self/status")
	get := func(k string) string { _, r, _ := strings.Cut(string(text), k); return strings.Fields(r)[0] }
	fmt.Printf("%-12s alloc %d inuse %d idle-released %d stack %d mspan %d mcache %d gc %d other %d buck %d | hwm %s rss %s anon %s file %s\n", what, m.HeapAlloc>>10, m.HeapInuse>>10, (m.HeapIdle-m.HeapReleased)>>10, m.StackInuse>>10, m.MSpanSys>>10, m.MCacheSys>>10, m.GCSys>>10, m.OtherSys>>10, m.BuckHashSys>>10, get("VmHWM:"), get("VmRSS:"), get("RssAnon:"), get("RssFile:"))
}
