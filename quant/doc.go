// Package quant holds the int8 scheme: how weights and what they are multiplied
// with become integers, what a product of them is, and how the limits of the
// latter are chosen from data. It computes no network; packages simd, for the
// products and updates, and runtime, for the rest, do as is laid down here.
//
// # Weights
//
// Every column n of a matrix, an output, has a scale of its own:
//
//	S[n]    = max_k |W[k][n]| / 127
//	q[k][n] = round(W[k][n] / S[n]), within −127…127
//	W[k][n] ≈ S[n]·q[k][n]
//
// in float32. There is no zero point: zero is the code 0, and −128 is never used,
// so that codes can be negated and the sum of two products of a weight with an
// activation stays within 16 bits: 2·127·127 = 32,258 < 2¹⁵. The scale of a column
// of zeros, or of values so small that the quotient underflows, is 0. Lateral
// weights have codes and scales in the same way and are restored to float32
// before use; biases and latent mixtures stay float32.
//
// # Activations
//
// All that a matrix is multiplied with is n(z), a row that relu has left
// non-negative (inputs lie within 0…1) and that is scaled to length 1: its values
// lie within 0…1. So its codes need no sign and no zero point either:
//
//	step  = limit / 127
//	u[k]  = round(min(max(z[k]·(inverse/step), 0), 127)),  inverse = 1/(‖z‖ + 1e-8)
//
// in float32, each operation rounded: the scale that normalises, and that of the
// codes, are one multiplication. NaN becomes 0. A step of 0 makes all codes 0.
//
// limit is what the largest code stands for; larger values are clamped to it. For
// each place of a network that is read, model.Int8Params.Clip has one, chosen from
// data (see Histogram) or 0: then it is the row's own largest value,
// max_k z[k]·inverse, and nothing is clamped.
//
// # Rounding
//
// All rounding is to nearest, ties to even. Values are clamped before they are
// converted to integers, not after: no conversion meets a value out of its range,
// which instruction sets treat differently.
//
// # Products
//
//	y[r][n] = (float32(Σ_k u[r][k]·q[k][n])·S[n])·step[r]
//
// The sum is exact, in 32 bits. No term exceeds 127·127 = 16,129 in size, so no
// sum over K rows, nor any part of it in any order, exceeds 16,129·K, and that is
// below 2³¹ up to
//
//	K = ⌊(2³¹ − 1)/16,129⌋ = 133,144.
//
// Layers are narrower (model.MaxUnits is 65,536, model.MaxLatents 1,024), but
// samples may have up to 1,048,576 inputs (model.MaxFeatures). A product over
// more than 131,072 = 2¹⁷ rows is therefore computed in pieces of so many, the last
// one shorter: 16,129·2¹⁷ = 2,114,060,288 < 2³¹ = 2,147,483,648. Each piece becomes
// float32 as above and is added, in order, to the sum of those before, which
// rounds once a piece. That does not depend on the instruction set either.
//
// A sum of more than 2²⁴ in size is rounded when it becomes float32, to nearest,
// ties to even.
//
// # Learning
//
// A weight that learns has a residual of 8 bits beside its code, which products do
// not read (simd.FineI8): its value is S[n]·(q + residual/256). So steps of less
// than a code add up. Adam's step is taken in float32, on the weight's value, with
// moments of 8 bits (simd.Moments); the new value becomes a whole number of
// residuals at random, up or down in proportion to how near it is, so that steps of
// less than a residual are not lost either, only delayed. Where a weight outgrows
// ±127 codes, its column's scale grows by what it takes and a sixteenth.
//
// The gradient of a matrix is a product of codes, too:
//
//	ΔW = Σ_r u[r][k]·e[r][n]·unit,  e = round((step[r]·d[r][n])/unit),  unit = max |step·d| / 127
//
// with d the layer's own error. The sum is exact: a batch has at most 65,536 samples
// of two rows, and 16,129·2¹⁷ < 2³¹. All random bits come from the seed, the step and
// the weight's number.
//
// # The same bits everywhere
//
// Integer sums are exact in every order. All else is single operations of IEEE 754
// binary32 in a fixed order, none fused: the conversion, two multiplications,
// additions, and rows that package simd computes bit by bit alike. So a network in
// int8 predicts, and learns, the same bits with every instruction set, pure Go
// included, and any number of threads.
package quant
