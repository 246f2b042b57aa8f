package replay_test

import (
	"bytes"
	"fmt"

	"github.com/pffedge/pffedge/runtime/replay"
)

// A stream shows class 0 a thousand times, then class 1. The memory keeps as many
// of either; its bytes go beside a checkpoint.
func Example() {
	memory, err := replay.New(replay.Options{Inputs: 64, Budget: 4096})
	if err != nil {
		fmt.Println(err)
		return
	}
	x := make([]float32, 64)
	for i := range 2000 {
		x[i%64] = 1 - x[i%64]
		if _, err := memory.Add(x, i/1000); err != nil {
			fmt.Println(err)
			return
		}
	}
	for label := range memory.Classes() {
		kept, seen := memory.Count(label)
		fmt.Println("class", label, "keeps", kept, "of", seen)
	}

	batch := memory.Draw(make([]int, 8), replay.Balanced, 1)
	counts := [2]int{}
	for _, i := range batch {
		counts[memory.Sample(x, i)]++
	}
	fmt.Println("a batch:", counts)

	saved, _ := memory.MarshalBinary()
	again, err := replay.Decode(bytes.NewReader(saved))
	fmt.Println(again.Len() == memory.Len(), err)
	// Output:
	// class 0 keeps 153 of 1000
	// class 1 keeps 154 of 1000
	// a batch: [4 4]
	// true <nil>
}
