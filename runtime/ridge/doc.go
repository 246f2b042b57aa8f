// Package ridge classifies by ridge regression from fixed random features: a second
// opinion beside a network that learns on. It forgets nothing by itself, whatever
// the order of samples and classes, and what it is told to forget it forgets
// exactly.
//
// A Classifier takes samples of D inputs in 0…1, normalised by itself, and a label.
// Classes may appear at any time and may go again. Add, Remove and Relabel change
// sums over samples, Merge adds those of another classifier, Solve computes weights
// from the sums, Predict uses them.
//
// # Symbols
//
//	x, D     input, its size
//	F        features
//	φ(x)     features of a sample: relu of a random projection, in codes 0…127
//	C        classes
//	ΦᵀΦ      F×F, sums of φ_i·φ_j over samples
//	ΦᵀY      F×C, a class's sum of φ
//	W, λ     F×C weights, what keeps them small: (ΦᵀΦ + λI)·W = ΦᵀY
//
// Of images whose width is told, a feature sees a part, a window (Options.Width);
// MNIST's error falls by a fifth.
//
// It is an extreme learning machine (Huang, Zhu & Siew, "Extreme learning machine:
// theory and applications", Neurocomputing 70, 2006) with the sums kept instead of
// an inverse, so that samples can be taken out again as in decremental learning
// (Cauwenberghs & Poggio, NIPS 2000).
//
// # Exactness
//
// Inputs, random weights and features are whole numbers, and so are the sums: they
// are exact, and therefore the same bits in whatever order and grouping samples
// came, and whatever came in between and was removed again. They do not depend on
// threads, nor on the instruction set. A classifier's encoded form is a function of
// its options and of the samples that are in it.
//
// Solve is a function of the sums and of λ. Its result does not depend on threads;
// pure Go rounds float32 products differently from assembly, so weights may differ
// between them in the last bits.
//
// Sums are kept in 32 bits, for 266,288 samples at least; features like those of MNIST
// let in one to three million.
//
// # Bytes
//
// What must be kept is 2·F·(F+1) bytes, 4·F and 8 a class, and 68 (Bytes). Features
// follow from the seed. Memory is that and, from the first sample on, the projection
// of D·F bytes, some 600·F bytes and 512·D or so for samples at hand, and the
// weights, 4·F bytes a class (Memory). Solve takes as much as ΦᵀΦ once more while it
// runs.
//
// # Time
//
// A sample takes D·F multiply-adds in int8 for its features, of single samples only
// where inputs are not 0, and F²/2 in int8 for ΦᵀΦ. The latter wait until 64 samples
// have come together, or are needed: memory is passed over once for all of them, and
// samples one by one cost hardly more than batches. Solve takes F³/3 in float32 and,
// for each class, a few times F² in float64; it keeps nothing of the factor, which
// updates by single samples would make inexact.
//
// # Ownership and concurrency
//
// A Classifier belongs to one goroutine, for predictions, too. Steady-state
// prediction and learning allocate nothing; Solve does.
package ridge
