// quantize_s32_s8, eight elements a turn, cut by one shift. ref/quantize_s32_s8.c defines it.
//
// Four are loaded before any is stored: a byte may lie anywhere, so that the compiler keeps loads behind
// stores.
#include "kernels.h"

static inline int8_t quantized(int32_t upper, int32_t factor) {
    return (int8_t)((upper * factor + (1 << 22)) >> 23);
}

static inline __attribute__((always_inline)) void four(int8_t *q, const int32_t *z, uint32_t places,
                                                       int32_t factor) {
    const int32_t a = z[0], b = z[1], c = z[2], d = z[3];
    q[0] = quantized(a >> places, factor);
    q[1] = quantized(b >> places, factor);
    q[2] = quantized(c >> places, factor);
    q[3] = quantized(d >> places, factor);
}

static void cut_right(int8_t *q, const int32_t *z, const int32_t *end, uint32_t places, int32_t factor) {
    for (; z + 8 <= end; z += 8, q += 8) {
        four(q, z, places, factor);
        four(q + 4, z + 4, places, factor);
    }
    for (; z < end; z++) *q++ = quantized(*z >> places, factor);
}

void quantize_s32_s8(int8_t *q, const int32_t *z, uint32_t largest, size_t n) {
    const uint32_t shift = 30 - tlm_bit_length(largest), peak = (largest + 1) << shift;
    const int32_t factor = (int32_t)((127u << 24) / (uint32_t)tlm_round_shift((int32_t)peak, 14));
    if (shift <= 15) {
        cut_right(q, z, z + n, 15 - shift, factor);
        return;
    }
    for (size_t i = 0; i < n; i++) q[i] = quantized((int32_t)((uint32_t)z[i] << (shift - 15)), factor);
}
