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
    struct tlm_beginning beginning;
};

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

// Some of a number of items.
struct share {
    size_t first, n;
};

static struct share share_of(size_t n_items, size_t index, size_t n_parts) {
    const size_t first = tlm_part_start(n_items, index, n_parts);
    const struct share share = {first, tlm_part_start(n_items, index + 1, n_parts) - first};
    return share;
}

// Sums begin with what takes away the biases of all their entries; chunks behind the first are added to them.
static struct tlm_beginning first_of(const struct tlm_packing *packing, size_t n_groups) {
    const struct tlm_beginning first = {-(int32_t)(packing->bias * n_groups), 0};
    return first;
}
static const struct tlm_beginning further = {0, 1};

// Two groups may share a table: parts begin at even ones.
static void build_tables(const void *context, size_t index, size_t n_parts) {
    const struct chunk *c = context;
    const struct share twos = share_of((c->n_groups + 1) / 2, index, n_parts);
    const size_t first = 2 * twos.first, n = smaller(2 * twos.n, c->n_groups - first);
    if (n > 0) c->packing->table(c->table + first * TLM_TABLE_ENTRIES, c->x + first * c->packing->group, n);
}

static void look_up(const void *context, size_t index, size_t n_parts) {
    const struct chunk *c = context;
    const struct share blocks = share_of(c->n_blocks, index, n_parts);
    if (blocks.n > 0)
        lookup_u16(c->y + 4 * blocks.first, c->w + blocks.first * c->stride, blocks.n, c->n_groups, c->table,
                   c->beginning);
}

static void build_table_pairs(const void *context, size_t index, size_t n_parts) {
    const struct chunk *c = context;
    const struct share groups = share_of(c->n_groups, index, n_parts);
    const size_t skipped = groups.first * c->packing->group;
    uint32_t *table = (uint32_t *)(void *)c->table;
    if (groups.n > 0)
        c->packing->table_pair(table + groups.first * TLM_TABLE_ENTRIES, c->x + skipped, c->x1 + skipped,
                               groups.n);
}

static void look_up_pairs(const void *context, size_t index, size_t n_parts) {
    const struct chunk *c = context;
    const struct share blocks = share_of(c->n_blocks, index, n_parts);
    if (blocks.n > 0)
        lookup_pair_u32(c->y + 4 * blocks.first, c->y1 + 4 * blocks.first, c->w + blocks.first * c->stride,
                        blocks.n, c->n_groups, c->stride, (const uint32_t *)(const void *)c->table,
                        c->beginning);
}

void tlm_gemv(const struct tlm_packing *packing, int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows,
              size_t n_cols, size_t chunk_groups, uint16_t *table) {
    size_t groups_left = (n_cols + packing->group - 1) / packing->group;
    struct chunk c;
    c.packing = packing;
    c.y = y;
    c.w = w;
    c.x = x;
    c.n_blocks = (n_rows + 3) / 4;
    c.table = table;
    c.beginning = first_of(packing, groups_left);
    while (groups_left > 0) {
        c.n_groups = smaller(chunk_groups, groups_left);
        c.stride = 4 * c.n_groups;
        tlm_parallel(build_tables, &c);
        tlm_parallel(look_up, &c);
        c.beginning = further;
        c.w += c.n_blocks * c.stride;
        c.x += c.n_groups * packing->group;
        groups_left -= c.n_groups;
    }
}

void tlm_gemv_more(const struct tlm_packing *packing, int32_t *y, const uint8_t *w, size_t n_rows,
                   size_t n_cols, uint16_t *table) {
    struct chunk c;
    c.n_groups = (n_cols + packing->group - 1) / packing->group;
    c.stride = 4 * c.n_groups;
    c.y = y;
    c.w = w;
    c.n_blocks = (n_rows + 3) / 4;
    c.table = table;
    c.beginning = first_of(packing, c.n_groups);
    tlm_parallel(look_up, &c);
}

// A chunk in parts of about one size, whose tables fit.
static void add_chunk(struct chunk *c, size_t n_groups, size_t most) {
    const size_t n_parts = (n_groups + most - 1) / most;
    c->stride = 4 * n_groups;
    for (size_t i = 0, first = 0; i < n_parts; i++, first += c->n_groups) {
        c->n_groups = (n_groups - first + n_parts - i - 1) / (n_parts - i);
        tlm_parallel(build_table_pairs, c);
        tlm_parallel(look_up_pairs, c);
        c->beginning = further;
        c->w += 4 * c->n_groups;
        c->x += c->n_groups * c->packing->group;
        c->x1 += c->n_groups * c->packing->group;
    }
    c->w += (c->n_blocks - 1) * c->stride;
}

void tlm_gemv_pair(const struct tlm_packing *packing, int32_t *y, const uint8_t *w, const int8_t *x,
                   size_t n_rows, size_t n_cols, size_t chunk_groups, uint16_t *table, size_t table_groups) {
    const size_t most = smaller(table_groups / 2, TLM_PAIR_GROUPS_MAX);
    size_t groups_left = (n_cols + packing->group - 1) / packing->group;
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
        const size_t n_groups = smaller(chunk_groups, groups_left);
        add_chunk(&c, n_groups, most);
        groups_left -= n_groups;
    }
}
