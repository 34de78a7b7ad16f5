// The tables of the logistic function, and the ends that few values reach.
#define TLM_SIGMOID_TABLES
#include <sigmoid.h> // of ref, or of the core class

uint32_t tlm_sigmoid_tail(int32_t x) {
    const uint32_t beyond = tlm_magnitude(x) - TLM_SIGMOID_RANGE;
    if (beyond >= TLM_SIGMOID_RANGE) return x < 0 ? 0 : 0xffffu;
    const uint16_t *entry = tlm_sigmoid_tail_table + (beyond >> 14);
    const int32_t slope = entry[1] - entry[0], part = (int32_t)(beyond & 0x3fff);
    const uint32_t tail = entry[0] + (uint32_t)tlm_round_shift(slope * part, 14);
    return x < 0 ? tail : tail == 0 ? 0xffffu : 0x10000u - tail;
}
