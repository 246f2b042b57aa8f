// Package runtime predicts and learns with the Predictive Forward-Forward
// algorithm (PFF): Ororbia & Mali, "The Predictive Forward-Forward
// Algorithm", arXiv 2301.01452.
//
// A representation circuit of hidden layers settles under an input and a
// label; its activity, the goodness, says how well they fit. A generative
// circuit predicts each layer from the one above, reconstructs inputs and
// imagines new ones. Every parameter learns from signals of its own layer, in
// forward passes; nothing is propagated backward through layers or time.
//
// # Symbols
//
//	x, D          input, its size
//	z_ℓ, H_ℓ      state of hidden layer ℓ = 1…L, its units
//	y, C          one-hot label, number of classes
//	n(z)          z/(‖z‖₂+1e-8), row by row
//	φ             relu; its derivative counts as 1 in every local gradient
//	W_ℓ, V_ℓ, V   bottom-up weights, top-down weights, label weights
//	b_ℓ, L_ℓ      biases, lateral competition inside groups of units
//	W, b          softmax read-out
//	Gy, G_ℓ       generative weights, from the top latent z_g and downward
//	α, s, θ       leak, label scale, goodness threshold
//	K             dynamics steps (rounds) a training batch
//	z_g, S, β     top latent, its units, its rate
//
// # Ownership and concurrency
//
// An Engine holds weights and is read-only: any number of goroutines may
// share it. A Session holds scratch memory and threads for predictions with
// an Engine and belongs to one goroutine. A Trainer owns the parameters that
// it changes and belongs to one goroutine; what it has learned is published
// as whole snapshots (Trainer.Snapshot).
//
// # Lessons
//
// A Learner learns on the spot, operation by operation. Package store keeps its
// checkpoints and operations through power cuts.
//
// One that rehearses (Rehearsal) keeps samples within a budget of bytes, package
// replay, and learns some of them, as many of every class, in every step:
//
//   - Learn is a batch of a stream without end. Classes are added as they come up.
//     Negatives are hard: drawn from the read-out's belief among the classes seen.
//   - Teach is a lesson of one class, many steps with a rate that falls to 0. Its
//     images are warped anew each time. While the class is young, remembered samples
//     learn against it with a chance of 0.3; without that, and the warping, the
//     network goes on to answer with classes that it knows well.
//   - Correct does so with samples that were taken for another class, against that.
//   - Sleep learns what is remembered, alone, with a falling rate.
//   - Forget and Relabel change what is remembered, and the classes.
//
// Some samples are held back and never learned: by them a learner tells how well a
// class is known (Learner.Recalls), and what an operation would do to the others
// (Learner.Try).
//
// A Learner that does not rehearse takes lessons alone: TeachSteps steps on their
// samples, at a share of the rates, TeachRate.
//
// # Dreams
//
// A learner that may keep no samples learns dreams of them instead (Dreams), from
// a small generative circuit a task that learns beside it (Dreamer).
//
// # Novelty
//
// Session.Signals says how well samples fit what was learned: goodness, read-out and
// reconstruction from one start state. Package novelty scores them, calibrated on
// samples held out of learning, and tells when a stream of them changes.
//
// # Int8
//
// A model in int8 (model.Int8Params) predicts, reconstructs and imagines by products
// of codes, and learns by them, if Settings.Int8 asks for it: package quant lays down
// how. A checkpoint then keeps the residuals beside the codes. Lateral weights,
// biases and the states of neurons stay float32.
//
// # Determinism
//
// Equal seeds, settings and data give equal bits, for any number of threads
// and however often the run was stopped and resumed. Random numbers come from
// counters, not from shared generators. In float32 pure Go rounds products
// differently from assembly, and a long run amplifies that; in int8 all
// implementations give the same bits.
//
// # Memory
//
// Steady-state prediction, generation and learning allocate nothing: scratch
// memory is made once, for the largest batch, and reused for smaller ones. A
// trainer evaluates in the memory it learns in (Trainer.Session). PlanTraining
// and PlanPrediction say beforehand how much that is, by the code that makes
// it.
//
// # Deviations from the paper's implementation
//
// Three known defects of the authors' implementation are mended unless the
// settings ask for the original (preset "reference"):
//
//   - The top latent starts at ones instead of zero, where n is singular, and
//     each sample moves by its own gradient instead of the batch's mean of it
//     (model.Latent).
//   - The read-out learns from the label-free start state, which is all it
//     sees when it predicts, instead of from states that the label has
//     already pushed (Settings.ReadoutDriven).
//   - The generative circuit learns from the start state of real samples
//     instead of from states that were driven to low activity by their label
//     (Settings.GeneratorDriven).
//
// Preset "fast" deviates further. Learning stays local and forward-only; every
// layer still learns from its own states alone.
//
//   - Each layer compares the two rows of a sample, under its label and under a
//     wrong one, instead of judging each by a threshold (Settings.Contrast). The
//     difference cancels what the sample itself brings along. While a layer's
//     two rows are equal, because the label has not yet come down to it, there
//     is nothing to compare, and its parameters and moments rest.
//   - Negative labels are drawn from the read-out's own belief
//     (Settings.HardNegatives).
//   - It settles for fewer rounds, without noise, and labels enter at a lower
//     scale s: a network that leans less on them has start states, which know
//     no label, that tell the read-out more.
//   - The rounds, which are nearly all of the work, learn only the half of a
//     batch of whose labels the read-out is least sure (Settings.Hardest): an
//     easy sample's contrast has next to no slope left. The read-out and the
//     generative circuit learn from all of it. Compare Jiang et al.,
//     "Accelerating Deep Learning by Focusing on the Biggest Losers",
//     arXiv 1910.00762, which chooses by the loss of a whole network; here the
//     read-out, one layer, chooses by its own.
//   - Pixels of training images are hidden at random (Settings.Mask), as input
//     dropout does (Srivastava et al., JMLR 15, 2014); what enters is normalised
//     afterwards, so nothing has to be rescaled. Images may be shifted at random
//     as well (Settings.Shift).
//   - The rate falls along two cosines, a short and a long one (Restart), and the
//     read-out's is larger (Settings.ReadoutRate).
//
// Its generative circuit, mended, is improved further:
//
//   - Weights below the top learn every other row from the state that the layer
//     above predicts, which is all they get when they reconstruct and imagine,
//     and a clipped pixel still learns (Settings.GeneratorDescends).
//   - Gy learns at the last moves of the latents alone (Settings.TopUpdates),
//     whose rate follows Gy's growth (Settings.LatentStep).
//   - It begins to learn after a fifth of the run (Settings.GenerativeFrom), has a
//     rate of its own, no noise, and 32 latents.
//
// Imagined samples that the model itself takes for another class are drawn anew
// (Session.Imagine).
//
// Preset "tiny" is "fast" with two layers of 112 units, 16 latents, batches of
// 20 and mixtures of fewer latents: an MNIST model fits 1 MB, and learning it,
// with data left on disk, 16 MB of process memory.
//
// Parameters learn by Adam, as the paper's do, with moments of 32, 16 or 8 bits
// (Settings.Moments), or by plain gradient descent, which remembers nothing
// (Settings.Optimizer). Moments of fewer bits are rounded at random, by bits
// that come from the seed, the step and the weight's number. Plain gradient
// descent divides the rate of the label's weights by s²: they see an input of
// length s, where all others see one of length 1.
//
// Whatever the preset, initial weights are orthogonal by random rotations
// instead of a QR decomposition (model.New), vectors enter complement-coded
// (model.Input), lateral matrices exist only where their blocks are, and the
// two halves of a training batch share what depends on the input alone.
package runtime
