// scale_rows_s32 where out is sums and rows have several digits: one half would write what the other has yet
// to read. Rows then go by stages, each as long as all before it, which only writes over sums of those.
#include "kernels.h"

void scale_rows_part_s32(int32_t *out, const int32_t *sums, size_t n_rows, size_t n_cols, size_t n_digits,
                         const int16_t *row_scales);
void tlm_scale_rows_by_stages(int32_t *out, const int32_t *sums, size_t n_rows, size_t n_cols,
                              size_t n_digits, const int16_t *row_scales);

// Rows that are not worth two cores.
enum { FEW_ROWS = 64 };

void tlm_scale_rows_by_stages(int32_t *out, const int32_t *sums, size_t n_rows, size_t n_cols,
                              size_t n_digits, const int16_t *row_scales) {
    size_t done = n_rows < FEW_ROWS ? n_rows : FEW_ROWS;
    scale_rows_part_s32(out, sums, done, n_cols, n_digits, row_scales);
    while (done < n_rows) {
        const size_t n = n_rows - done < done ? n_rows - done : done;
        scale_rows_s32(out + done, sums + n_digits * done, n, n_cols, n_digits, row_scales + done);
        done += n;
    }
}
