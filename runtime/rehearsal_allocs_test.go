//go:build !race

package runtime

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRehearsalAllocations: once memories are full and batches of that size were learned,
// streams, lessons and sleep allocate nothing.
func TestRehearsalAllocations(t *testing.T) {
	eachForm(t, func(t *testing.T, small bool) {
		for threads := 1; threads <= 2; threads++ {
			l := rehearsing(t, tinyModel(t, 3, small), 3000, threads)
			stream := learnOf(0, cycle(25, "0", "1", "2")...)
			for range 40 {
				require.NoError(t, l.Apply(stream))
			}
			ops := []Operation{stream, &Sleep{5, 0, 10}}
			if threads == 1 {
				ops = append(ops, teachOf("1", 0, 5), &Correct{Class: "1", Was: "2", Size: tinyImage.Size(), Pixels: glyphs("1", 7, 1)})
			}
			for _, op := range ops {
				require.NoError(t, l.Apply(op))
				require.Zero(t, testing.AllocsPerRun(1, func() {
					if err := l.Apply(op); err != nil {
						t.Error(err)
					}
				}), "%T, %d threads", op, threads)
			}
		}
	})
}
