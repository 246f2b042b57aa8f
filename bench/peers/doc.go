// Peers measures the products and the update of this repository beside other
// libraries, all in one run: OpenBLAS and BLIS (float32), oneDNN (int8), gonum
// and vek. It is a module of its own because it needs cgo and their packages;
// run.sh installs what is missing on Debian 12 and runs it.
//
// For each shape every contender's result is compared with ours first. Then
// come rounds in which each contender in turn runs for a burst of at least
// 30 ms on operands that one untimed call has brought into the caches. The
// table has medians over the rounds, and the median and quartiles of each
// round's ratio to ours, which a change of clock or load between rounds leaves
// alone. A library that offers several ways to a result is measured in all of
// them and stands in the table with the fastest.
//
// The peers get every advantage that they allow: products repeat in C, not over
// cgo, OpenBLAS and BLIS use the kernels that won a contest on this CPU, oneDNN
// may reorder its weights in advance. Activations have no zeros to skip.
// OPENBLAS_CORETYPE and BLIS_ARCH_TYPE, where set, replace the contest.
//
// A shape of operation mlp is a network: samples × inputs × units of each of two
// hidden layers, 10 classes. Ours is the engine's whole read-out of it in int8,
// oneDNN's the three products with relu and rounding, one after the other.
//
// The unit is the time of OpenBLAS, at its best, for 1000×2000 by 2000×2000:
// --unit measures it alone, and its kernels are always those that win a contest
// at this very product, for a set OPENBLAS_CORETYPE would make the unit what
// somebody wanted it to be. --keep-coretype lets it stand. --engine measures what
// the whole engine does, on two threads: a batch of the reference's settings (500
// + 500 rows, 12 rounds, both circuits, two layers of 2000 and of 500) in turn
// with the unit and in units; then exact goodness of one sample at 2×2000 beside
// the plain sweep, which goes through the equations label by label and step by
// step with one product of a vector and a (for the lateral ones: dense) matrix
// after the other, on the same kernels; and the read-out of one sample beside
// reading its weights once from front to back.
//
// On a machine with other work, --cpu-time keeps that out of what one thread
// measures, except for the caches that it shares.
package main
