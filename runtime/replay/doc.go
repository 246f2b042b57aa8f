// Package replay keeps samples of an endless stream within a budget of bytes, to
// be learnt again between the new ones: a replay memory, which is what keeps a
// network from forgetting the classes that the stream no longer shows.
//
// A Memory takes samples one by one, D inputs in 0…1 and a label. Classes may
// appear at any time; no task is told from the next. When the budget is spent the
// class with most samples gives one up, so no class starves. Which one is decided
// by a priority that every sample has by its number: a class keeps those of
// lowest priority it has seen, so each of them had the same chance, however often
// and however far the class had to shrink.
//
// # Codes
//
// Inputs are kept as codes of 1, 2, 4 or 8 bits: with b bits, k/(2^b−1) for the
// nearest k. Each sample is stored packed, or as runs of zeros and of other codes
// where that is shorter, as it is for drawings.
//
// Unless told how many bits, a memory starts with 8. When it is full for the
// first time it goes to the fewest at which rounding adds noise of at most an
// eighth of the variance of what it holds, 1 bit for MNIST, and encodes that
// anew; after that nothing changes any more. More samples serve better than finer
// ones. The codes are what they would be, had there been as few bits from the
// start.
//
// # Bytes
//
// The budget counts 28 bytes a class (up to the highest label seen), 9 a sample,
// and the codes behind a length of 1 to 4 bytes, 4 bytes at least. Samples lie in
// one buffer, which grows as they do, twofold each time, and is never larger than
// the budget. Besides there are about 2 kB, 3·D bytes to encode in, and of the
// table of classes what Go adds to it and the part that came after the buffer had
// grown to the budget. While the buffer grows the smaller one exists as well, and
// while the bits of codes change, D bytes.
//
// # Determinism
//
// All that a memory does follows from its options and the calls that changed it.
// Draws depend on the memory and a step number and change nothing. Equal
// memories are equal bytes, and a memory that was decoded goes on like the one
// that was encoded.
//
// A sample's number is its place, from 0 to Len()−1, the classes in the order of
// their labels; any change may move it. Its identity, by which Find finds it, stays.
//
// A Memory belongs to one goroutine; while none changes it any number may read,
// except by Draw.
package replay
