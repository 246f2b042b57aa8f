// Package bench measures simd's operations on this machine: how long each
// takes on each implementation of the kernels, as a fraction of what the
// machine can do at most, which is measured in between, and in proportion to
// the pure Go kernels.
//
// Samples of all implementations and of the peaks alternate, so that what
// else the machine does meets all alike; figures are medians.
package bench
