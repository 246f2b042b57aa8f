/*
 * A TCG plugin for qemu-aarch64 that counts how often each instruction of an
 * address range is executed. Whenever the instruction at address mark is about
 * to run, the counts since the last time are written out and start again from
 * zero:
 *
 *     <offset into the range, in instructions> <count>      one line each
 *     mark
 *
 * Arguments: lo= and hi= bound the range, mark= is the address, out= the file.
 * The counters are plain memory: what runs in the range must run on one thread
 * at a time.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The part of qemu's plugin interface that is used here, as of its version 1
 * (qemu 4.2 to 8.2). qemu resolves the functions when it loads the plugin.
 */
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { NO_REGISTERS = 0, ADD_U64 = 0 };

extern void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*translated)(uint64_t, struct qemu_plugin_tb *));
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
extern void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *, int operation, void *counter, uint64_t operand);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, void (*executed)(unsigned, void *), int registers, void *data);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

static uint64_t lo, hi, mark;
static uint64_t *counts; /* one an instruction of the range */
static FILE *out;

static void marked(unsigned cpu, void *data)
{
    (void)cpu;
    (void)data;
    for (size_t i = 0; i < (hi - lo) / 4; i++) {
        if (counts[i] != 0) {
            fprintf(out, "%zu %" PRIu64 "\n", i, counts[i]);
            counts[i] = 0;
        }
    }
    fputs("mark\n", out);
    fflush(out);
}

static void translated(uint64_t id, struct qemu_plugin_tb *block)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);
        uint64_t at = qemu_plugin_insn_vaddr(insn);
        if (at >= lo && at < hi)
            qemu_plugin_register_vcpu_insn_exec_inline(insn, ADD_U64, &counts[(at - lo) / 4], 1);
        if (at == mark)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, marked, NO_REGISTERS, NULL);
    }
}

/* value returns what follows name in argument, or NULL. */
static const char *value(const char *argument, const char *name)
{
    size_t n = strlen(name);
    return strncmp(argument, name, n) == 0 ? argument + n : NULL;
}

__attribute__((visibility("default"))) int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
    const char *v;
    (void)info;
    for (int i = 0; i < argc; i++) {
        if ((v = value(argv[i], "lo=")))
            lo = strtoull(v, NULL, 0);
        else if ((v = value(argv[i], "hi=")))
            hi = strtoull(v, NULL, 0);
        else if ((v = value(argv[i], "mark=")))
            mark = strtoull(v, NULL, 0);
        else if ((v = value(argv[i], "out=")))
            out = fopen(v, "w");
    }
    if (lo >= hi || mark == 0 || out == NULL) {
        fputs("plugin: want lo=, hi=, mark=, out=\n", stderr);
        return 1;
    }
    counts = calloc((hi - lo) / 4, sizeof *counts);
    if (counts == NULL)
        return 1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
