// The products for x86-64 machines with AVX2; empty elsewhere. Two blocks of four rows at once, by digits:
// codes of 4 groups, brought into the order [2 pairs of groups][4 rows][2 groups], become digits of one byte
// by look-ups in registers (t5) or shifts (t2), and products of bytes are added by pairs to lanes of 16 bits.
// Digits are trits plus one (t5) or plus two (t2, with the upper bit of every trit turned over).
//
// The inner loop: 20 instructions for 80 weights of t5 (39 for 160), 18 of t2 (28 for 128).
//
// Tried and lost: the algorithm of product.h in vectors of 32 bytes, which has no more instructions for t5
// but twice the products: with many rows as fast for one vector of t5, 1.2 times slower for a pair, 1.4
// and 1.6 for t2. Multipliers of 16 bytes, repeated when loaded: five more instructions. vpblendvb for the
// two that join the quotients of even and odd bytes: no faster.
#ifdef __x86_64__
#include "avx2.h"

#include <immintrin.h>

#include "kernels.h"

#define TLM_AVX2 static inline __attribute__((always_inline, target("avx2")))

enum { STEP_GROUPS = 4, STEPS_MAX = 16 };

// What a chunk's digits are multiplied by, in steps of four groups: for each digit and block [2 pairs of
// groups][4 rows][2 groups], the same for each row and block. Where the last step is not full, it ends with
// the chunk and begins within the step before it.
struct multipliers {
    __m256i start; // of the sums: what the digits have too much
    __m256i step[STEPS_MAX][5];
};

#define BOTH(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)
#define EACH(value) _mm256_set1_epi8((char)(value))
// The activations at i and k of 16, for the first two or the last two groups.
#define FIRST(i, k) BOTH(i, k, i, k, i, k, i, k, -1, -1, -1, -1, -1, -1, -1, -1)
#define LAST(i, k) BOTH(-1, -1, -1, -1, -1, -1, -1, -1, i, k, i, k, i, k, i, k)

TLM_AVX2 __m256i both(const int8_t *x) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)x));
}

// The multipliers of one step: x[4][n_digits]. Returns what the digits have too much.
TLM_AVX2 __m256i set_step(__m256i m[5], const int8_t *x, size_t n_digits) {
    __m256i sums = _mm256_setzero_si256();
    const __m256i low = both(x), high = n_digits == 5 ? both(x + 4) : low;
#define SET(i) \
    _mm256_or_si256(_mm256_shuffle_epi8(low, FIRST(i, 5 + i)), _mm256_shuffle_epi8(high, LAST(6 + i, 11 + i)))
#define SET_T2(i)                                                                                       \
    _mm256_shuffle_epi8(low, BOTH(i, 4 + i, i, 4 + i, i, 4 + i, i, 4 + i, 8 + i, 12 + i, 8 + i, 12 + i, \
                                  8 + i, 12 + i, 8 + i, 12 + i))
    if (n_digits == 5) {
        m[0] = SET(0), m[1] = SET(1), m[2] = SET(2), m[3] = SET(3), m[4] = SET(4);
    } else {
        m[0] = SET_T2(0), m[1] = SET_T2(1), m[2] = SET_T2(2), m[3] = SET_T2(3);
    }
    const __m256i excess = EACH(n_digits == 5 ? 1 : 2);
    for (size_t i = 0; i < n_digits; i++) sums = _mm256_add_epi16(sums, _mm256_maddubs_epi16(excess, m[i]));
    return sums;
}

// The multipliers of one chunk: x[n_groups][n_digits].
TLM_AVX2 void set_multipliers(struct multipliers *m, const int8_t *x, size_t n_groups, size_t n_digits) {
    const size_t n_full = n_groups / STEP_GROUPS, n_left = n_groups % STEP_GROUPS;
    m->start = _mm256_setzero_si256();
    for (size_t i = 0; i < n_full; i++, x += STEP_GROUPS * n_digits)
        m->start = _mm256_sub_epi16(m->start, set_step(m->step[i], x, n_digits));
    if (n_left > 0) {
        int8_t last[STEP_GROUPS * 5] = {0}, *at = last + (n_full > 0 ? (STEP_GROUPS - n_left) * n_digits : 0);
        for (size_t i = 0; i < n_left * n_digits; i++) at[i] = x[i];
        m->start = _mm256_sub_epi16(m->start, set_step(m->step[n_full], last, n_digits));
    }
}

// Codes / 28 by byte: the odd bytes' with what is behind them as a fraction.
TLM_AVX2 __m256i quotients(__m256i codes) {
    const __m256i inverse = _mm256_set1_epi16(65536 / 28 + 1), even = _mm256_set1_epi16(255);
    return _mm256_or_si256(_mm256_mulhi_epu16(_mm256_and_si256(codes, even), inverse),
                           _mm256_andnot_si256(even, _mm256_mulhi_epu16(codes, inverse)));
}

struct digits {
    __m256i d0, d1, d2, d3, d4;
};

TLM_AVX2 struct digits digits_of_t5(__m256i codes) {
    const __m256i low = BOTH(0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0),
                  high = BOTH(0, 0, 0, 1, 1, 1, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0),
                  times_28 = BOTH(0, 28, 56, 84, 112, -116, -88, -60, -32, 0, 0, 0, 0, 0, 0, 0),
                  by_9 = BOTH(0, 0, 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0), nine = EACH(9);
    const __m256i upper = quotients(codes),
                  rest = _mm256_sub_epi8(codes, _mm256_shuffle_epi8(times_28, upper)),
                  less = _mm256_min_epu8(rest, _mm256_sub_epi8(rest, nine)),
                  lower = _mm256_min_epu8(less, _mm256_sub_epi8(less, nine));
    return (struct digits){
        _mm256_shuffle_epi8(low, lower),
        _mm256_shuffle_epi8(high, lower),
        _mm256_shuffle_epi8(by_9, _mm256_sub_epi8(rest, lower)), // of 0, 9 and 18, of which 2 counts
        _mm256_shuffle_epi8(low, upper),
        _mm256_shuffle_epi8(high, upper),
    };
}

TLM_AVX2 struct digits digits_of_t2(__m256i codes) {
    const __m256i turned = _mm256_xor_si256(codes, EACH(0xaa)), three = EACH(3);
    return (struct digits){
        _mm256_and_si256(turned, three),
        _mm256_and_si256(_mm256_srli_epi16(turned, 2), three),
        _mm256_and_si256(_mm256_srli_epi16(turned, 4), three),
        _mm256_and_si256(_mm256_srli_epi16(turned, 6), three),
        turned,
    };
}

TLM_AVX2 __m256i add_digits(__m256i sum, const struct digits *d, size_t n_digits, const __m256i *m) {
    const __m256i a = _mm256_add_epi16(_mm256_maddubs_epi16(d->d2, m[2]), _mm256_maddubs_epi16(d->d3, m[3])),
                  b = _mm256_add_epi16(_mm256_maddubs_epi16(d->d0, m[0]), _mm256_maddubs_epi16(d->d1, m[1]));
    if (n_digits == 5) sum = _mm256_add_epi16(sum, _mm256_maddubs_epi16(d->d4, m[4]));
    return _mm256_add_epi16(sum, _mm256_add_epi16(a, b));
}

TLM_AVX2 __m256i load(const uint8_t *w, size_t stride) {
    return _mm256_loadu2_m128i((const __m128i *)(const void *)(w + stride), (const __m128i *)(const void *)w);
}

// The codes of blocks shorter than a step; those behind the last one are multiplied by 0.
TLM_AVX2 __m256i load_short(const uint8_t *w, size_t stride, size_t n_groups) {
    const uint32_t *at = (const uint32_t *)(const void *)w;
    const size_t next = stride / 4, i = n_groups > 1, k = n_groups - 1;
    return _mm256_setr_epi32((int)at[0], (int)at[i], (int)at[k], (int)at[k], (int)at[next], (int)at[next + i],
                             (int)at[next + k], (int)at[next + k]);
}

// Adds sums [2 pairs of groups][4 rows] to the four rows, or to eight.
TLM_AVX2 void add_rows(int32_t *y, __m256i rows, size_t stride) {
    const __m256i pairs = _mm256_unpacklo_epi16(rows, _mm256_unpackhi_epi64(rows, rows));
    const __m256i sums = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
    __m128i *at = (__m128i *)(void *)y;
    _mm_storeu_si128(at, _mm_add_epi32(_mm_loadu_si128(at), _mm256_castsi256_si128(sums)));
    if (stride > 0)
        _mm_storeu_si128(at + 1, _mm_add_epi32(_mm_loadu_si128(at + 1), _mm256_extracti128_si256(sums, 1)));
}

// y += W x of one block, or two that are `stride` bytes apart; y1 and m1 of a second vector, or NULL.
TLM_AVX2 void add_blocks(int32_t *y, int32_t *y1, const uint8_t *w, size_t stride, size_t n_groups,
                         size_t n_digits, const struct multipliers *m, const struct multipliers *m1) {
    const __m256i order = BOTH(0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);
    const size_t n_steps = (n_groups + STEP_GROUPS - 1) / STEP_GROUPS, last = 4 * n_groups - 16;
    __m256i sum = m->start, sum1 = m1 ? m1->start : sum;
    for (size_t i = 0; i < n_steps; i++) {
        const __m256i codes = n_groups < STEP_GROUPS ? load_short(w, stride, n_groups)
                                                     : load(w + (16 * i < last ? 16 * i : last), stride),
                      ordered = _mm256_shuffle_epi8(codes, order);
        const struct digits digits = n_digits == 5 ? digits_of_t5(ordered) : digits_of_t2(ordered);
        sum = add_digits(sum, &digits, n_digits, m->step[i]);
        if (m1) sum1 = add_digits(sum1, &digits, n_digits, m1->step[i]);
    }
    add_rows(y, sum, stride);
    if (m1) add_rows(y1, sum1, stride);
}

// y += W x of one chunk. Blocks shorter than a step have a loop of their own.
TLM_AVX2 void add_chunk(int32_t *y, const uint8_t *w, size_t n_blocks, size_t n_groups, size_t n_digits,
                        const struct multipliers *m0, const struct multipliers *m1) {
    const size_t stride = 4 * n_groups;
    int32_t *y1 = y + 4 * n_blocks;
    if (n_groups < STEP_GROUPS)
        for (size_t i = 0; i < n_blocks; i += 2)
            add_blocks(y + 4 * i, y1 + 4 * i, w + i * stride, i + 1 < n_blocks ? stride : 0, n_groups,
                       n_digits, m0, m1);
    else
        for (size_t i = 0; i < n_blocks; i += 2)
            add_blocks(y + 4 * i, y1 + 4 * i, w + i * stride, i + 1 < n_blocks ? stride : 0, n_groups,
                       n_digits, m0, m1);
}

TLM_AVX2 void product(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, size_t n_cols,
                      size_t chunk_groups, size_t n_digits, size_t n_vectors) {
    const size_t n_blocks = (n_rows + 3) / 4;
    size_t groups_left = (n_cols + n_digits - 1) / n_digits;
    struct multipliers m[2];
    for (size_t i = 0; i < n_vectors * n_blocks; i++)
        _mm_storeu_si128((__m128i *)(void *)y + i, _mm_setzero_si128());
    while (groups_left > 0) {
        const size_t n_groups = chunk_groups < groups_left ? chunk_groups : groups_left;
        set_multipliers(&m[0], x, n_groups, n_digits);
        if (n_vectors == 2) set_multipliers(&m[1], x + TLM_PAIR_STRIDE(n_cols), n_groups, n_digits);
        add_chunk(y, w, n_blocks, n_groups, n_digits, &m[0], n_vectors == 2 ? &m[1] : NULL);
        w += 4 * n_blocks * n_groups;
        x += n_digits * n_groups;
        groups_left -= n_groups;
    }
}
#define TLM_PRODUCT(name, n_digits, n_vectors)                                                              \
    __attribute__((target("avx2"))) void name(int32_t *y, const uint8_t *w, const int8_t *x, size_t n_rows, \
                                              size_t n_cols, size_t chunk_groups) {                         \
        product(y, w, x, n_rows, n_cols, chunk_groups, n_digits, n_vectors);                                \
    }

TLM_PRODUCT(tlm_t2_avx2, 4, 1)
TLM_PRODUCT(tlm_t5_avx2, 5, 1)
TLM_PRODUCT(tlm_pair_t2_avx2, 4, 2)
TLM_PRODUCT(tlm_pair_t5_avx2, 5, 2)
#endif
