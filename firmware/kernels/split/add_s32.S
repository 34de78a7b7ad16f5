// add_s32, shared among the cores.
#include "split_asm.h"

// uint32_t add_s32(int32_t *x, const int32_t *in, struct tlm_unit unit, size_t n)
    split_elements add_s32, add_part_s32
