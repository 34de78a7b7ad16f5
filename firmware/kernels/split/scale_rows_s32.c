// scale_rows_s32, shared among the cores.
//
// Where out is sums and rows have several digits, one part would write what the other has yet to read: rows
// then go by stages, each as long as all before it, which only writes over sums of those.
#include "cut.h"

void scale_rows_part_s32(int32_t *out, const int32_t *sums, size_t n_rows, size_t n_cols, size_t n_digits,
                         const int16_t *row_scales);

struct call {
    int32_t *out;
    const int32_t *sums;
    size_t n_rows, n_cols, n_digits;
    const int16_t *row_scales;
};

static void part(const void *context, size_t index, size_t n_parts) {
    const struct call *c = context;
    const struct tlm_range range = tlm_cut(c->n_rows, index, n_parts);
    scale_rows_part_s32(c->out + range.first, c->sums + c->n_digits * range.first, range.n, c->n_cols,
                        c->n_digits, c->row_scales + range.first);
}

// Rows that are not worth two cores.
enum { FEW_ROWS = 64 };

void scale_rows_s32(int32_t *out, const int32_t *sums, size_t n_rows, size_t n_cols, size_t n_digits,
                    const int16_t *row_scales) {
    struct call call = {out, sums, n_rows, n_cols, n_digits, row_scales};
    if (out != sums || n_digits == 1) {
        tlm_parallel(part, &call);
        return;
    }
    size_t done = n_rows < FEW_ROWS ? n_rows : FEW_ROWS;
    scale_rows_part_s32(out, sums, done, n_cols, n_digits, row_scales);
    for (; done < n_rows; done += call.n_rows) {
        call.n_rows = n_rows - done < done ? n_rows - done : done;
        call.out = out + done;
        call.sums = sums + n_digits * done;
        call.row_scales = row_scales + done;
        tlm_parallel(part, &call);
    }
}
