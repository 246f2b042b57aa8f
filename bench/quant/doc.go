// Quant shows what int8 does to networks: accuracy by every way to calibrate, and
// size, memory and speed beside float32 with every instruction set of this CPU.
//
//	go run ./bench/quant --data mnist
//
// learns MNIST with preset fast, three seeds, without the generative circuit, and
// prints tables; --model takes networks that are there already, as train writes
// them, and may be repeated:
//
//	go run ./bench/quant --data mnist --model mnist.pff --model large.pff --json
//
// Accuracy is that of all networks on the test images. Speed, size and memory are
// those of the first network of every size. The two forms of a network take turns,
// in rounds of at least 2 ms each, on the same samples, other ones in every round;
// figures are medians, ratios are medians of the rounds' ratios.
//
// Seconds are those that pass. On a machine with other work, --clock cpu counts what
// the process computes instead, which is comparable for one thread.
package main
