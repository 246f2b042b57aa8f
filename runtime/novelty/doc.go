// Package novelty tells samples that are unlike what a network has learned, and
// streams that have changed.
//
// A Signal is what one prediction says about its sample. A Gauge learns from
// samples of a known kind, held out of learning, how large signals usually are,
// and then scores others: Score is the share of known samples that looked less
// unusual. A Drift watches a stream of scores for a change. Package runtime's
// Session.Signals yields the signals.
//
// # Which signals
//
// The statistic of a Signal is the sum of three standard deviates, those of
// −Lead, −Energy and log Error, all on scales common to the classes. It was chosen
// among two dozen combinations for the best area under the ROC curve on digits of
// MNIST whose class was left out of learning; bench/novelty measures it again, with
// other seeds. Of the alternatives, maxima and sums of squares of the positive
// deviates were worse, and so were scales for each predicted class: what an unknown
// sample is taken for tells little about it. Energy is the score of Liu et al.,
// "Energy-based Out-of-distribution Detection", arXiv 2010.03759.
//
// Surprise itself is in no sum. Learning drives activity up under wrong labels, so
// an unknown sample, which no label fits and which was never shown with a wrong
// one, is less active under all of them: its best label looks better than a known
// sample's. What tells is the distance between the best label and the others.
//
// # Calibration
//
// The first ScaleSamples samples set the scales, which stay; later ones are
// counted in histograms of the statistic. So the statistic is a fixed function of
// the signal when samples are counted, and a new sample of the same kind is as
// likely to have any rank as any other: the p-value 1−Score is that of inductive
// conformal prediction (Papadopoulos et al., ECML 2002). For one Gauge
// with n samples counted it is off by at most √(ln(2/δ)/2n), with probability 1−δ
// (Massart, Annals of Probability 18, 1990), and by what a histogram loses within
// a bin. Samples that were learned from must not calibrate: they look less unusual
// than new ones.
//
// # Bytes
//
// A Gauge takes about 1.3 kB, and 370 bytes a class. Adding, scoring and watching
// allocate nothing.
//
// # Determinism
//
// A Gauge and a Drift follow from their options and the calls that changed them,
// to the bit on one platform; where the compiler fuses products, the last bit of a
// statistic may differ. Equal values are equal bytes, and what was decoded goes on
// like what was encoded. Each belongs to one goroutine; while none changes a Gauge
// any number may score.
package novelty
