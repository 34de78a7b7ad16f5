// silu_s32, shared among the cores.
#include "split_asm.h"

// uint32_t silu_s32(int32_t *out, const int32_t *in, struct tlm_unit unit, size_t n)
    split_elements silu_s32, silu_part_s32
