// Package continual measures how well a learner learns on without forgetting.
//
// A pupil (Pupil) is shown a stream of labelled images, batch by batch, and asked
// now and then what it can still tell apart. Four protocols say what comes:
//
//	a  class-incremental: tasks of two classes, many batches of a task, told when
//	   one begins (split MNIST; van de Ven, Tuytelaars & Tolias, Nature Machine
//	   Intelligence 4, 2022)
//	b  the same tasks online: every sample once, and no boundary told
//	c  domain-incremental: in every task all classes, the images rotated or their
//	   pixels permuted anew (Buzzega et al., arXiv 2004.07211)
//	d  teaching: all classes but one in one pass, then a few samples of that one,
//	   each class in turn
//
// Predictions are always among all classes seen so far: nobody tells the pupil
// which task a test image comes from.
//
// # Metrics
//
// R[i,j] is the accuracy on the test images of task j after learning task i, of T.
//
//	ACC         mean over j of R[T,j]
//	BWT         mean over j<T of R[T,j] − R[j,j]
//	forgetting  mean over j<T of max over i<T of R[i,j], − R[T,j]
//	FWT         mean over j>1 of R[j−1,j] − b, b what guessing achieves (c alone: a
//	            class that was never seen is never predicted)
//	min-ACC     lowest accuracy over the classes (c: tasks) seen so far, at any time
//	prequential accuracy on each batch just before it is learned
//
// after Lopez-Paz & Ranzato (arXiv 1706.08840), Chaudhry et al. (arXiv 1801.10112)
// and De Lange et al. (arXiv 2205.13452). Each is taken when the stream ends and
// again after the pupil has slept (Pupil.Finish). All shares are of 1.
//
// # Determinism
//
// The order of classes, of samples, angles and permutations follow from the seed
// alone, and what a pupil of this package learns from that and its options. Times
// do not.
package continual
