// scale_rows_s32, shared among the cores.
//
// Where out is sums and rows have several digits, the second part would write what the first has yet to read:
// it writes over its own sums instead, and its rows are moved afterwards, to before all of them.
#include "cut.h"

#include <stdbool.h>

void scale_rows_part_s32(int32_t *out, const int32_t *sums, size_t n_rows, size_t n_cols, size_t n_digits,
                         const int16_t *row_scales);

struct call {
    int32_t *out;
    const int32_t *sums;
    size_t n_rows, n_cols, n_digits;
    const int16_t *row_scales;
    size_t *n_parts; // that there were
};

static bool is_moved(const struct call *c, size_t n_parts) {
    return n_parts > 1 && c->out == c->sums && c->n_digits > 1;
}

static void part(const void *context, size_t index, size_t n_parts) {
    const struct call *c = context;
    const struct tlm_range range = tlm_cut(c->n_rows, index, n_parts);
    const size_t at = c->n_digits * range.first;
    scale_rows_part_s32(c->out + (is_moved(c, n_parts) ? at : range.first), c->sums + at, range.n, c->n_cols,
                        c->n_digits, c->row_scales + range.first);
    if (index == 0) *c->n_parts = n_parts;
}

// The rows of the second part of two, which are not more than those before them.
static void move(const void *context, size_t index, size_t n_parts) {
    const struct call *c = context;
    const struct tlm_range second = tlm_cut(c->n_rows, 1, TLM_PARTS_MAX),
                           range = tlm_cut(second.n, index, n_parts);
    int32_t *to = c->out + second.first + range.first;
    const int32_t *from = c->sums + c->n_digits * second.first + range.first;
    size_t i = 0;
    for (; i + 4 <= range.n; i += 4, from += 4, to += 4) {
        const int32_t a = from[0], b = from[1], d = from[2], e = from[3];
        to[0] = a, to[1] = b, to[2] = d, to[3] = e;
    }
    for (; i < range.n; i++) *to++ = *from++;
}

void scale_rows_s32(int32_t *out, const int32_t *sums, size_t n_rows, size_t n_cols, size_t n_digits,
                    const int16_t *row_scales) {
    size_t n_parts = 1;
    const struct call call = {out, sums, n_rows, n_cols, n_digits, row_scales, &n_parts};
    tlm_parallel(part, &call);
    if (is_moved(&call, n_parts)) tlm_parallel(move, &call);
}
