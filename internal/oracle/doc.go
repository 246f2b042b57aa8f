// Package oracle computes the Predictive Forward-Forward algorithm (Ororbia
// and Mali, arXiv 2301.01452) in float64, as plainly as the equations read.
// It is what the fast float32 engine is tested against: every quantity is a
// dense matrix, every function names its equation, nothing is reused,
// reordered or skipped for speed.
//
// One sample is one row. A network has L ≥ 1 hidden layers of any sizes
// H_1 … H_L over D inputs, C classes and S top latents. Layer ℓ reads the
// layer below, z_0 = x, and the layer above; the last layer reads the label.
//
//	symbol   here            shape
//	W_ℓ      Params.W[ℓ−1]   H_{ℓ−1}×H_ℓ, H_0 = D      bottom-up
//	V_{ℓ+1}  Params.V[ℓ−1]   H_{ℓ+1}×H_ℓ               top-down; the last is V, C×H_L
//	b_ℓ      Params.B[ℓ−1]   H_ℓ                       bias
//	L_ℓ      Params.L[ℓ−1]   H_ℓ×H_ℓ                   lateral, blocks on the diagonal
//	W, b     Params.Readout, ReadoutBias  H_L×C, C     softmax read-out
//	Gy       Params.Gy       S×H_L                     generative, from the top latent
//	G_ℓ      Params.G[ℓ−1]   H_ℓ×H_{ℓ−1}, H_0 = D      generative
//	z_ℓ      z[ℓ−1]          rows×H_ℓ                  state of a layer
//	z_g      zg              rows×S                    top latent
//	θ α s β  Config.Theta, Alpha, LabelScale, Beta
//
// Functions return fresh matrices and leave their arguments alone, but for
// Adam.Update and the methods of Learner, which change the parameters they
// were given. Matrices whose shapes do not fit are a programming error and
// panic; only ReadRecording takes input from outside.
package oracle
