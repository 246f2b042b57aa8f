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
// On a machine with other work, --cpu-time keeps that out of what one thread
// measures, except for the caches that it shares.
package main
