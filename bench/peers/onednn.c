#include "onednn.h"

#if __has_include(<oneapi/dnnl/dnnl.h>)
#include <oneapi/dnnl/dnnl.h>
#endif

#if defined(DNNL_VERSION_MAJOR) && DNNL_VERSION_MAJOR == 2

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Every function used, as a pointer lib_… of the type that the header gives it.
#define EACH(F)                                                                                                        \
	F(dnnl_version) F(dnnl_get_effective_cpu_isa) F(dnnl_gemm_u8s8s32)                                                 \
	F(dnnl_engine_create) F(dnnl_stream_create) F(dnnl_stream_wait)                                                    \
	F(dnnl_memory_desc_init_by_tag) F(dnnl_memory_create) F(dnnl_memory_get_data_handle) F(dnnl_memory_destroy)        \
	F(dnnl_matmul_desc_init) F(dnnl_reorder_primitive_desc_create)                                                     \
	F(dnnl_primitive_desc_create) F(dnnl_primitive_desc_query_md) F(dnnl_primitive_desc_destroy)                       \
	F(dnnl_primitive_create) F(dnnl_primitive_execute) F(dnnl_primitive_destroy)                                       \
	F(dnnl_primitive_attr_create) F(dnnl_primitive_attr_destroy) F(dnnl_primitive_attr_set_output_scales)              \
	F(dnnl_primitive_attr_set_post_ops) F(dnnl_post_ops_create) F(dnnl_post_ops_destroy)                               \
	F(dnnl_post_ops_append_eltwise)
#define POINTER(name) static __typeof__(name) *lib_##name;
EACH(POINTER)

static dnnl_engine_t engine;
static dnnl_stream_t stream;

// TRY returns from the function where a call of oneDNN fails.
#define TRY(name, ...)                                                                                                 \
	if (lib_##name(__VA_ARGS__) != dnnl_success) return #name " failed"

const char *onednn_open(const char *file) {
	void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	if (!handle) return dlerror();
#define LOAD(name)                                                                                                     \
	if (!(lib_##name = dlsym(handle, #name))) return "no " #name " in it";
	EACH(LOAD)
	if (lib_dnnl_version()->major != DNNL_VERSION_MAJOR) return "not the version of the header";
	TRY(dnnl_engine_create, &engine, dnnl_cpu, 0);
	TRY(dnnl_stream_create, &stream, engine, dnnl_stream_default_flags);
	return 0;
}

const char *onednn_version(void) {
	static char text[32];
	const dnnl_version_t *v = lib_dnnl_version();
	snprintf(text, sizeof text, "%d.%d.%d", v->major, v->minor, v->patch);
	return text;
}

const char *onednn_isa(void) {
	switch ((int)lib_dnnl_get_effective_cpu_isa()) {
	case dnnl_cpu_isa_sse41: return "sse41";
	case dnnl_cpu_isa_avx: return "avx";
	case dnnl_cpu_isa_avx2: return "avx2";
	case dnnl_cpu_isa_avx2_vnni: return "avx2_vnni";
	case dnnl_cpu_isa_avx512_core: return "avx512_core";
	case dnnl_cpu_isa_avx512_core_vnni: return "avx512_core_vnni";
	case dnnl_cpu_isa_avx512_core_bf16: return "avx512_core_bf16";
	case dnnl_cpu_isa_avx512_core_amx: return "avx512_core_amx";
	}
	return "unknown";
}

const char *onednn_gemm(int times, int m, int n, int k, const uint8_t *a, const int8_t *b, int32_t *c) {
	const int32_t no_offset = 0;
	while (times-- > 0) TRY(dnnl_gemm_u8s8s32, 'N', 'N', 'F', m, n, k, 1, a, k, 0, b, n, 0, 0, c, n, &no_offset);
	return 0;
}

struct onednn_matmul {
	dnnl_primitive_t primitive;
	dnnl_memory_t a, b, c;
	int values; // of c
};

// filled makes a memory object that holds a copy of data, or nothing yet.
static const char *filled(dnnl_memory_t *memory, const dnnl_memory_desc_t *desc, const void *data, size_t size) {
	void *to;
	TRY(dnnl_memory_create, memory, desc, engine, DNNL_MEMORY_ALLOCATE);
	TRY(dnnl_memory_get_data_handle, *memory, &to);
	if (data) memcpy(to, data, size);
	return 0;
}

// create makes a primitive from its description and gives that up.
static const char *create(dnnl_primitive_t *primitive, dnnl_primitive_desc_t desc) {
	dnnl_status_t status = lib_dnnl_primitive_create(primitive, desc);
	lib_dnnl_primitive_desc_destroy(desc);
	return status == dnnl_success ? 0 : "dnnl_primitive_create failed";
}

// packed makes p->b, the row-major weights b reordered to the layout wanted.
static const char *packed(onednn_matmul *p, const dnnl_memory_desc_t *plain, const dnnl_memory_desc_t *wanted,
                          const int8_t *b, size_t size) {
	const char *failed;
	dnnl_memory_t from = 0;
	dnnl_primitive_t reorder = 0;
	dnnl_primitive_desc_t desc;
	TRY(dnnl_reorder_primitive_desc_create, &desc, plain, engine, wanted, engine, 0);
	if (!(failed = create(&reorder, desc)) && !(failed = filled(&from, plain, b, size)) &&
	    !(failed = filled(&p->b, wanted, 0, 0))) {
		dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, p->b}};
		if (lib_dnnl_primitive_execute(reorder, stream, 2, args) != dnnl_success ||
		    lib_dnnl_stream_wait(stream) != dnnl_success)
			failed = "reordering failed";
	}
	lib_dnnl_memory_destroy(from);
	lib_dnnl_primitive_destroy(reorder);
	return failed;
}

static const char *build(onednn_matmul *p, int m, int n, int k, const uint8_t *a, const int8_t *b) {
	const char *failed;
	const dnnl_dims_t a_dims = {m, k}, b_dims = {k, n}, c_dims = {m, n};
	dnnl_memory_desc_t a_desc, b_plain, b_any, c_desc;
	TRY(dnnl_memory_desc_init_by_tag, &a_desc, 2, a_dims, dnnl_u8, dnnl_ab);
	TRY(dnnl_memory_desc_init_by_tag, &b_plain, 2, b_dims, dnnl_s8, dnnl_ab);
	TRY(dnnl_memory_desc_init_by_tag, &b_any, 2, b_dims, dnnl_s8, dnnl_format_tag_any);
	TRY(dnnl_memory_desc_init_by_tag, &c_desc, 2, c_dims, dnnl_s32, dnnl_ab);
	dnnl_matmul_desc_t operation;
	dnnl_primitive_desc_t desc;
	TRY(dnnl_matmul_desc_init, &operation, &a_desc, &b_any, 0, &c_desc);
	TRY(dnnl_primitive_desc_create, &desc, &operation, 0, engine, 0);
	const dnnl_memory_desc_t wanted = *lib_dnnl_primitive_desc_query_md(desc, dnnl_query_weights_md, 0);
	if ((failed = create(&p->primitive, desc))) return failed;
	if ((failed = filled(&p->a, &a_desc, a, (size_t)m * k))) return failed;
	if ((failed = filled(&p->c, &c_desc, 0, 0))) return failed;
	return packed(p, &b_plain, &wanted, b, (size_t)k * n);
}

const char *onednn_matmul_new(onednn_matmul **made, int m, int n, int k, const uint8_t *a, const int8_t *b) {
	onednn_matmul *p = calloc(1, sizeof *p);
	if (!p) return "out of memory";
	p->values = m * n;
	const char *failed = build(p, m, n, k, a, b);
	if (failed) onednn_matmul_free(p);
	else *made = p;
	return failed;
}

const char *onednn_matmul_run(const onednn_matmul *p, int times) {
	const dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, p->a}, {DNNL_ARG_WEIGHTS, p->b}, {DNNL_ARG_DST, p->c}};
	while (times-- > 0) {
		TRY(dnnl_primitive_execute, p->primitive, stream, 3, args);
		TRY(dnnl_stream_wait, stream);
	}
	return 0;
}

const char *onednn_matmul_read(const onednn_matmul *p, int32_t *c) {
	void *from;
	TRY(dnnl_memory_get_data_handle, p->c, &from);
	memcpy(c, from, sizeof *c * p->values);
	return 0;
}

void onednn_matmul_free(onednn_matmul *p) {
	lib_dnnl_primitive_destroy(p->primitive);
	lib_dnnl_memory_destroy(p->a);
	lib_dnnl_memory_destroy(p->b);
	lib_dnnl_memory_destroy(p->c);
	free(p);
}

enum { LAYERS = 3 };

struct onednn_mlp {
	dnnl_primitive_t primitive[LAYERS];
	dnnl_memory_t values[LAYERS + 1], weights[LAYERS]; // values[0] is the input
	int results;
};

// scaled makes attributes that multiply sums by scale and, with clip, bound them
// to 0…127, before they are rounded.
static const char *scaled(dnnl_primitive_attr_t *attr, float scale, int clip) {
	dnnl_post_ops_t ops;
	TRY(dnnl_primitive_attr_create, attr);
	TRY(dnnl_primitive_attr_set_output_scales, *attr, 1, 0, &scale);
	if (!clip) return 0;
	TRY(dnnl_post_ops_create, &ops);
	const char *failed = 0;
	if (lib_dnnl_post_ops_append_eltwise(ops, 1, dnnl_eltwise_clip, 0, 127) != dnnl_success ||
	    lib_dnnl_primitive_attr_set_post_ops(*attr, ops) != dnnl_success)
		failed = "post-operations failed";
	lib_dnnl_post_ops_destroy(ops);
	return failed;
}

// layer makes layer i of p, k inputs and n outputs.
static const char *layer(onednn_mlp *p, int i, int m, int n, int k, const int8_t *weights, float scale) {
	const char *failed;
	const int last = i == LAYERS - 1;
	const dnnl_dims_t a_dims = {m, k}, b_dims = {k, n}, c_dims = {m, n};
	dnnl_memory_desc_t a_desc, b_plain, b_any, c_desc;
	TRY(dnnl_memory_desc_init_by_tag, &a_desc, 2, a_dims, dnnl_u8, dnnl_ab);
	TRY(dnnl_memory_desc_init_by_tag, &b_plain, 2, b_dims, dnnl_s8, dnnl_ab);
	TRY(dnnl_memory_desc_init_by_tag, &b_any, 2, b_dims, dnnl_s8, dnnl_format_tag_any);
	TRY(dnnl_memory_desc_init_by_tag, &c_desc, 2, c_dims, last ? dnnl_f32 : dnnl_u8, dnnl_ab);
	dnnl_primitive_attr_t attr = 0;
	dnnl_matmul_desc_t operation;
	dnnl_primitive_desc_t desc;
	if ((failed = scaled(&attr, scale, !last))) return failed;
	TRY(dnnl_matmul_desc_init, &operation, &a_desc, &b_any, 0, &c_desc);
	dnnl_status_t status = lib_dnnl_primitive_desc_create(&desc, &operation, attr, engine, 0);
	lib_dnnl_primitive_attr_destroy(attr);
	if (status != dnnl_success) return "dnnl_primitive_desc_create failed";
	const dnnl_memory_desc_t wanted = *lib_dnnl_primitive_desc_query_md(desc, dnnl_query_weights_md, 0);
	if ((failed = create(&p->primitive[i], desc))) return failed;
	if ((failed = filled(&p->values[i + 1], &c_desc, 0, 0))) return failed;
	onednn_matmul one = {0};
	failed = packed(&one, &b_plain, &wanted, weights, (size_t)k * n);
	p->weights[i] = one.b;
	return failed;
}

static const char *stack(onednn_mlp *p, int m, const int *sizes, const uint8_t *x, const int8_t *const *weights,
                         const float *scales) {
	const dnnl_dims_t dims = {m, sizes[0]};
	dnnl_memory_desc_t desc;
	const char *failed;
	TRY(dnnl_memory_desc_init_by_tag, &desc, 2, dims, dnnl_u8, dnnl_ab);
	if ((failed = filled(&p->values[0], &desc, x, (size_t)m * sizes[0]))) return failed;
	for (int i = 0; i < LAYERS; i++)
		if ((failed = layer(p, i, m, sizes[i + 1], sizes[i], weights[i], scales[i]))) return failed;
	return 0;
}

const char *onednn_mlp_new(onednn_mlp **made, int m, const int *sizes, const uint8_t *x, const int8_t *w1,
                           const int8_t *w2, const int8_t *w3, const float *scales) {
	onednn_mlp *p = calloc(1, sizeof *p);
	if (!p) return "out of memory";
	p->results = m * sizes[LAYERS];
	const int8_t *const weights[] = {w1, w2, w3};
	const char *failed = stack(p, m, sizes, x, weights, scales);
	if (failed) onednn_mlp_free(p);
	else *made = p;
	return failed;
}

const char *onednn_mlp_run(const onednn_mlp *p, int times) {
	while (times-- > 0) {
		for (int i = 0; i < LAYERS; i++) {
			const dnnl_exec_arg_t args[] = {
			    {DNNL_ARG_SRC, p->values[i]}, {DNNL_ARG_WEIGHTS, p->weights[i]}, {DNNL_ARG_DST, p->values[i + 1]}};
			TRY(dnnl_primitive_execute, p->primitive[i], stream, 3, args);
		}
		TRY(dnnl_stream_wait, stream);
	}
	return 0;
}

const char *onednn_mlp_read(const onednn_mlp *p, float *y) {
	void *from;
	TRY(dnnl_memory_get_data_handle, p->values[LAYERS], &from);
	memcpy(y, from, sizeof *y * p->results);
	return 0;
}

void onednn_mlp_free(onednn_mlp *p) {
	for (int i = 0; i < LAYERS; i++) {
		lib_dnnl_primitive_destroy(p->primitive[i]);
		lib_dnnl_memory_destroy(p->weights[i]);
	}
	for (int i = 0; i <= LAYERS; i++) lib_dnnl_memory_destroy(p->values[i]);
	free(p);
}

#else

// Built without the header of oneDNN 2: opening it fails, and nothing else is
// called.
static const char *absent = "built without the header of oneDNN 2 (libdnnl-dev)";

const char *onednn_open(const char *file) { return (void)file, absent; }
const char *onednn_version(void) { return absent; }
const char *onednn_isa(void) { return absent; }

const char *onednn_gemm(int times, int m, int n, int k, const uint8_t *a, const int8_t *b, int32_t *c) {
	return (void)times, (void)m, (void)n, (void)k, (void)a, (void)b, (void)c, absent;
}

const char *onednn_matmul_new(onednn_matmul **made, int m, int n, int k, const uint8_t *a, const int8_t *b) {
	return (void)made, (void)m, (void)n, (void)k, (void)a, (void)b, absent;
}

const char *onednn_matmul_run(const onednn_matmul *p, int times) { return (void)p, (void)times, absent; }
const char *onednn_matmul_read(const onednn_matmul *p, int32_t *c) { return (void)p, (void)c, absent; }
void onednn_matmul_free(onednn_matmul *p) { (void)p; }

const char *onednn_mlp_new(onednn_mlp **made, int m, const int *sizes, const uint8_t *x, const int8_t *w1,
                           const int8_t *w2, const int8_t *w3, const float *scales) {
	return (void)made, (void)m, (void)sizes, (void)x, (void)w1, (void)w2, (void)w3, (void)scales, absent;
}

const char *onednn_mlp_run(const onednn_mlp *p, int times) { return (void)p, (void)times, absent; }
const char *onednn_mlp_read(const onednn_mlp *p, float *y) { return (void)p, (void)y, absent; }
void onednn_mlp_free(onednn_mlp *p) { (void)p; }

#endif
