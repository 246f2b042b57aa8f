package lessons

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/runtime"
)

// TestUnitsOfSleep: the parts of a sleep for some time, each with a plan of its own, are
// one unit; one that was broken off and the next, two.
func TestUnitsOfSleep(t *testing.T) {
	var units []Unit
	for i, s := range []runtime.Sleep{{Steps: 8, Of: 1500}, {Steps: 25, From: 1, Of: 190}, {Steps: 25, From: 27, Of: 180}, {Steps: 8, Of: 1500}, {Steps: 2, From: 1, Of: 3}, {Steps: 3, Of: 3}} {
		units = AddUnit(units, uint64(i+1), uint64(i), &s)
	}
	require.Len(t, units, 3)
	for i, want := range [][]int{{1, 3, 58}, {4, 5, 10}, {6, 6, 3}} {
		require.Equal(t, want, []int{int(units[i].First), int(units[i].Last), units[i].Steps})
	}
}
