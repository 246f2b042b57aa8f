package peak

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestTmp(t *testing.T) {
	for _, mb := range []int{1, 2, 8, 16, 48, 128} {
		x := make([]byte, mb<<20)
		for i := range x { x[i] = byte(i) }
		var out [16]uint32
		read := func(streams, piece int) {
			q := len(x) / streams
			for lo := 0; lo < q; lo += piece {
				for s := range streams { sumAVX2(&out, &x[s*q+lo], piece/256, 1) }
			}
		}
		rates := map[[2]int][]float64{}
		for range 40 {
			for _, st := range [][2]int{{1,4096},{2,1024},{4,256},{4,1024},{8,256},{8,1024},{8,4096}} {
				read(st[0], st[1])
				s := time.Now()
				n := max(1, 16/mb)
				for range n { read(st[0], st[1]) }
				rates[st] = append(rates[st], float64(n)*float64(len(x))/time.Since(s).Seconds()/1e9)
			}
		}
		fmt.Printf("%d MiB", mb)
		for _, st := range [][2]int{{1,4096},{2,1024},{4,256},{4,1024},{8,256},{8,1024},{8,4096}} { slices.Sort(rates[st]); fmt.Printf(" %v: %.1f %.1f;", st, rates[st][20], rates[st][39]) }
		fmt.Println(" MiB")
	}
}
