// silu_s32 where a unit is large (ready_unit.h): as ref defines it.
#include "kernels.h"

uint32_t tlm_silu_large(int32_t *out, const int32_t *in, struct tlm_unit unit, size_t n);
#define silu_s32 tlm_silu_large
#include "../ref/silu_s32.c"
