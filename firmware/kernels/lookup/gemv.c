// The product of a matrix and one or two vectors: chunk by chunk first the tables, then the look-ups, each
// shared with the other core if there is one: tables by groups, look-ups by blocks of rows.
#include "gemv.h"

#include <stdbool.h>

#include "parallel.h"
#include <pair_words.h> // of lookup, or of the core class

const struct tlm_packing tlm_packing_t2 = {4, TLM_BIAS_T2, 1, 2, table_s8_t2, table_pair_s8_t2},
                         tlm_packing_t5 = {5, TLM_BIAS_T5, 52429, 18, table_s8_t5, table_pair_s8_t5};

// One chunk, or of a pair the part of one that the table has room for.
struct chunk {
    const struct tlm_packing *packing;
    int32_t *y, *y1; // y1 of the second vector
    const uint8_t *w;
    const int8_t *x, *x1;
    size_t n_blocks, n_groups, stride;
    uint16_t *table;
    struct tlm_beginning beginning;
};

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

// Exact for 1 to 2^16 columns, and less than a division.
static size_t groups_of(const struct tlm_packing *packing, size_t n_cols) {
    return (n_cols + packing->group - 1) * packing->reciprocal >> packing->reciprocal_shift;
}

// Sums begin with what takes away the biases of all their entries; chunks behind the first are added to them.
static struct tlm_beginning first_of(const struct tlm_packing *packing, size_t n_groups) {
    const struct tlm_beginning first = {-(int32_t)(packing->bias * n_groups), 0};
    return first;
}
static const struct tlm_beginning further = {0, 1};

// What the other core does of each step, then the step: the first groups or blocks stay here. Any group may
// be the first of the other core's, since core classes whose groups share tables (lookup.h) have one core.
// What the other core still writes of x (quantize_s32_s8) is waited for by a hand-over, or where there is
// none.
static void build_other_tables(void *context) {
    const struct chunk *c = context;
    const size_t own = tlm_own_share(c->n_groups);
    c->packing->table(c->table + own * TLM_TABLE_ENTRIES, c->x + own * c->packing->group, c->n_groups - own);
}
static inline void build_tables(struct chunk *c) {
    const size_t own = tlm_own_share(c->n_groups);
    if (own < c->n_groups)
        tlm_hand_over(build_other_tables, c);
    else
        tlm_await();
    c->packing->table(c->table, c->x, own);
    tlm_await();
}

static void look_up_others(void *context) {
    const struct chunk *c = context;
    const size_t own = tlm_own_share(c->n_blocks);
    lookup_u16(c->y + 4 * own, c->w + own * c->stride, c->n_blocks - own, c->n_groups, c->table,
               c->beginning);
}
static inline void look_up(struct chunk *c) {
    const size_t own = tlm_own_share(c->n_blocks);
    if (own < c->n_blocks) tlm_hand_over(look_up_others, c);
    lookup_u16(c->y, c->w, own, c->n_groups, c->table, c->beginning);
    tlm_await();
}

static void build_other_table_pairs(void *context) {
    const struct chunk *c = context;
    const size_t own = tlm_own_share(c->n_groups), skipped = own * c->packing->group;
    uint32_t *table = (uint32_t *)(void *)c->table;
    c->packing->table_pair(table + own * TLM_TABLE_ENTRIES, c->x + skipped, c->x1 + skipped,
                           c->n_groups - own);
}
static inline void build_table_pairs(struct chunk *c) {
    const size_t own = tlm_own_share(c->n_groups);
    if (own < c->n_groups)
        tlm_hand_over(build_other_table_pairs, c);
    else
        tlm_await();
    c->packing->table_pair((uint32_t *)(void *)c->table, c->x, c->x1, own);
    tlm_await();
}

static void look_up_other_pairs(void *context) {
    const struct chunk *c = context;
    const size_t own = tlm_own_share(c->n_blocks);
    lookup_pair_u32(c->y + 4 * own, c->y1 + 4 * own, c->w + own * c->stride, c->n_blocks - own, c->n_groups,
                    c->stride, (const uint32_t *)(const void *)c->table, c->beginning);
}
static inline void look_up_pairs(struct chunk *c) {
    const size_t own = tlm_own_share(c->n_blocks);
    if (own < c->n_blocks) tlm_hand_over(look_up_other_pairs, c);
    lookup_pair_u32(c->y, c->y1, c->w, own, c->n_groups, c->stride, (const uint32_t *)(const void *)c->table,
                    c->beginning);
    tlm_await();
}

void tlm_gemv(const struct tlm_packing *packing, int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows,
              size_t n_cols, size_t chunk_groups, uint16_t *table) {
    size_t groups_left = groups_of(packing, n_cols);
    struct chunk c;
    c.packing = packing;
    c.y = y;
    c.w = w;
    c.x = x;
    c.n_blocks = (n_rows + 3) / 4;
    c.table = table;
    c.beginning = first_of(packing, groups_left);
    for (;;) {
        c.n_groups = smaller(chunk_groups, groups_left);
        c.stride = 4 * c.n_groups;
        build_tables(&c);
        look_up(&c);
        groups_left -= c.n_groups;
        if (groups_left == 0) return;
        c.beginning = further;
        c.w += c.n_blocks * c.stride;
        c.x += c.n_groups * packing->group;
    }
}

void tlm_gemv_more(const struct tlm_packing *packing, int32_t *y, const uint8_t *w, size_t n_rows,
                   size_t n_cols, uint16_t *table) {
    struct chunk c;
    c.n_groups = groups_of(packing, n_cols);
    c.stride = 4 * c.n_groups;
    c.y = y;
    c.w = w;
    c.n_blocks = (n_rows + 3) / 4;
    c.table = table;
    c.beginning = first_of(packing, c.n_groups);
    look_up(&c);
}

// One part of a chunk; the next one of the chunk follows.
static void add_part(struct chunk *c) {
    build_table_pairs(c);
    look_up_pairs(c);
    c->w += 4 * c->n_groups;
    c->x += c->n_groups * c->packing->group;
    c->x1 += c->n_groups * c->packing->group;
}

void tlm_gemv_pair(const struct tlm_packing *packing, int32_t *y, const uint8_t *w, const int8_t *x,
                   size_t n_rows, size_t n_cols, size_t chunk_groups, uint16_t *table, size_t table_groups) {
    const size_t most = smaller(table_groups / 2, TLM_PAIR_GROUPS_MAX);
    size_t groups_left = groups_of(packing, n_cols), summed = 0;
    struct chunk c;
    c.packing = packing;
    c.n_blocks = (n_rows + 3) / 4;
    c.y = y;
    c.y1 = y + 4 * c.n_blocks;
    c.w = w;
    c.x = x;
    c.x1 = x + TLM_PAIR_STRIDE(n_cols);
    c.table = table;
    c.beginning = first_of(packing, groups_left);
    while (groups_left > 0) {
        size_t chunk_left = smaller(chunk_groups, groups_left);
        c.stride = 4 * chunk_left;
        do {
            c.n_groups = smaller(most, chunk_left);
            chunk_left -= c.n_groups;
            groups_left -= c.n_groups;
            summed += c.n_groups;
            // Sums go on as words as long as those of another part fit.
            const bool is_handed_on = TLM_KNOWS_PAIR_WORDS && c.beginning.adds != further.adds &&
                                      groups_left > 0 && summed + most <= TLM_PAIR_GROUPS_MAX;
            if (is_handed_on) c.beginning.adds |= TLM_TO_WORDS;
            add_part(&c);
            if (is_handed_on)
                c.beginning.adds = TLM_FROM_WORDS;
            else
                c.beginning = further;
        } while (chunk_left > 0);
        c.w += (c.n_blocks - 1) * c.stride;
    }
}
