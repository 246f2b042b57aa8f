package ridge_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/pffedge/pffedge/runtime/ridge"
)

// A light in one of three places is learnt; then one sample is taken back, and a
// class that comes later is learnt beside the others.
func Example() {
	c, err := ridge.New(ridge.Options{Inputs: 12, Features: 64, Lambda: 0.1})
	if err != nil {
		fmt.Println(err)
		return
	}
	light := func(at int) []float32 {
		x := make([]float32, 12)
		x[at] = 1
		return x
	}
	for at := range 8 {
		if err := c.Add(light(at), at/4); err != nil {
			fmt.Println(err)
			return
		}
	}
	saved, _ := c.MarshalBinary()

	_ = c.Add(light(9), 2)
	_ = c.Add(light(10), 2)
	_ = c.Solve(context.Background())
	label, _ := c.Predict(make([]float32, c.Classes()), light(9))
	fmt.Println("class", label, "of", c.Classes())

	_ = c.Remove(light(10), 2)
	_ = c.Remove(light(9), 2)
	again, _ := c.MarshalBinary()
	fmt.Println("as before, to the bit:", bytes.Equal(saved, again))
	// Output:
	// class 2 of 3
	// as before, to the bit: true
}
