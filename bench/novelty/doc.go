// Novelty measures how well package runtime/novelty tells samples that a network has
// never learned from those that it has, and how soon it notices that a stream
// changes.
//
//	go run ./bench/novelty --data mnist
//
// learns MNIST with preset fast, 2×200 units and the generative circuit, ten times,
// each time without one of the classes. Every sixth training sample calibrates and is
// not learned. For each signal, for the statistic that the package chose and for
// others that it did not choose, a table shows the area under the ROC curve (AUROC)
// and the share of known test samples that are called new where 95 % of the others
// are (FPR95), averaged over the networks. New are
//
//   - unseen: test samples of the class that was left out;
//   - inverted, noise, rotated, shuffled: test samples of the known classes with 1−x
//     for x, as many random pixels, turned by 90°, with all pixels in another order.
//
// Another table shows how even the scores of known test samples are, and a third one
// streams of test samples: with nothing changed, how many false alarms; turned
// further by every image, and with a tenth of unseen digits mixed in, how many
// samples it takes to a warning and to an alarm.
//
// --json prints the figures of every network instead.
package main
