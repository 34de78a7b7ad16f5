// quantize_s32_s8, shared among the cores: returns while the other core may still be at its part.
//
// What is computed next reads none of q: the scale of the activations and what else a product needs. So the other core
// has so many elements more. The product waits for it ahead of its first table, as any kernel's hand-over does (kernels.h).
// All stay here where there is no other core.
#include "split_asm.h"

    // The elements that the other core has more than half of.
    .equ MORE, 48

// void quantize_s32_s8(int8_t *q, const int32_t *z, uint32_t largest, size_t n)
function quantize_s32_s8
    begin_split
    ldr r6, [r7, #JOB_HAS_CORE1]
    cmp r6, #0
    beq 2f
    lsrs r6, r3, #1
    subs r6, #MORE
    bhs 1f
    movs r6, #0
1:  lsrs r6, r6, #2
    lsls r4, r6, #4
    lsls r6, r6, #2
    further 1, r1
    adds r5, r0, r6
    str r5, [r7, #JOB_ARGUMENTS]
    str r2, [r7, #JOB_ARGUMENTS + 8]
    subs r5, r3, r6
    str r5, [r7, #JOB_ARGUMENTS + 12]
    hand_over quantize_part_s32_s8
    movs r3, r6
    beq 3f
2:  bl quantize_part_s32_s8
3:  end_split
    .size quantize_s32_s8, . - quantize_s32_s8
