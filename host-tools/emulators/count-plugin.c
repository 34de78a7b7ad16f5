// Counts what a Cortex-M4 executes for each token, inside QEMU, for a cycle estimate.
// SPDX-License-Identifier: MIT
//
// Sources: ARMv7-M ARM A5 (encodings); QEMU docs/devel/tcg-plugins. The licence is MIT, unlike the rest of
// the tree: QEMU, into which this is loaded, is under GPL-2.0, and Apache-2.0 does not go together with that.
//
// Arguments: out=<fd>, and start= stop= isr_start= isr_end= as code addresses. From the instruction at
// `start` up to, not including, the one at `stop`, every executed instruction counts once, in one class; at
// `stop` one line of JSON goes to <fd>. Instructions in [isr_start, isr_end) count as `isr` and leave no
// other trace, so that an interrupt changes no figure. Translation blocks may be cut anywhere (QEMU does so
// with -icount), so nothing here may depend on where they end.
//
// Twin: TokenCounts in control.ts names and explains the figures.
// QEMU ships no header for plugins in Debian: what is used of its C interface is declared here.
// QEMU_PLUGIN_API is 1 up to QEMU 8, 2 for 9.0 and 3 from 9.1; only 1 has been run.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
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
EXPORT int qemu_plugin_version = QEMU_PLUGIN_API;

enum class { LOAD, STORE, LDM_STM, MUL, DIV, BRANCH, DSP, FP, OTHER, N_CLASSES };
static const char *const class_names[N_CLASSES] = {"load",   "store", "ldm_stm", "mul",  "div",
                                                   "branch", "dsp",   "fp",      "other"};

/** Figures besides the classes, in the order of their names. */
enum extra {
    TAKEN,
    PIPELINED,
    LDM_REGISTERS,
    FLASH_READS,
    FLASH_LINES,
    CODE_LINES,
    RAM_READS,
    RAM_WRITES,
    ISR,
    N_EXTRAS
};
static const char *const extra_names[N_EXTRAS] = {"taken",      "pipelined",  "ldmRegisters",
                                                  "flashReads", "flashLines", "codeLines",
                                                  "ramReads",   "ramWrites",  "isr"};

/** One instruction, as far as it matters. Register sets are bit masks. */
struct insn {
    uint32_t address, end;
    uint16_t loaded;       // registers that a single load writes
    uint16_t address_regs; // registers that a single load or store computes its address from
    uint8_t class;
    uint8_t n_registers; // of LDM, STM, PUSH, POP, LDRD, STRD
};

/** A translation block of the main program. */
struct block {
    struct insn first, last;
};

static uint64_t classes[N_CLASSES], extras[N_EXTRAS];
static uint64_t classes_at_start[N_CLASSES], extras_at_start[N_EXTRAS];
static uint32_t mark_start, mark_stop, isr_start, isr_end;
static bool counting;
static FILE *out;

/** What was executed last outside of interrupts: `previous.end` is where it goes on when no branch is taken.
 */
static struct insn previous;

// The F405's flash interface: lines of 16 bytes, 8 lines for data and 64 for code (RM0090 3.5.2), taken as
// least recently used.
enum { LINE_BITS = 4, DATA_LINES = 8, CODE_LINES_HELD = 64 };
static uint32_t data_lines[DATA_LINES], code_lines[CODE_LINES_HELD];

/** Whether a line has to be fetched; the line is the most recent afterwards. */
static bool line_misses(uint32_t *lines, int n_lines, uint32_t line) {
    int i = 0;
    while (i < n_lines - 1 && lines[i] != line) i++;
    const bool miss = lines[i] != line;
    if (i > 0) memmove(lines + 1, lines, (size_t)i * sizeof *lines);
    lines[0] = line;
    return miss;
}

static int count_bits(uint32_t bits) { return __builtin_popcount(bits); }

static void classify_16(struct insn *insn, uint16_t a) {
    const uint16_t low = 1u << (a & 7), mid = 1u << (a >> 3 & 7), high = 1u << (a >> 6 & 7),
                   eight = 1u << (a >> 8 & 7);
    bool load = false;
    insn->class = OTHER;
    if ((a & 0xf800) == 0x4800) { // LDR literal
        insn->class = LOAD, insn->loaded = eight;
    } else if ((a & 0xf000) == 0x5000) { // register offset: STR STRH STRB, then the loads
        load = (a & 0x0e00) >= 0x0600;
        insn->class = load ? LOAD : STORE, insn->loaded = load ? low : 0, insn->address_regs = mid | high;
    } else if ((a & 0xe000) == 0x6000 || (a & 0xf000) == 0x8000) { // immediate offset
        load = a & 0x0800;
        insn->class = load ? LOAD : STORE, insn->loaded = load ? low : 0, insn->address_regs = mid;
    } else if ((a & 0xf000) == 0x9000) { // SP relative
        load = a & 0x0800;
        insn->class = load ? LOAD : STORE, insn->loaded = load ? eight : 0, insn->address_regs = 1u << 13;
    } else if ((a & 0xf000) == 0xc000) { // LDM, STM
        insn->class = LDM_STM, insn->n_registers = count_bits(a & 0xff);
    } else if ((a & 0xf600) == 0xb400) { // PUSH, POP; bit 8 is LR or PC
        insn->class = LDM_STM, insn->n_registers = count_bits(a & 0x1ff);
    } else if ((a & 0xffc0) == 0x4340) {
        insn->class = MUL;
    } else if ((a & 0xff00) == 0x4700 || (a & 0xf800) == 0xe000 ||   // BX BLX; B
               ((a & 0xf000) == 0xd000 && (a & 0x0e00) != 0x0e00) || // B<cond>, not UDF and SVC
               (a & 0xf500) == 0xb100 || (a & 0xfd87) == 0x4487) {   // CBZ CBNZ; ADD and MOV to PC
        insn->class = BRANCH;
    }
}

/** 0xE800 to 0xE9FF: load and store multiple, dual, exclusive, table branch. */
static void classify_multiple(struct insn *insn, uint16_t a, uint16_t b) {
    const bool load = a & 0x0010;
    if (!(a & 0x0040)) {
        insn->class = LDM_STM, insn->n_registers = count_bits(b);
    } else if (a & 0x0120) { // LDRD STRD
        insn->class = LDM_STM, insn->n_registers = 2;
    } else if ((a & 0xfff0) == 0xe8d0 && (b & 0x00e0) == 0) { // TBB TBH
        insn->class = BRANCH;
    } else { // exclusive
        insn->class = load ? LOAD : STORE;
        insn->address_regs = 1u << (a & 15), insn->loaded = load ? 1u << (b >> 12) : 0;
    }
}

/** 0xFA00 to 0xFAFF: shifts and extensions by register, parallel arithmetic, REV, CLZ. */
static enum class class_of_register_op(uint16_t a, uint16_t b) {
    const int op1 = a >> 4 & 15, op2 = b >> 4 & 15; if (op1 < 8 && op2 < 8) return OTHER; // LSL LSR ASR ROR
    if (op1 < 8) return op1 == 2 || op1 == 3 || (a & 15) != 15 ? DSP : OTHER; // SXTB16, SXTAB …; plain SXTB …
    if (op2 < 8) return DSP;                                                  // SADD8 …
    return op1 == 8 || op1 == 10 ? DSP : OTHER;                               // QADD …, SEL; REV …, CLZ
}

static void classify_32(struct insn *insn, uint16_t a, uint16_t b) {
    insn->class = OTHER;
    if ((a & 0xfe00) == 0xe800) {
        classify_multiple(insn, a, b);
    } else if ((a & 0xec00) == 0xec00) { // coprocessors 10 and 11
        insn->class = FP;
    } else if ((a & 0xf800) == 0xf000) {
        const bool branch =
            (b & 0x8000) && ((b & 0x5000) || (a & 0x0380) != 0x0380); // B BL B<cond>, not MSR and barriers
        if (branch) insn->class = BRANCH;
    } else if ((a & 0xfe00) == 0xf800) { // single load and store
        const bool load = a & 0x0010, by_register = !(a & 0x0080) && (b & 0x0fc0) == 0 && (a & 15) != 15;
        insn->class = load ? LOAD : STORE;
        insn->loaded = load ? 1u << (b >> 12) : 0;
        insn->address_regs = 1u << (a & 15) | (by_register ? 1u << (b & 15) : 0);
    } else if ((a & 0xff00) == 0xfa00) {
        insn->class = class_of_register_op(a, b);
    } else if ((a & 0xff80) == 0xfb00) {
        insn->class = MUL;
    } else if ((a & 0xff80) == 0xfb80) {
        insn->class = (a & 0xffd0) == 0xfb90 ? DIV : MUL;
    } else if ((a & 0xffe0) == 0xeac0) { // PKHBT PKHTB
        insn->class = DSP;
    }
}

static struct insn decode(const struct qemu_plugin_insn *handle) {
    struct insn insn = {.address = (uint32_t)qemu_plugin_insn_vaddr(handle)};
    const size_t size = qemu_plugin_insn_size(handle);
    insn.end = insn.address + (uint32_t)size;
    uint8_t bytes[4] = {0};
#if QEMU_PLUGIN_API <= 2
    memcpy(bytes, qemu_plugin_insn_data(handle), size);
#else
    qemu_plugin_insn_data(handle, bytes, size);
#endif
    const uint16_t a = (uint16_t)(bytes[0] | bytes[1] << 8), b = (uint16_t)(bytes[2] | bytes[3] << 8);
    if (size == 2)
        classify_16(&insn, a);
    else
        classify_32(&insn, a, b);
    return insn;
}

/** A single load overlaps with the single load or store before it, unless its address is what that one loads
 * (Cortex-M4 TRM 3.3.2). */
static bool is_pipelined(const struct insn *before, const struct insn *insn) {
    return insn->class == LOAD && (before->class == LOAD || before->class == STORE) &&
           before->end == insn->address && !(before->loaded & insn->address_regs);
}

static void on_block(unsigned cpu, void *data) {
    (void)cpu;
    const struct block *block = data;
    const struct insn before = previous;
    previous = block->last;
    if (!counting) return;
    if (before.end != block->first.address) extras[TAKEN]++;
    if (is_pipelined(&before, &block->first)) extras[PIPELINED]++;
    for (uint32_t line = block->first.address >> LINE_BITS; line <= (block->last.end - 1) >> LINE_BITS;
         line++) {
        if (code_lines[0] != line) extras[CODE_LINES] += line_misses(code_lines, CODE_LINES_HELD, line);
    }
}

/** QEMU ends a block early after an access to a peripheral: the program goes on behind that instruction. */
static void on_memory(unsigned cpu, uint32_t info, uint64_t address, void *data) {
    (void)cpu;
    if (address >= 0x40000000) previous = *(const struct insn *)data;
    if (!counting) return;
    const bool store = qemu_plugin_mem_is_store(info);
    if (address >= 0x20000000 && address < 0x40000000) {
        extras[store ? RAM_WRITES : RAM_READS]++;
    } else if (address < 0x20000000 && !store) {
        extras[FLASH_READS]++;
        extras[FLASH_LINES] += line_misses(data_lines, DATA_LINES, (uint32_t)address >> LINE_BITS);
    }
}

static void on_start(unsigned cpu, void *data) {
    (void)cpu;
    memcpy(classes_at_start, classes, sizeof classes);
    memcpy(extras_at_start, extras, sizeof extras);
    memset(data_lines, 0xff, sizeof data_lines);
    memset(code_lines, 0xff, sizeof code_lines);
    counting = true;
    (void)data;
}

static void on_stop(unsigned cpu, void *data) {
    (void)cpu, (void)data;
    if (!counting) return;
    counting = false;
    uint64_t total = 0;
    for (int i = 0; i < N_CLASSES; i++) total += classes[i] - classes_at_start[i];
    fprintf(out, "{\"instructions\":%llu,\"classes\":{", (unsigned long long)total);
    for (int i = 0; i < N_CLASSES; i++) {
        fprintf(out, "%s\"%s\":%llu", i ? "," : "", class_names[i],
                (unsigned long long)(classes[i] - classes_at_start[i]));
    }
    fputc('}', out);
    for (int i = 0; i < N_EXTRAS; i++)
        fprintf(out, ",\"%s\":%llu", extra_names[i], (unsigned long long)(extras[i] - extras_at_start[i]));
    fputs("}\n", out);
    fflush(out);
}

#if QEMU_PLUGIN_API == 1
static void add_when_executed(struct qemu_plugin_insn *handle, uint64_t *counter, uint64_t amount) {
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
static void add_when_executed(struct qemu_plugin_insn *handle, uint64_t *counter, uint64_t amount) {
    struct addition *addition = malloc(sizeof *addition);
    *addition = (struct addition){counter, amount};
    qemu_plugin_register_vcpu_insn_exec_cb(handle, on_addition, CB_NO_REGS, addition);
}
#endif

static void on_translate(plugin_id id, struct qemu_plugin_tb *tb) {
    (void)id;
    const size_t n_insns = qemu_plugin_tb_n_insns(tb);
    struct insn *insns = calloc(n_insns, sizeof *insns); // QEMU keeps the addresses for as long as it runs.
    for (size_t i = 0; i < n_insns; i++) insns[i] = decode(qemu_plugin_tb_get_insn(tb, i));
    const bool in_isr = insns[0].address >= isr_start && insns[0].address < isr_end;
    if (!in_isr) {
        struct block *block = malloc(sizeof *block);
        *block = (struct block){insns[0], insns[n_insns - 1]};
        qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, CB_NO_REGS, block);
    }
    for (size_t i = 0; i < n_insns; i++) {
        struct qemu_plugin_insn *handle = qemu_plugin_tb_get_insn(tb, i);
        struct insn *insn = &insns[i];
        if (in_isr) {
            add_when_executed(handle, &extras[ISR], 1);
            continue;
        }
        // QEMU calls callbacks before it adds: the instruction at `start` is counted, that at `stop` is not.
        if (insn->address == mark_start)
            qemu_plugin_register_vcpu_insn_exec_cb(handle, on_start, CB_NO_REGS, NULL);
        if (insn->address == mark_stop)
            qemu_plugin_register_vcpu_insn_exec_cb(handle, on_stop, CB_NO_REGS, NULL);
        qemu_plugin_register_vcpu_mem_cb(handle, on_memory, CB_NO_REGS, MEM_RW, insn);
        add_when_executed(handle, &classes[insn->class], 1);
        if (insn->n_registers) add_when_executed(handle, &extras[LDM_REGISTERS], insn->n_registers);
        if (i > 0 && is_pipelined(&insns[i - 1], insn)) add_when_executed(handle, &extras[PIPELINED], 1);
    }
}

EXPORT int qemu_plugin_install(plugin_id id, const void *info, int n_arguments, char **arguments) {
    (void)info;
    for (int i = 0; i < n_arguments; i++) {
        const char *equals = strchr(arguments[i], '=');
        if (!equals) return -1;
        const size_t name_bytes = (size_t)(equals - arguments[i]);
        const uint32_t value = (uint32_t)strtoul(equals + 1, NULL, 0);
        if (!strncmp(arguments[i], "out", name_bytes))
            out = fdopen((int)value, "w");
        else if (!strncmp(arguments[i], "start", name_bytes))
            mark_start = value;
        else if (!strncmp(arguments[i], "stop", name_bytes))
            mark_stop = value;
        else if (!strncmp(arguments[i], "isr_start", name_bytes))
            isr_start = value;
        else if (!strncmp(arguments[i], "isr_end", name_bytes))
            isr_end = value;
        else
            return -1;
    }
    if (!out) return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    return 0;
}
