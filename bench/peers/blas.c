#include "blas.h"

#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

enum { row_major = 101, plain = 111, transposed = 112 };

const char *blas_open(blas *b, const char *file) {
	b->handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	if (!b->handle) return dlerror();
	b->sgemm = dlsym(b->handle, "cblas_sgemm");
	b->sgemv = dlsym(b->handle, "cblas_sgemv");
	b->sger = dlsym(b->handle, "cblas_sger");
	return b->sgemm && b->sgemv && b->sger ? 0 : "no C interface of BLAS in it";
}

const char *blas_version(const blas *b) {
	const char *(*openblas)(void) = dlsym(b->handle, "openblas_get_config");
	if (openblas) return openblas();
	const char *(*blis)(void) = dlsym(b->handle, "bli_info_get_version_str");
	return blis ? blis() : "of unknown version";
}

const char *blas_core(const blas *b) {
	const char *(*openblas)(void) = dlsym(b->handle, "openblas_get_corename");
	if (openblas) return openblas();
	int (*query)(void) = dlsym(b->handle, "bli_arch_query_id");
	const char *(*name)(int) = dlsym(b->handle, "bli_arch_string");
	return query && name ? name(query()) : "unknown";
}

void blas_set_threads(const blas *b, int threads) {
	void (*openblas)(int) = dlsym(b->handle, "openblas_set_num_threads");
	void (*blis)(int64_t) = dlsym(b->handle, "bli_thread_set_num_threads");
	if (openblas) openblas(threads);
	if (blis) blis(threads);
}

int blis_arch(const blas *b, const char *name) {
	const char *(*string)(int) = dlsym(b->handle, "bli_arch_string");
	// "generic" ends BLIS's list.
	for (int i = 0; string && i < 64; i++) {
		if (!strcmp(string(i), name)) return i;
		if (!strcmp(string(i), "generic")) break;
	}
	return -1;
}

void blas_product(const blas *b, int times, int m, int n, int k, const float *a, const float *w, float *c) {
	while (times-- > 0) b->sgemm(row_major, plain, plain, m, n, k, 1, a, k, w, n, 0, c, n);
}

void blas_row(const blas *b, int times, int k, int n, const float *x, const float *w, float *y) {
	while (times-- > 0) b->sgemv(row_major, transposed, k, n, 1, w, n, x, 1, 0, y, 1);
}

void blas_gradient(const blas *b, int m, int n, int k, const float *a, const float *d, float *g) {
	b->sgemm(row_major, transposed, plain, k, n, m, 1, a, k, d, n, 0, g, n);
}

void blas_outer(const blas *b, int n, int k, const float *a, const float *d, float *g) {
	memset(g, 0, sizeof *g * k * n);
	b->sger(row_major, k, n, 1, a, 1, d, 1, g, n);
}
