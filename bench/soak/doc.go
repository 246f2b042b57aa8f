// Soak lets a learner that rehearses learn an endless stream and looks, at every tenth
// of it, whether memory stays flat, values stay finite and what is known stays known.
//
//	go run ./bench/soak
//
// shows 1,000,000 synthetic digits of 28×28 pixels, ten at a time, to a network of two
// layers of 200 units that remembers 157 kB. The stream shows three classes at a time,
// for 500 samples; they come again and again. Six are there from the start, three come
// in the first tenth, the last after a third of the stream. How digits look drifts,
// each class in its own way: slant, thickness and place swing along sines of several
// lengths that have no common period.
//
// At a tenth's end the program collects garbage and gives memory back, and reports the
// resident memory, the heap in use, and the accuracy, by goodness, on digits of other
// originals, of all classes that have come, as they look at that time. It exits with 1
// where the heap or, on Linux, the resident memory is more than 1 % above that after the
// first tenth, where a value is not finite, or where the accuracy at the end is below
// that at the first tenth.
package main
