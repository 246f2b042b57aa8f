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
