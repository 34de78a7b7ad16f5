// Counts what a core executes for each token, inside QEMU, for a cycle estimate: a Cortex-M4 or an RV32IMC.
// SPDX-License-Identifier: MIT
//
// The licence is MIT, unlike the rest of the tree, here and in the headers beside it: QEMU, into which this
// is loaded, is under GPL-2.0, and Apache-2.0 does not go together with that.
//
// Arguments: out=<fd>; start= stop= isr_start= isr_end= as code addresses; flash_start= flash_end= ram_start=
// ram_end= as addresses of data; ranges=<file> for a profile. From the instruction at `start` up to, not
// including, the one at `stop`, every executed instruction counts once, in one class; at `stop` one line of
// JSON goes to <fd>. Instructions in [isr_start, isr_end) count as `isr` and leave no other trace, so that an
// interrupt changes no figure. Translation blocks may be cut anywhere (QEMU does so with -icount), so nothing
// here may depend on where they end.
//
// A file of ranges has a line `<start> <end> <name>` for each range of code, with hexadecimal addresses,
// sorted, without overlap. Everything is then counted for each name as well, what lies outside as `other`: a
// branch where it comes from, a stall with the instruction that waits, a line of code with the block that
// fetches it. Without ranges there is one set of counts, and nothing to pay.
//
// Twin: InstructionCounts in counts.ts names and explains the figures.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "count-armv7m.h"
#include "count-insn.h"
#include "count-pipeline.h"
#include "count-qemu.h"
#include "count-rv32.h"

EXPORT int qemu_plugin_version = QEMU_PLUGIN_API;

static const char *const class_names[N_CLASSES] = {"load",   "store", "ldm_stm", "mul",  "div",
                                                   "branch", "dsp",   "fp",      "other"};

static const char *const extra_names[N_EXTRAS] = {
    "taken",        "pipelined",   "loadUse",   "ldmRegisters", "flashReads",     "flashLines",
    "codeLines",    "ramReads",    "ramWrites", "addressWaits", "writeBackWaits", "registerStores",
    "behindStores", "acrossWords", "literals",  "folds"};

struct counts {
    uint64_t classes[N_CLASSES], extras[N_EXTRAS];
};

/** A translation block of the main program. */
struct block {
    struct insn first, last;
};

/** Addresses from `start` up to, not including, `end`. */
struct range {
    uint32_t start, end;
    uint16_t set;
};

/** The set of `other` is the first; without ranges it is the only one. */
static struct counts *sets, *sets_at_start;
static char (*set_names)[64];
static size_t n_sets = 1, n_ranges;
static struct range *ranges;
static uint64_t isr, isr_at_start;

static uint32_t mark_start, mark_stop, isr_start, isr_end;
static uint32_t flash_start = 0, flash_end = 0x20000000, ram_start = 0x20000000, ram_end = 0x40000000;
static bool is_riscv, counting;
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

static uint16_t set_of(uint32_t address) {
    size_t first = 0, behind = n_ranges;
    while (first < behind) {
        const size_t middle = (first + behind) / 2;
        if (address < ranges[middle].start)
            behind = middle;
        else if (address >= ranges[middle].end)
            first = middle + 1;
        else
            return ranges[middle].set;
    }
    return 0;
}

static struct insn decode(const struct qemu_plugin_insn *handle) {
    struct insn insn = {.address = (uint32_t)qemu_plugin_insn_vaddr(handle)};
    uint8_t bytes[4] = {0};
    read_insn(handle, bytes);
    insn.set = set_of(insn.address);
    const uint16_t a = (uint16_t)(bytes[0] | bytes[1] << 8), b = (uint16_t)(bytes[2] | bytes[3] << 8);
    const bool is_long = is_riscv ? (a & 3) == 3 : a >= 0xe800;
    const uint32_t size = is_long ? 4 : 2;
    insn.end = insn.address + size;
    if (is_riscv && size == 2)
        classify_rv_16(&insn, a);
    else if (is_riscv)
        classify_rv_32(&insn, a | (uint32_t)b << 16);
    else if (size == 2)
        classify_16(&insn, a);
    else
        classify_32(&insn, a, b);
    return insn;
}

/** The figures that an instruction adds 1 to because of itself and the one before it, as a set of bits. */
static uint32_t figures_of(const struct insn *before, const struct insn *insn) {
    return is_riscv ? figures_of_rv32(before, insn) : figures_of_armv7m(before, insn);
}

static void on_block(unsigned cpu, void *data) {
    (void)cpu;
    const struct block *block = data;
    const struct insn before = previous;
    previous = block->last;
    if (!counting) return;
    uint64_t *extras = sets[block->first.set].extras;
    if (before.end != block->first.address) sets[before.set].extras[TAKEN]++;
    for (uint32_t left = figures_of(&before, &block->first); left; left &= left - 1)
        extras[__builtin_ctz(left)]++;
    for (uint32_t line = block->first.address >> LINE_BITS; line <= (block->last.end - 1) >> LINE_BITS;
         line++) {
        if (code_lines[0] != line) extras[CODE_LINES] += line_misses(code_lines, CODE_LINES_HELD, line);
    }
}

static void on_memory(unsigned cpu, uint32_t info, uint64_t where, void *data) {
    (void)cpu;
    const struct insn *insn = data;
    const uint32_t address = (uint32_t)where;
    const bool in_flash = address >= flash_start && address < flash_end;
    const bool in_ram = address >= ram_start && address < ram_end;
    // QEMU ends a block early after an access to a peripheral: the program goes on behind that instruction.
    if (!in_flash && !in_ram) previous = *insn;
    if (!counting) return;
    uint64_t *extras = sets[insn->set].extras;
    const bool store = qemu_plugin_mem_is_store(info);
    if (in_ram) {
        extras[store ? RAM_WRITES : RAM_READS]++;
    } else if (in_flash && !store) {
        extras[FLASH_READS]++;
        extras[FLASH_LINES] += line_misses(data_lines, DATA_LINES, address >> LINE_BITS);
    }
}

static void on_start(unsigned cpu, void *data) {
    (void)cpu, (void)data;
    memcpy(sets_at_start, sets, n_sets * sizeof *sets);
    isr_at_start = isr;
    memset(data_lines, 0xff, sizeof data_lines);
    memset(code_lines, 0xff, sizeof code_lines);
    counting = true;
}

static uint64_t sum_of_classes(const struct counts *counts) {
    uint64_t sum = 0;
    for (int i = 0; i < N_CLASSES; i++) sum += counts->classes[i];
    return sum;
}

/** The fields of a set, without the braces around them. */
static void print_counts(const struct counts *counts) {
    fprintf(out, "\"instructions\":%llu,\"classes\":{", (unsigned long long)sum_of_classes(counts));
    for (int i = 0; i < N_CLASSES; i++)
        fprintf(out, "%s\"%s\":%llu", i ? "," : "", class_names[i], (unsigned long long)counts->classes[i]);
    fputc('}', out);
    for (int i = 0; i < N_COMMON; i++)
        if (i != LOAD_USE || is_riscv)
            fprintf(out, ",\"%s\":%llu", extra_names[i], (unsigned long long)counts->extras[i]);
    if (is_riscv) return;
    const char *separator = ",\"pipeline\":{";
    for (int i = N_COMMON; i < N_EXTRAS; i++, separator = ",")
        fprintf(out, "%s\"%s\":%llu", separator, extra_names[i], (unsigned long long)counts->extras[i]);
    fputc('}', out);
}

/** What a set has counted since the start. */
static struct counts since_start(size_t set) {
    struct counts counts;
    for (int i = 0; i < N_CLASSES; i++)
        counts.classes[i] = sets[set].classes[i] - sets_at_start[set].classes[i];
    for (int i = 0; i < N_EXTRAS; i++) counts.extras[i] = sets[set].extras[i] - sets_at_start[set].extras[i];
    return counts;
}

static struct counts total_since_start(void) {
    struct counts total = {0};
    for (size_t set = 0; set < n_sets; set++) {
        const struct counts counts = since_start(set);
        for (int i = 0; i < N_CLASSES; i++) total.classes[i] += counts.classes[i];
        for (int i = 0; i < N_EXTRAS; i++) total.extras[i] += counts.extras[i];
    }
    return total;
}

/** The sets that counted something, by name. */
static void print_operators(void) {
    static const struct counts nothing;
    const char *separator = ",\"operators\":{";
    for (size_t set = 0; set < n_sets; set++) {
        const struct counts counts = since_start(set);
        if (!memcmp(&counts, &nothing, sizeof counts)) continue;
        fprintf(out, "%s\"%s\":{", separator, set_names[set]);
        print_counts(&counts);
        fputc('}', out);
        separator = ",";
    }
    fputc('}', out);
}

static void on_stop(unsigned cpu, void *data) {
    (void)cpu, (void)data;
    if (!counting) return;
    counting = false;
    const struct counts total = total_since_start();
    fputc('{', out);
    print_counts(&total);
    fprintf(out, ",\"isr\":%llu", (unsigned long long)(isr - isr_at_start));
    if (n_ranges > 0) print_operators();
    fputs("}\n", out);
    fflush(out);
}

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
            add_when_executed(handle, &isr, 1);
            continue;
        }
        // QEMU calls callbacks before it adds: the instruction at `start` is counted, that at `stop` is not.
        if (insn->address == mark_start)
            qemu_plugin_register_vcpu_insn_exec_cb(handle, on_start, CB_NO_REGS, NULL);
        if (insn->address == mark_stop)
            qemu_plugin_register_vcpu_insn_exec_cb(handle, on_stop, CB_NO_REGS, NULL);
        qemu_plugin_register_vcpu_mem_cb(handle, on_memory, CB_NO_REGS, MEM_RW, insn);
        struct counts *counts = &sets[insn->set];
        add_when_executed(handle, &counts->classes[insn->class], 1);
        if (insn->n_registers) add_when_executed(handle, &counts->extras[LDM_REGISTERS], insn->n_registers);
        for (uint32_t left = i > 0 ? figures_of(&insns[i - 1], insn) : 0; left; left &= left - 1)
            add_when_executed(handle, &counts->extras[__builtin_ctz(left)], 1);
    }
}

static uint16_t set_named(const char *name) {
    size_t set = 0;
    while (set < n_sets && strcmp(set_names[set], name) != 0) set++;
    if (set == n_sets) strcpy(set_names[n_sets++], name);
    return (uint16_t)set;
}

/** Reads a file of ranges, or none. False where it cannot be read, has other lines, or is not sorted. */
static bool read_ranges(const char *path) {
    enum { RANGES_MAX = 4096 };
    set_names = calloc(RANGES_MAX + 1, sizeof *set_names);
    ranges = calloc(RANGES_MAX, sizeof *ranges);
    strcpy(set_names[0], "other");
    FILE *file = path ? fopen(path, "r") : NULL;
    if (path && !file) return false;
    unsigned start, end;
    char name[64];
    bool good = true;
    for (int found; file && (found = fscanf(file, "%x %x %63s", &start, &end, name)) != EOF;) {
        good = found == 3 && n_ranges < RANGES_MAX && start < end &&
               (n_ranges == 0 || start >= ranges[n_ranges - 1].end);
        if (!good) break;
        ranges[n_ranges++] = (struct range){start, end, set_named(name)};
    }
    if (file) fclose(file);
    sets = calloc(n_sets, sizeof *sets);
    sets_at_start = calloc(n_sets, sizeof *sets);
    return good;
}

static const struct {
    const char *name;
    uint32_t *value;
} addresses[] = {{"start", &mark_start},    {"stop", &mark_stop},          {"isr_start", &isr_start},
                 {"isr_end", &isr_end},     {"flash_start", &flash_start}, {"flash_end", &flash_end},
                 {"ram_start", &ram_start}, {"ram_end", &ram_end}};

EXPORT int qemu_plugin_install(plugin_id id, const struct plugin_info *info, int n_arguments,
                               char **arguments) {
    is_riscv = !strcmp(info->target_name, "riscv32");
    const char *ranges_path = NULL;
    for (int i = 0; i < n_arguments; i++) {
        char *equals = strchr(arguments[i], '=');
        if (!equals) return -1;
        *equals = 0;
        const char *name = arguments[i], *value = equals + 1;
        size_t known = 0;
        while (known < sizeof addresses / sizeof *addresses && strcmp(addresses[known].name, name)) known++;
        if (known < sizeof addresses / sizeof *addresses)
            *addresses[known].value = (uint32_t)strtoul(value, NULL, 0);
        else if (!strcmp(name, "out"))
            out = fdopen((int)strtoul(value, NULL, 0), "w");
        else if (!strcmp(name, "ranges"))
            ranges_path = value;
        else
            return -1;
    }
    if (!out || !read_ranges(ranges_path)) return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    return 0;
}
