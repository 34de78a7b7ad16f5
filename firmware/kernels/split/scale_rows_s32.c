// scale_rows_s32, shared among the cores.
//
// Where out is sums and rows have several digits, one half would write what the other has yet to read: rows
// then go by stages, each as long as all before it, which only writes over sums of those.
#include "cut.h"

void scale_rows_part_s32(int32_t *out, const int32_t *sums, size_t n_rows, size_t n_cols, size_t n_digits,
                         const int16_t *row_scales);

struct half {
    int32_t *out;
    const int32_t *sums;
    size_t n_rows, n_cols, n_digits;
    const int16_t *row_scales;
};

static void second(void *context) {
    const struct half *h = context;
    scale_rows_part_s32(h->out, h->sums, h->n_rows, h->n_cols, h->n_digits, h->row_scales);
}

static void scale_halves(int32_t *out, const int32_t *sums, size_t n_rows, size_t n_cols, size_t n_digits,
                         const int16_t *row_scales) {
    const size_t middle = tlm_middle(n_rows);
    struct half half = {out + middle, sums + n_digits * middle, n_rows - middle, n_cols,
                        n_digits,     row_scales + middle};
    tlm_hand_over(second, &half);
    scale_rows_part_s32(out, sums, middle, n_cols, n_digits, row_scales);
    tlm_await();
}

// Rows that are not worth two cores.
enum { FEW_ROWS = 64 };

void scale_rows_s32(int32_t *out, const int32_t *sums, size_t n_rows, size_t n_cols, size_t n_digits,
                    const int16_t *row_scales) {
    if (out != sums || n_digits == 1) {
        scale_halves(out, sums, n_rows, n_cols, n_digits, row_scales);
        return;
    }
    size_t done = n_rows < FEW_ROWS ? n_rows : FEW_ROWS;
    scale_rows_part_s32(out, sums, done, n_cols, n_digits, row_scales);
    while (done < n_rows) {
        const size_t n = n_rows - done < done ? n_rows - done : done;
        scale_halves(out + done, sums + n_digits * done, n, n_cols, n_digits, row_scales + done);
        done += n;
    }
}
