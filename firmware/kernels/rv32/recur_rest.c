// recur_s32 of an odd last element, and where a unit is large (ready_unit.h): as ref defines it.
#include "kernels.h"

uint32_t tlm_recur_rest(int32_t *h, int32_t *open, const int32_t *gate, struct tlm_unit gate_unit,
                        const uint16_t *bound, const int32_t *input, struct tlm_unit input_unit, size_t n);
#define recur_s32 tlm_recur_rest
#include "../ref/recur_s32.c"
