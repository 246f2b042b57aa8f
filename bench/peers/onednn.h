#include <stdint.h>

// oneDNN, loaded at run time. Functions that return a string return NULL, or
// what went wrong.

const char *onednn_open(const char *file);
const char *onednn_version(void);
const char *onednn_isa(void);

// onednn_gemm computes c = a·b, row-major, m×n = m×k · k×n, as often as told.
const char *onednn_gemm(int times, int m, int n, int k, const uint8_t *a, const int8_t *b, int32_t *c);

// onednn_matmul is the same product as a primitive that holds its operands,
// the weights in the layout that the library prefers.
typedef struct onednn_matmul onednn_matmul;

const char *onednn_matmul_new(onednn_matmul **made, int m, int n, int k, const uint8_t *a, const int8_t *b);
const char *onednn_matmul_run(const onednn_matmul *p, int times);
const char *onednn_matmul_read(const onednn_matmul *p, int32_t *c);
void onednn_matmul_free(onednn_matmul *p);

// onednn_mlp is three layers of such products, sizes[0] inputs to sizes[3] outputs:
// after each of the first two, the sums, times the layer's scale, are bounded to
// 0…127 and rounded; after the last they become float32.
typedef struct onednn_mlp onednn_mlp;

const char *onednn_mlp_new(onednn_mlp **made, int m, const int *sizes, const uint8_t *x, const int8_t *w1,
                           const int8_t *w2, const int8_t *w3, const float *scales);
const char *onednn_mlp_run(const onednn_mlp *p, int times);
const char *onednn_mlp_read(const onednn_mlp *p, float *y);
void onednn_mlp_free(onednn_mlp *p);
