// gate_s32, shared among the cores.
#include "split_asm.h"

// uint32_t gate_s32(int32_t *out, const int32_t *open, uint32_t shift, const int32_t *factors, uint32_t factor_bits,
//                   size_t n)
    split_elements gate_s32, gate_part_s32, 1
