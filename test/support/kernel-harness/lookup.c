// Runs the kernels of the look-up: tables, and the sums that look into them.
//
// The tables of look-ups are made here, from a seed: entries of every size up to the largest, or from seed 0
// the largest alone. Twin: tableFrom() in test/support/lookup-operators.ts.
#include <trits.h> // of ref

#include "lookup.h"
#include "runners.h"

enum { ENTRY_MAX = 1275 };

static uint32_t draw(uint32_t seed, uint32_t i) { return seed == 0 ? 0 : (seed + i) * 2654435761u; }

static uint32_t entry(uint32_t drawn, uint32_t seed) {
    return seed == 0 ? ENTRY_MAX : drawn % (ENTRY_MAX + 1);
}

static int is_code_t2(uint32_t code) {
    return (code & 3) != 2 && (code >> 2 & 3) != 2 && (code >> 4 & 3) != 2 && code >> 6 != 2;
}

static int is_code_t5(uint32_t code) { return code <= 250 && code % 28 != 27; }

// The tables of one vector lie as the core class likes: entry i of a portable table, and the entries of a
// buffer for so many groups. On Armv7-M groups 2 i and 2 i + 1 share words
// (firmware/kernels/lookup/lookup.h).
#if defined(__ARM_ARCH_7M__) || defined(__ARM_ARCH_7EM__)
static uint32_t entry_at(uint32_t i) {
    return i / (2 * TLM_TABLE_ENTRIES) * (2 * TLM_TABLE_ENTRIES) + i % TLM_TABLE_ENTRIES * 2 +
           i / TLM_TABLE_ENTRIES % 2;
}
static uint32_t entries_of(uint32_t n_groups) { return (n_groups + 1) / 2 * 2 * TLM_TABLE_ENTRIES; }
#else
static uint32_t entry_at(uint32_t i) { return i; }
static uint32_t entries_of(uint32_t n_groups) { return n_groups * TLM_TABLE_ENTRIES; }
#endif

// The entries of bytes that are no code may be anything.
static void put_table(uint16_t *table, uint32_t n_groups, uint32_t halves, int (*is_code)(uint32_t)) {
    const uint32_t n_entries = n_groups * TLM_TABLE_ENTRIES;
    for (uint32_t i = 0; i < n_entries * halves; i++) {
        if (!is_code(i / halves % TLM_TABLE_ENTRIES)) table[i] = 0;
    }
    put(table, 2 * n_entries * halves);
}

static void run_table(void (*kernel)(uint16_t *, const int8_t *, size_t), uint32_t group,
                      int (*is_code)(uint32_t)) {
    const struct array x = take_array(0);
    const uint32_t n_groups = x.n_bytes / group;
    uint16_t *table = reserve(2 * entries_of(n_groups));
    uint16_t *portable = reserve(2 * n_groups * TLM_TABLE_ENTRIES);
    harness_mark_start();
    kernel(table, x.values, n_groups);
    harness_mark_stop();
    check_guards(table, 2 * entries_of(n_groups));
    for (uint32_t i = 0; i < n_groups * TLM_TABLE_ENTRIES; i++) portable[i] = table[entry_at(i)];
    put_table(portable, n_groups, 1, is_code);
}

static void run_table_pair(void (*kernel)(uint32_t *, const int8_t *, const int8_t *, size_t), uint32_t group,
                           int (*is_code)(uint32_t)) {
    const struct array x0 = take_array(0), x1 = take_array(0);
    const uint32_t n_groups = x0.n_bytes / group;
    uint32_t *table = reserve(4 * n_groups * TLM_TABLE_ENTRIES);
    harness_mark_start();
    kernel(table, x0.values, x1.values, n_groups);
    harness_mark_stop();
    put_table((uint16_t *)(void *)table, n_groups, 2, is_code);
}

static void run_table_s8_t2(void) { run_table(table_s8_t2, 4, is_code_t2); }
static void run_table_s8_t5(void) { run_table(table_s8_t5, 5, is_code_t5); }
static void run_table_pair_s8_t2(void) { run_table_pair(table_pair_s8_t2, 4, is_code_t2); }
static void run_table_pair_s8_t5(void) { run_table_pair(table_pair_s8_t5, 5, is_code_t5); }

static struct tlm_beginning take_beginning(void) {
    const uint32_t bias = take_word(), adds = take_word();
    const struct tlm_beginning beginning = {-(int32_t)bias, adds};
    return beginning;
}

static void run_lookup_u16(void) {
    const uint32_t n_groups = take_word(), seed = take_word();
    const struct tlm_beginning beginning = take_beginning();
    const struct array y = take_array(0), w = take_array(0);
    const uint32_t n_entries = n_groups * TLM_TABLE_ENTRIES;
    // What shares a word with an odd last group may be anything: it is the guard's bytes.
    uint16_t *table = reserve(2 * entries_of(n_groups));
    for (uint32_t i = 0; i < n_entries; i++) table[entry_at(i)] = (uint16_t)entry(draw(seed, i) >> 16, seed);
    harness_mark_start();
    lookup_u16(y.values, w.values, y.n_bytes / 16, n_groups, table, beginning);
    harness_mark_stop();
    check_guards(table, 2 * entries_of(n_groups));
    put(y.values, y.n_bytes);
}

static void run_lookup_pair_u32(void) {
    const uint32_t n_groups = take_word(), stride = take_word(), seed = take_word();
    const struct tlm_beginning beginning = take_beginning();
    const struct array y0 = take_array(0), y1 = take_array(0), w = take_array(0);
    const uint32_t n_entries = n_groups * TLM_TABLE_ENTRIES;
    uint32_t *table = reserve(4 * n_entries);
    for (uint32_t i = 0; i < n_entries; i++) {
        const uint32_t drawn = draw(seed, i);
        table[i] = entry(drawn >> 16, seed) | entry(drawn & 0xffffu, seed) << 16;
    }
    harness_mark_start();
    lookup_pair_u32(y0.values, y1.values, w.values, y0.n_bytes / 16, n_groups, stride, table, beginning);
    harness_mark_stop();
    check_guards(table, 4 * n_entries);
    put(y0.values, y0.n_bytes);
    put(y1.values, y1.n_bytes);
}

const struct runner lookup_runners[] = {
    {"table_s8_t2", run_table_s8_t2},
    {"table_s8_t5", run_table_s8_t5},
    {"table_pair_s8_t2", run_table_pair_s8_t2},
    {"table_pair_s8_t5", run_table_pair_s8_t5},
    {"lookup_u16", run_lookup_u16},
    {"lookup_pair_u32", run_lookup_pair_u32},
    {"", NULL},
};
