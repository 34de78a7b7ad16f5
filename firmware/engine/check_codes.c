// Which bytes encode weights.
#include "checks.h"

// No pair of bits is 10.
bool tlm_t2_is_sound(const uint8_t *bytes, uint32_t n_bytes) {
    uint32_t bad = 0;
    for (uint32_t i = 0; i < n_bytes; i++) bad |= (uint32_t)(bytes[i] >> 1) & ~(uint32_t)bytes[i] & 0x55u;
    return bad == 0;
}

// 84 d4 + 28 d3 + r, r < 27: at most 250, and never 27 beyond a multiple of 28.
bool tlm_t5_is_sound(const uint8_t *bytes, uint32_t n_bytes) {
    for (uint32_t i = 0; i < n_bytes; i++) {
        if (bytes[i] > 250 || bytes[i] % 28 == 27) return false;
    }
    return true;
}

// None is -32768, whose product with a wide integer may need a bit more than a vector has.
bool tlm_s16_is_sound(const int16_t *weights, uint32_t n) {
    bool is_sound = true;
    for (uint32_t i = 0; i < n; i++) is_sound &= weights[i] != INT16_MIN;
    return is_sound;
}
