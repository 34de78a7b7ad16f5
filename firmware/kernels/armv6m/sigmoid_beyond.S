// tlm_sigmoid_beyond: tlm_sigmoid_tail for kernels that keep most registers.
#include "function.h"

// r6 = tlm_sigmoid_tail(r4); changes r5 alone.
function tlm_sigmoid_beyond
    push {r0-r3, lr}
    mov r5, r12
    movs r0, r4
    bl tlm_sigmoid_tail
    movs r6, r0
    mov r12, r5
    pop {r0-r3, pc}
    .size tlm_sigmoid_beyond, . - tlm_sigmoid_beyond
