//go:build !linux

package simd

import "testing"

// mapRegion returns n values on the heap: canaries alone guard them here.
func mapRegion(_ testing.TB, n int) []float32 { return make([]float32, n) }
