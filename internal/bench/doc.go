// Package bench measures simd's operations on this machine: how long each
// takes on each implementation of the kernels, as a fraction of what the
// machine can do at most, which is measured in between, and in proportion to
// the pure Go kernels.
//
// Samples of all implementations and of the peaks alternate, so that what
// else the machine does meets all alike; figures are medians.
//
// An EnginePlan does the same to a whole network: batches learnt and samples
// predicted, as a fraction of a large product's speed, and of the time that the
// traffic of the updates takes.
package bench
