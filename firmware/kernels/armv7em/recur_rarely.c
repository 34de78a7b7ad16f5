// recur_s32 where a scale shifts left, as no sound model's does: as ref defines it.
#include "kernels.h"

uint32_t tlm_recur_rarely(int32_t *h, int32_t *open, const int32_t *gate, struct tlm_unit gate_unit,
                          const uint16_t *bound, const int32_t *input, struct tlm_unit input_unit, size_t n);
#define recur_s32 tlm_recur_rarely
#include "../ref/recur_s32.c"
