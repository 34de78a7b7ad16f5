// digits_t5, the groups of a chunk shared among the cores; ref/digits_t5.c defines it.
//
// Trits are differences of quotients of codes: the quotients of all digits are added up first, each with what
// its digit counts.
#include "kernels.h"
#include "parallel.h"

enum { GROUP = 5 };

// Whole groups of a chunk.
struct groups {
    int8_t *row;
    const uint8_t *codes; // of the block that has the first digit's row
    size_t n, block_bytes, n_digits;
    uint32_t first; // which row of the block the first digit's is
    uint32_t bias;  // 8 for each digit, with what it counts
};

// The quotients are exact for every code: 2^14 / 84, / 28, / 9 and / 3, rounded up.
static void add_up(void *context) {
    const struct groups *const g = context;
    int8_t *row = g->row;
    const uint8_t *group = g->codes;
    for (size_t n = g->n; n > 0; n--, row += GROUP, group += 4) {
        const uint8_t *codes = group;
        uint32_t by84 = 0, by28 = 0, below = 0, by9 = 0, by3 = 0, at = g->first;
        for (size_t left = g->n_digits; left > 0; left--) {
            const uint32_t code = codes[at], q28 = code * 586 >> 14, rest = code - 28 * q28;
            by84 = 3 * by84 + (code * 196 >> 14);
            by28 = 3 * by28 + q28;
            below = 3 * below + rest;
            by9 = 3 * by9 + (rest * 1821 >> 14);
            by3 = 3 * by3 + (rest * 5462 >> 14);
            if (++at == 4) {
                at = 0;
                codes += g->block_bytes;
            }
        }
        row[0] = (int8_t)(8 * (below - 3 * by3) - g->bias);
        row[1] = (int8_t)(8 * (by3 - 3 * by9) - g->bias);
        row[2] = (int8_t)(8 * by9 - g->bias);
        row[3] = (int8_t)(8 * (by28 - 3 * by84) - g->bias);
        row[4] = (int8_t)(8 * by84 - g->bias);
    }
}

// The first n groups of g on both cores; g goes on behind them.
static void add_up_both(struct groups *g, size_t n) {
    struct groups others = *g;
    g->n = tlm_own_share(n);
    others.n = n - g->n;
    others.row += GROUP * g->n;
    others.codes += 4 * g->n;
    tlm_hand_over(add_up, &others);
    add_up(g);
    tlm_await();
    g->row += GROUP * n;
    g->codes += 4 * n;
}

void digits_t5(int8_t *row, const uint8_t *w, size_t index, size_t n_digits, size_t n_rows, size_t n_cols,
               size_t chunk_groups) {
    static const uint8_t biases[] = {0, 8, 8 * 4, 8 * 13};
    const size_t first = index * n_digits, n_blocks = (n_digits * n_rows + 3) / 4;
    struct groups g = {.row = row, .n_digits = n_digits, .first = first % 4, .bias = biases[n_digits]};
    for (size_t left = n_cols; left > 0;) {
        const size_t most = GROUP * chunk_groups, n = most < left ? most : left, n_last = n % GROUP;
        g.block_bytes = 4 * ((n + GROUP - 1) / GROUP);
        g.codes = w + first / 4 * g.block_bytes;
        add_up_both(&g, n / GROUP);
        if (n_last > 0) {
            int8_t columns[GROUP], *const end = g.row;
            g.row = columns;
            g.n = 1;
            add_up(&g);
            for (size_t i = 0; i < n_last; i++) end[i] = columns[i];
        }
        w += n_blocks * g.block_bytes;
        left -= n;
    }
}
