// The product of a matrix of trits and one or two vectors by arithmetic, without tables. A vector of 16 bytes
// holds the codes of four groups of a block; even and odd bytes become lanes of 16 bits.
//
// A code is a number whose digits are trits plus one (t5) or, with the upper bit of every trit turned over,
// plus two (t2). Its quotients by the digits' weights stand for the digits: with q[i] = the code without its
// i lowest digits, digit i is q[i] - B q[i + 1], and
//
//   sum of digit[i] x[i] = sum of q[i] (x[i] - B x[i - 1])    B = 3 (t5), 4 (t2); x[-1] = 0
//
// so that a digit costs one quotient, one product and one addition. A code of t5 less its quotient by 28 is a
// plain number of base 3. Lanes are modulo 2^16; what one adds up, at most 16 groups, stays within +-10160.
//
// The inner loop, x86-64 (SSE2): 52 instructions for 80 weights of t5, 50 of t2 (40 for 64); for two vectors
// 88 and 88 (70). For AVX2 see avx2.c.
//
// Tried and lost: tables and look-ups (lookup/), 1.2 to 5 times slower for one vector, most where a matrix
// has few rows; in WebAssembly they are as fast or faster for a pair of vectors of t5 where it has many. The
// last step of a block in code of its own behind the loop: constants are loaded again for each block. Sums of
// products as a tree: too many registers, and the sum leaves them. Multipliers made group by group: a seventh
// of the time of 256 rows (AVX2). Counted, not run: digits by comparisons and subtractions of bytes, more
// instructions than quotients, for products are as cheap as additions.
#ifndef TLM_PRODUCT_H
#define TLM_PRODUCT_H

#include "kernels.h"
#include "simd.h"

enum { TLM_STEP_GROUPS = 4, TLM_STEPS_MAX = 16 };

// What a chunk's quotients are multiplied by: a lane a group, twice each, in steps of four groups. Where the
// last step is not full, it ends with the chunk and begins within the step before it.
struct tlm_multipliers {
    tlm_u16x8 start; // of the sums: what the digits have too much
    tlm_u16x8 step[TLM_STEPS_MAX][5];
};

TLM_SIMD uint32_t tlm_twice(int32_t value) { return (uint16_t)value * 0x10001u; }

// The multipliers of one step: x[4][n_digits]; sums[4] are those of what the digits have too much.
TLM_SIMD void tlm_set_step(tlm_u16x8 step[5], int32_t sums[4], const int8_t *x, size_t n_digits) {
    const int32_t base = n_digits == 5 ? 3 : 4, excess = n_digits == 5 ? 1 : 2;
    uint32_t *at = (uint32_t *)(void *)step;
    for (size_t i = 0; i < TLM_STEP_GROUPS; i++, x += n_digits, at++) {
        at[0] = tlm_twice(x[0]);
        at[4] = tlm_twice(x[1] - base * x[0]);
        at[8] = tlm_twice(x[2] - base * x[1]);
        at[12] = tlm_twice(x[3] - base * x[2]);
        if (n_digits == 5) at[16] = tlm_twice(x[4] - base * x[3]);
        sums[i] += excess * (x[0] + x[1] + x[2] + x[3] + (n_digits == 5 ? x[4] : 0));
    }
}

// The multipliers of one chunk: x[n_groups][n_digits].
TLM_SIMD void tlm_set(struct tlm_multipliers *m, const int8_t *x, size_t n_groups, size_t n_digits) {
    const size_t n_full = n_groups / TLM_STEP_GROUPS, n_left = n_groups % TLM_STEP_GROUPS;
    uint32_t *start = (uint32_t *)(void *)&m->start;
    int32_t sums[TLM_STEP_GROUPS] = {0};
    for (size_t i = 0; i < n_full; i++, x += TLM_STEP_GROUPS * n_digits)
        tlm_set_step(m->step[i], sums, x, n_digits);
    if (n_left > 0) {
        int8_t last[TLM_STEP_GROUPS * 5] = {0};
        int8_t *at = last + (n_full > 0 ? (TLM_STEP_GROUPS - n_left) * n_digits : 0);
        for (size_t i = 0; i < n_left * n_digits; i++) at[i] = x[i];
        tlm_set_step(m->step[n_full], sums, last, n_digits);
    }
    for (size_t i = 0; i < TLM_STEP_GROUPS; i++) start[i] = tlm_twice(-sums[i]);
}

// The sums of lanes of one vector, or of two.
struct tlm_sums {
    tlm_u16x8 sum, sum1;
};

// Adds the products of a digit's quotients; m1 is that of a second vector, or NULL.
TLM_SIMD void tlm_add(struct tlm_sums *sums, tlm_u16x8 q, size_t digit, const tlm_u16x8 *m,
                      const tlm_u16x8 *m1) {
    sums->sum += q * m[digit];
    if (m1) sums->sum1 += q * m1[digit];
}

TLM_SIMD void tlm_add_codes(struct tlm_sums *sums, tlm_u16x8 codes, size_t n_digits, const tlm_u16x8 *m,
                            const tlm_u16x8 *m1) {
    if (n_digits == 5) {
        const tlm_u16x8 q3 = TLM_QUOTIENT(codes, 28), q0 = codes - q3;
        tlm_add(sums, q0, 0, m, m1);
        tlm_add(sums, TLM_QUOTIENT(q0, 3), 1, m, m1);
        tlm_add(sums, TLM_QUOTIENT(q0, 9), 2, m, m1);
        tlm_add(sums, q3, 3, m, m1);
        tlm_add(sums, TLM_QUOTIENT(q3, 3), 4, m, m1);
    } else {
        tlm_add(sums, codes, 0, m, m1);
        tlm_add(sums, codes >> 2, 1, m, m1);
        tlm_add(sums, codes >> 4, 2, m, m1);
        tlm_add(sums, codes >> 6, 3, m, m1);
    }
}

// Adds lanes [4 groups][rows 0 and 2] and [4 groups][rows 1 and 3] to the four rows. Two groups together stay
// within 16 bits.
TLM_SIMD void tlm_add_rows(int32_t *y, tlm_u16x8 even, tlm_u16x8 odd) {
    const tlm_u16x8 low = __builtin_shufflevector(even, odd, 0, 8, 1, 9, 2, 10, 3, 11),
                    high = __builtin_shufflevector(even, odd, 4, 12, 5, 13, 6, 14, 7, 15), rows = low + high;
    *(tlm_rows *)(void *)y += tlm_sum_pairs(__builtin_shufflevector(rows, rows, 0, 4, 1, 5, 2, 6, 3, 7));
}

TLM_SIMD tlm_u16x8 tlm_load(const uint8_t *w) { return *(const tlm_codes *)(const void *)w; }

// The codes of a block shorter than a step; those behind its last one are multiplied by 0.
TLM_SIMD tlm_u16x8 tlm_load_short(const uint8_t *w, size_t n_groups) {
    const uint32_t *groups = (const uint32_t *)(const void *)w;
    const uint32_t last = groups[n_groups - 1];
    const tlm_s32x4 codes = {(int32_t)groups[0], (int32_t)(n_groups > 1 ? groups[1] : last),
                             (int32_t)(n_groups > 2 ? groups[2] : last), (int32_t)last};
    return (tlm_u16x8)codes;
}

// y += W x of one block; y1 and m1 of a second vector, or NULL.
TLM_SIMD void tlm_add_block(int32_t *y, int32_t *y1, const uint8_t *w, size_t n_groups, size_t n_digits,
                            const struct tlm_multipliers *m, const struct tlm_multipliers *m1) {
    const size_t n_steps = (n_groups + TLM_STEP_GROUPS - 1) / TLM_STEP_GROUPS, last = 4 * n_groups - 16;
    struct tlm_sums even = {m->start, m1 ? m1->start : m->start}, odd = even;
    for (size_t i = 0; i < n_steps; i++) {
        tlm_u16x8 codes = n_groups < TLM_STEP_GROUPS ? tlm_load_short(w, n_groups)
                                                     : tlm_load(w + (16 * i < last ? 16 * i : last));
        if (n_digits == 4) codes ^= 0xaaaa;
        tlm_add_codes(&even, codes & 255, n_digits, m->step[i], m1 ? m1->step[i] : NULL);
        tlm_add_codes(&odd, codes >> 8, n_digits, m->step[i], m1 ? m1->step[i] : NULL);
    }
    tlm_add_rows(y, even.sum, odd.sum);
    if (m1) tlm_add_rows(y1, even.sum1, odd.sum1);
}

// y += W x of one chunk. Blocks shorter than a step have a loop of their own.
TLM_SIMD void tlm_add_chunk(int32_t *y, const uint8_t *w, size_t n_blocks, size_t n_groups, size_t n_digits,
                            const struct tlm_multipliers *m, const struct tlm_multipliers *m1) {
    int32_t *y1 = y + 4 * n_blocks;
    if (n_groups < TLM_STEP_GROUPS)
        for (size_t i = 0; i < n_blocks; i++)
            tlm_add_block(y + 4 * i, y1 + 4 * i, w + 4 * n_groups * i, n_groups, n_digits, m, m1);
    else
        for (size_t i = 0; i < n_blocks; i++)
            tlm_add_block(y + 4 * i, y1 + 4 * i, w + 4 * n_groups * i, n_groups, n_digits, m, m1);
}

// y[n_vectors][4 * n_blocks] = W x[n_vectors][TLM_PAIR_STRIDE(n_cols)]; the rest is as in kernels.h.
TLM_SIMD void tlm_product(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols,
                          size_t chunk_groups, size_t n_digits, size_t n_vectors) {
    const size_t n_blocks = (n_rows + 3) / 4;
    size_t groups_left = (n_cols + n_digits - 1) / n_digits;
    struct tlm_multipliers m, m1;
    for (size_t i = 0; i < n_vectors * n_blocks; i++) ((tlm_rows *)(void *)y)[i] = (tlm_rows){0};
    while (groups_left > 0) {
        const size_t n_groups = chunk_groups < groups_left ? chunk_groups : groups_left;
        tlm_set(&m, x, n_groups, n_digits);
        if (n_vectors == 2) tlm_set(&m1, x + TLM_PAIR_STRIDE(n_cols), n_groups, n_digits);
        tlm_add_chunk(y, w, n_blocks, n_groups, n_digits, &m, n_vectors == 2 ? &m1 : NULL);
        w += 4 * n_blocks * n_groups;
        x += n_digits * n_groups;
        groups_left -= n_groups;
    }
}

#endif
