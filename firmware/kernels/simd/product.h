// The product of a matrix of trits and one or two vectors by arithmetic, without tables. A vector of 16 bytes
// holds the codes of four groups of a block; even and odd bytes become lanes of 16 bits.
//
// A code is a number whose digits are trits plus one (t5) or, with every upper bit of a trit turned over,
// plus two (t2). Its quotients by the weights of the digits stand for the digits: with q[i] = the code
// without its i lowest digits, digit i = q[i] - B q[i + 1] and
//
//   sum of digit[i] x[i] = sum of q[i] (x[i] - B x[i - 1])    B = 3 (t5), 4 (t2); x[-1] = 0
//
// so that a digit costs one quotient, one product and one addition. A code of t5 has weights 84, 28, 9, 3 and
// 1; less its quotient by 28 it is a plain number of base 3. Lanes are modulo 2^16: the sum of a chunk in a
// lane, at most 16 groups, stays within +-20320 with what the digits have too much, and 10160 without.
#ifndef TLM_PRODUCT_H
#define TLM_PRODUCT_H

#include "kernels.h"
#include "simd.h"

enum { TLM_STEP_GROUPS = 4, TLM_STEPS_MAX = 16 };

// What a chunk's quotients are multiplied by: a lane a group, twice each, in steps of four groups. Where the
// last step is not full, it ends with the chunk and begins within the step before it.
struct tlm_multipliers {
    tlm_half start; // of the sums: what the digits have too much
    tlm_half step[TLM_STEPS_MAX][5];
};

TLM_SIMD uint32_t tlm_twice(int32_t value) { return (uint16_t)value * 0x10001u; }

// The multipliers of one chunk: x[n_groups][n_digits].
TLM_SIMD void tlm_multipliers(struct tlm_multipliers *m, const int8_t *x, size_t n_groups, size_t n_digits) {
    const int32_t base = n_digits == 5 ? 3 : 4, excess = n_digits == 5 ? 1 : 2;
    const size_t n_steps = (n_groups + TLM_STEP_GROUPS - 1) / TLM_STEP_GROUPS,
                 n_left = n_groups % TLM_STEP_GROUPS;
    uint32_t *step = (uint32_t *)(void *)m->step, *start = (uint32_t *)(void *)&m->start;
    int32_t sums[TLM_STEP_GROUPS] = {0};
    if (n_left > 0) {
        const tlm_half zero = {0};
        for (size_t i = 0; i < n_digits; i++) m->step[n_steps - 1][i] = zero;
    }
    for (size_t group = 0; group < n_groups; group++, x += n_digits) {
        const size_t behind = n_groups >= TLM_STEP_GROUPS && n_left > 0 ? TLM_STEP_GROUPS - n_left : 0,
                     slot = group + (group < n_groups - n_left ? 0 : behind);
        uint32_t *at = step + slot / TLM_STEP_GROUPS * 20 + slot % TLM_STEP_GROUPS;
        int32_t before = 0;
        for (size_t i = 0; i < n_digits; i++) {
            at[4 * i] = tlm_twice(x[i] - base * before);
            before = x[i];
            sums[slot % TLM_STEP_GROUPS] -= excess * before;
        }
    }
    for (size_t i = 0; i < TLM_STEP_GROUPS; i++) start[i] = tlm_twice(sums[i]);
}

// The sums of digits times activations: codes in lanes, and a step's multipliers.
struct tlm_quotients {
    tlm_u16 q0, q1, q2, q3, q4;
};

TLM_SIMD struct tlm_quotients tlm_quotients_t5(tlm_u16 codes) {
    struct tlm_quotients q;
    q.q3 = TLM_QUOTIENT(codes, 28);
    q.q0 = codes - q.q3;
    q.q1 = TLM_QUOTIENT(q.q0, 3);
    q.q2 = TLM_QUOTIENT(q.q0, 9);
    q.q4 = TLM_QUOTIENT(q.q3, 3);
    return q;
}

TLM_SIMD tlm_u16 tlm_add_t5(tlm_u16 sum, const struct tlm_quotients *q, const tlm_half *m) {
    sum += q->q0 * tlm_repeat(m) + q->q1 * tlm_repeat(m + 1);
    return sum + (q->q2 * tlm_repeat(m + 2) + q->q3 * tlm_repeat(m + 3)) + q->q4 * tlm_repeat(m + 4);
}

TLM_SIMD struct tlm_quotients tlm_quotients_t2(tlm_u16 codes) {
    return (struct tlm_quotients){codes, codes >> 2, codes >> 4, codes >> 6, codes};
}

TLM_SIMD tlm_u16 tlm_add_t2(tlm_u16 sum, const struct tlm_quotients *q, const tlm_half *m) {
    sum += q->q0 * tlm_repeat(m) + q->q1 * tlm_repeat(m + 1);
    return sum + (q->q2 * tlm_repeat(m + 2) + q->q3 * tlm_repeat(m + 3));
}

// The sums of one vector, or two.
struct tlm_sums {
    tlm_u16 even[2], odd[2];
};

TLM_SIMD void tlm_add_step(struct tlm_sums *sums, tlm_u16 codes, size_t n_digits, const tlm_half *m0,
                           const tlm_half *m1) {
    if (n_digits == 5) {
        const struct tlm_quotients even = tlm_quotients_t5(codes & 255), odd = tlm_quotients_t5(codes >> 8);
        sums->even[0] = tlm_add_t5(sums->even[0], &even, m0);
        sums->odd[0] = tlm_add_t5(sums->odd[0], &odd, m0);
        if (!m1) return;
        sums->even[1] = tlm_add_t5(sums->even[1], &even, m1);
        sums->odd[1] = tlm_add_t5(sums->odd[1], &odd, m1);
    } else {
        const tlm_u16 turned = codes ^ 0xaaaa;
        const struct tlm_quotients even = tlm_quotients_t2(turned & 255), odd = tlm_quotients_t2(turned >> 8);
        sums->even[0] = tlm_add_t2(sums->even[0], &even, m0);
        sums->odd[0] = tlm_add_t2(sums->odd[0], &odd, m0);
        if (!m1) return;
        sums->even[1] = tlm_add_t2(sums->even[1], &even, m1);
        sums->odd[1] = tlm_add_t2(sums->odd[1], &odd, m1);
    }
}

// Adds four sums to y, eight where there are two halves that both count.
TLM_SIMD void tlm_add_rows(int32_t *y, tlm_s32 sums, size_t stride) {
    tlm_s32_half *at = (tlm_s32_half *)(void *)y;
#ifdef TLM_AVX2
    at[0] += (tlm_s32_half)_mm256_castsi256_si128((__m256i)sums);
    if (stride > 0) at[1] += (tlm_s32_half)_mm256_extracti128_si256((__m256i)sums, 1);
#else
    (void)stride;
    at[0] += sums;
#endif
}

// The codes of a block shorter than a step, or of two; those that it lacks are multiplied by 0.
TLM_SIMD tlm_u16 tlm_load_short(const uint8_t *w, size_t stride, size_t n_groups) {
    union {
        uint32_t groups[TLM_HALVES][TLM_STEP_GROUPS];
        tlm_u16 codes;
    } room;
    for (size_t half = 0; half < TLM_HALVES; half++)
        for (size_t i = 0; i < TLM_STEP_GROUPS; i++)
            room.groups[half][i] = ((const uint32_t *)(const void *)(w + half * stride))[i % n_groups];
    return room.codes;
}

// One block, or two that are `stride` bytes apart.
TLM_SIMD void tlm_add_block(struct tlm_sums *sums, const uint8_t *w, size_t stride, size_t n_groups,
                            size_t n_digits, const struct tlm_multipliers *m0,
                            const struct tlm_multipliers *m1) {
    const size_t n_full = n_groups / TLM_STEP_GROUPS;
    for (size_t i = 0; i < n_full; i++)
        tlm_add_step(sums, tlm_load(w + 16 * i, stride), n_digits, m0->step[i], m1 ? m1->step[i] : NULL);
    if (n_full * TLM_STEP_GROUPS == n_groups) return;
    const tlm_u16 last =
        n_full > 0 ? tlm_load(w + 4 * n_groups - 16, stride) : tlm_load_short(w, stride, n_groups);
    tlm_add_step(sums, last, n_digits, m0->step[n_full], m1 ? m1->step[n_full] : NULL);
}

// y += W x of one chunk.
TLM_SIMD void tlm_add_chunk(int32_t *y, const uint8_t *w, size_t n_blocks, size_t n_groups, size_t n_digits,
                            const struct tlm_multipliers *m0, const struct tlm_multipliers *m1) {
    const size_t stride = 4 * n_groups;
    for (size_t block = 0; block < n_blocks; block += TLM_HALVES, w += TLM_HALVES * stride) {
        const size_t second = block + 1 < n_blocks ? stride : 0;
        struct tlm_sums sums;
        sums.even[0] = sums.odd[0] = tlm_repeat(&m0->start);
        sums.even[1] = sums.odd[1] = tlm_repeat(&(m1 ? m1 : m0)->start);
        tlm_add_block(&sums, w, second, n_groups, n_digits, m0, m1);
        tlm_add_rows(y + 4 * block, tlm_sum_groups(sums.even[0], sums.odd[0]), second);
        if (m1) tlm_add_rows(y + 4 * (n_blocks + block), tlm_sum_groups(sums.even[1], sums.odd[1]), second);
    }
}

// y[n_vectors][4 * n_blocks] = W x[n_vectors][TLM_PAIR_STRIDE(n_cols)]; the rest is as in kernels.h.
TLM_SIMD void tlm_product(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols,
                          size_t chunk_groups, size_t n_digits, size_t n_vectors) {
    const size_t n_blocks = (n_rows + 3) / 4;
    size_t groups_left = (n_cols + n_digits - 1) / n_digits;
    struct tlm_multipliers m[2];
    for (size_t i = 0; i < n_vectors * n_blocks; i++) ((tlm_s32_half *)(void *)y)[i] = (tlm_s32_half){0};
    while (groups_left > 0) {
        const size_t n_groups = chunk_groups < groups_left ? chunk_groups : groups_left;
        tlm_multipliers(&m[0], x, n_groups, n_digits);
        if (n_vectors == 2) tlm_multipliers(&m[1], x + TLM_PAIR_STRIDE(n_cols), n_groups, n_digits);
        tlm_add_chunk(y, w, n_blocks, n_groups, n_digits, &m[0], n_vectors == 2 ? &m[1] : NULL);
        w += 4 * n_blocks * n_groups;
        x += n_digits * n_groups;
        groups_left -= n_groups;
    }
}

#endif
