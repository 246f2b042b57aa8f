// Learning draws time-to-accuracy curves: how many seconds and epochs the
// project's presets, and a backprop network of the same sizes, need to reach
// given accuracies on the test images.
//
//	go run ./bench/learning --data mnist --png curves.png
//
// learns MNIST with preset fast and with the backprop network, three seeds
// each, and prints a table. It evaluates at fixed times of learning; evaluating
// does not count as time. --json prints everything that was measured instead,
// and --from reads such files back in and puts them into one table and one
// picture, so that the runs can be made one by one on a machine that is quiet
// only now and then:
//
//	go run ./bench/learning --data mnist --learners fast --seeds 0 --json > fast-0.json
//	go run ./bench/learning --data mnist --learners mlp --seeds 0 --json > mlp-0.json
//	go run ./bench/learning --from fast-0.json --from mlp-0.json --png curves.png
//
// Seconds are those that pass. On a machine with other work, --clock cpu counts
// what the process computes instead, which is comparable for --threads 1.
// Presets learn without the generative circuit unless --generative is given.
//
// The backprop network is the yardstick, and a fair one: the same kernels,
// threads, data and number of units (relu, softmax cross-entropy, Adam with a
// constant rate of 10⁻³, batches of 100, He's and Glorot's initial weights),
// gradients and Adam fused as ours are, and errors carried back by the faster of
// two ways. With --data synthetic everything runs in seconds on digits drawn
// here, which is what the tests do.
package main
