// The constants of simd.AdamStep, in its order.
typedef struct {
	float rate, beta1, one_minus_beta1, beta2, one_minus_beta2, epsilon, clip, decay;
} adam_step;

// adam applies one step to n weights w with moments m and v and gradient g: the
// formula of simd's adamF32Generic, left to the compiler to vectorise and fuse.
void adam(int n, float *w, float *m, float *v, const float *g, const adam_step *step);
