package main

import (
	"fmt"
	"strconv"
	"strings"
)

// shape is the size of a product m×k · k×n, or of a gradient (m×k)ᵀ · m×n.
type shape struct {
	M int `json:"m"`
	K int `json:"k"`
	N int `json:"n"`
}

// operations counts the multiplications and additions of the product.
func (s shape) operations() float64 { return 2 * float64(s.M) * float64(s.K) * float64(s.N) }

func (s shape) String() string { return fmt.Sprintf("%d×%d×%d", s.M, s.K, s.N) }

// square returns shapes of every batch for square weights of every size.
func square(batches, sizes []int) []shape {
	var list []shape
	for _, size := range sizes {
		for _, m := range batches {
			list = append(list, shape{m, size, size})
		}
	}
	return list
}

// parseShapes reads "10x2000x2000,64x500x500": m, k and n.
func parseShapes(text string) ([]shape, error) {
	var list []shape
	for _, one := range strings.Split(text, ",") {
		var size [3]int
		parts := strings.Split(one, "x")
		if len(parts) != len(size) {
			return nil, fmt.Errorf("shape %q: want MxKxN", one)
		}
		for i, part := range parts {
			n, err := strconv.Atoi(part)
			if err != nil || n < 1 || n > 1<<15 {
				return nil, fmt.Errorf("shape %q: %q is not a size from 1 to 32768", one, part)
			}
			size[i] = n
		}
		list = append(list, shape{size[0], size[1], size[2]})
	}
	return list, nil
}
