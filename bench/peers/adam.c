#include "adam.h"

// sqrtf as the instruction it is: <math.h>'s may set errno, which keeps a loop
// scalar.
__attribute__((const)) float sqrtf(float);

void adam(int n, float *restrict w, float *restrict m, float *restrict v, const float *restrict g,
          const adam_step *restrict step) {
	const adam_step s = *step;
	for (int i = 0; i < n; i++) {
		float grad = g[i] + s.decay * w[i];
		grad = grad < -s.clip ? -s.clip : grad;
		grad = grad > s.clip ? s.clip : grad;
		m[i] = s.beta1 * m[i] + s.one_minus_beta1 * grad;
		v[i] = s.beta2 * v[i] + s.one_minus_beta2 * grad * grad;
		w[i] -= s.rate * m[i] / (sqrtf(v[i]) + s.epsilon);
	}
}
