// One BLAS library, loaded at run time and kept apart from any other: OpenBLAS
// and BLIS export the same names.
typedef struct {
	void *handle;
	void (*sgemm)(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float *a, int lda,
	              const float *b, int ldb, float beta, float *c, int ldc);
	void (*sgemv)(int order, int trans, int rows, int cols, float alpha, const float *a, int lda, const float *x, int incx,
	              float beta, float *y, int incy);
	void (*sger)(int order, int rows, int cols, float alpha, const float *x, int incx, const float *y, int incy, float *a,
	             int lda);
} blas;

// blas_open loads a library and returns NULL, or why it could not.
const char *blas_open(blas *b, const char *file);

// What the library says of itself.
const char *blas_version(const blas *b);
const char *blas_core(const blas *b);

void blas_set_threads(const blas *b, int threads);

// blis_arch returns the number by which BLIS knows a kernel set, or −1.
int blis_arch(const blas *b, const char *name);

// Row-major operations, as often as told, so that the way from Go to C is not
// charged to the library.

// blas_product computes c = a·b, shapes m×n = m×k · k×n.
void blas_product(const blas *b, int times, int m, int n, int k, const float *a, const float *w, float *c);
// blas_row computes y = xᵀ·w, w being k×n.
void blas_row(const blas *b, int times, int k, int n, const float *x, const float *w, float *y);
// blas_gradient computes g = aᵀ·d, shapes k×n = (m×k)ᵀ · m×n.
void blas_gradient(const blas *b, int m, int n, int k, const float *a, const float *d, float *g);
// blas_outer computes the same for m = 1 by the rank-one update.
void blas_outer(const blas *b, int n, int k, const float *a, const float *d, float *g);
