// What is used of QEMU's interface for plugins; QEMU ships no header for it in Debian. Source: QEMU
// docs/devel/tcg-plugins.
// SPDX-License-Identifier: MIT
//
// QEMU_PLUGIN_API is 1 up to QEMU 8, 2 for 9.0 and 3 from 9.1; only 1 has been run.
#ifndef COUNT_QEMU_H
#define COUNT_QEMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifndef QEMU_PLUGIN_API
#define QEMU_PLUGIN_API 1
#endif
#define EXPORT __attribute__((visibility("default")))

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum plugin_cb_flags { CB_NO_REGS };
enum plugin_rw { MEM_R = 1, MEM_W, MEM_RW };
extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct qemu_plugin_tb *));
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, void (*)(unsigned, void *),
                                                 enum plugin_cb_flags, void *);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, void (*)(unsigned, void *),
                                                   enum plugin_cb_flags, void *);
extern void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *,
                                             void (*)(unsigned, uint32_t, uint64_t, void *),
                                             enum plugin_cb_flags, enum plugin_rw, void *);
extern bool qemu_plugin_mem_is_store(uint32_t);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
#if QEMU_PLUGIN_API <= 2
extern const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
#else
extern size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *, void *, size_t);
#endif
#if QEMU_PLUGIN_API == 1
extern void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *, int, void *, uint64_t);
#endif

/** The begin of what a plugin is told about its QEMU. */
struct plugin_info {
    const char *target_name;
};

/** The bytes of an instruction, little-endian. QEMU may add some of the next one, where a page ends between
 * them. */
static inline void read_insn(const struct qemu_plugin_insn *handle, uint8_t bytes[4]) {
    const size_t known = qemu_plugin_insn_size(handle), size = known < 4 ? known : 4;
#if QEMU_PLUGIN_API <= 2
    memcpy(bytes, qemu_plugin_insn_data(handle), size);
#else
    qemu_plugin_insn_data(handle, bytes, size);
#endif
}

#if QEMU_PLUGIN_API == 1
static inline void add_when_executed(struct qemu_plugin_insn *handle, uint64_t *counter, uint64_t amount) {
    qemu_plugin_register_vcpu_insn_exec_inline(handle, 0 /* QEMU_PLUGIN_INLINE_ADD_U64 */, counter, amount);
}
#else
// Later interfaces add inline only to counters that QEMU owns; a callback is slower and needs none of that.
struct addition {
    uint64_t *counter, amount;
};
static void on_addition(unsigned cpu, void *data) {
    (void)cpu;
    const struct addition *addition = data;
    *addition->counter += addition->amount;
}
static inline void add_when_executed(struct qemu_plugin_insn *handle, uint64_t *counter, uint64_t amount) {
    struct addition *addition = malloc(sizeof *addition);
    *addition = (struct addition){counter, amount};
    qemu_plugin_register_vcpu_insn_exec_cb(handle, on_addition, CB_NO_REGS, addition);
}
#endif

#endif
