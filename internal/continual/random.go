package continual

import "math/rand/v2"

// The purposes that random numbers are drawn for; each has a stream of its own.
const (
	forClasses uint64 = iota + 1
	forAngles
	forPermutations
	forShots
	forMixing
	forTasks // + the task's number
)

func random(seed, purpose uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, purpose)) }

// classOrder returns the order in which n classes appear: of seed 0 their own, of any
// other a fixed shuffle.
func classOrder(seed uint64, n int) []int {
	if seed != 0 {
		return random(seed, forClasses).Perm(n)
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}
