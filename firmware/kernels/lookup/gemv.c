// The product of a matrix and one or two vectors: chunk by chunk first the tables, then the look-ups, each
// shared among the cores that there are: tables by groups, look-ups by blocks of rows.
#include "gemv.h"
#include "parallel.h"

const struct tlm_packing tlm_packing_t2 = {4, TLM_BIAS_T2, table_s8_t2, table_pair_s8_t2},
                         tlm_packing_t5 = {5, TLM_BIAS_T5, table_s8_t5, table_pair_s8_t5};

// One chunk, or of a pair the part of one that the table has room for.
struct chunk {
    const struct tlm_packing *packing;
    int32_t *y, *y1; // y1 of the second vector
    const uint8_t *w;
    const int8_t *x, *x1;
    size_t n_blocks, n_groups, stride;
    uint16_t *table;
};

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

static void build_tables(const void *context, size_t index, size_t n_parts) {
    // Two groups may share a table: parts begin at even ones.
    const struct chunk *c = context;
    const size_t n_twos = (c->n_groups + 1) / 2, first = 2 * tlm_part_start(n_twos, index, n_parts),
                 end = smaller(2 * tlm_part_start(n_twos, index + 1, n_parts), c->n_groups);
    if (end > first)
        c->packing->table(c->table + first * TLM_TABLE_ENTRIES, c->x + first * c->packing->group,
                          end - first);
}

static void look_up(const void *context, size_t index, size_t n_parts) {
    const struct chunk *c = context;
    const size_t first = tlm_part_start(c->n_blocks, index, n_parts),
                 end = tlm_part_start(c->n_blocks, index + 1, n_parts);
    if (end > first)
        lookup_u16(c->y + 4 * first, c->w + first * c->stride, end - first, c->n_groups, c->table);
}

static void build_table_pairs(const void *context, size_t index, size_t n_parts) {
    const struct chunk *c = context;
    const size_t first = tlm_part_start(c->n_groups, index, n_parts),
                 end = tlm_part_start(c->n_groups, index + 1, n_parts), skipped = first * c->packing->group;
    uint32_t *table = (uint32_t *)(void *)c->table;
    if (end > first)
        c->packing->table_pair(table + first * TLM_TABLE_ENTRIES, c->x + skipped, c->x1 + skipped,
                               end - first);
}

static void look_up_pairs(const void *context, size_t index, size_t n_parts) {
    const struct chunk *c = context;
    const size_t first = tlm_part_start(c->n_blocks, index, n_parts),
                 end = tlm_part_start(c->n_blocks, index + 1, n_parts);
    if (end > first)
        lookup_pair_u32(c->y + 4 * first, c->y1 + 4 * first, c->w + first * c->stride, end - first,
                        c->n_groups, c->stride, (const uint32_t *)(const void *)c->table);
}

// n is a multiple of 4.
static void fill(int32_t *y, size_t n, int32_t value) {
    for (size_t i = 0; i < n; i += 4) y[i] = y[i + 1] = y[i + 2] = y[i + 3] = value;
}

void tlm_gemv(const struct tlm_packing *packing, int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows,
              size_t n_cols, size_t chunk_groups, uint16_t *table) {
    size_t groups_left = (n_cols + packing->group - 1) / packing->group;
    struct chunk c = {
        .packing = packing, .y = y, .w = w, .x = x, .n_blocks = (n_rows + 3) / 4, .table = table};
    fill(y, 4 * c.n_blocks, -(int32_t)(packing->bias * groups_left));
    while (groups_left > 0) {
        c.n_groups = smaller(chunk_groups, groups_left);
        c.stride = 4 * c.n_groups;
        tlm_parallel(build_tables, &c);
        tlm_parallel(look_up, &c);
        c.w += c.n_blocks * c.stride;
        c.x += c.n_groups * packing->group;
        groups_left -= c.n_groups;
    }
}

// The part of a chunk that starts at its group `first`.
static void add_part(struct chunk c, size_t first, size_t n_groups) {
    c.w += 4 * first;
    c.x += first * c.packing->group;
    c.x1 += first * c.packing->group;
    c.n_groups = n_groups;
    tlm_parallel(build_table_pairs, &c);
    tlm_parallel(look_up_pairs, &c);
}

void tlm_gemv_pair(const struct tlm_packing *packing, int32_t *y, const uint8_t *w, const int8_t *x,
                   size_t n_rows, size_t n_cols, size_t chunk_groups, uint16_t *table, size_t table_groups) {
    const size_t n_blocks = (n_rows + 3) / 4, most = smaller(table_groups / 2, TLM_PAIR_GROUPS_MAX);
    size_t groups_left = (n_cols + packing->group - 1) / packing->group;
    struct chunk c = {.packing = packing,
                      .y = y,
                      .y1 = y + 4 * n_blocks,
                      .w = w,
                      .x = x,
                      .x1 = x + TLM_PAIR_STRIDE(n_cols),
                      .n_blocks = n_blocks,
                      .table = table};
    fill(y, 8 * n_blocks, -(int32_t)(packing->bias * groups_left));
    while (groups_left > 0) {
        const size_t n_groups = smaller(chunk_groups, groups_left), n_parts = (n_groups + most - 1) / most;
        c.stride = 4 * n_groups;
        for (size_t i = 0; i < n_parts; i++) {
            const size_t first = n_groups * i / n_parts;
            add_part(c, first, n_groups * (i + 1) / n_parts - first);
        }
        c.w += n_blocks * c.stride;
        c.x += n_groups * packing->group;
        c.x1 += n_groups * packing->group;
        groups_left -= n_groups;
    }
}
