// gemv_s8_t5 by table look-up, for cores with Thumb-2 and the DSP extension; ref/gemv_s8_t5.c defines it.
//
// The table of a group holds, for every code, 640 plus the code's trits times the five activations, as uint16. Every
// row adds one entry a group, and y starts at -640 * groups. An entry lies in 5 .. 1275, so two of them share a word
// and neither borrows from the other: the table is built two entries an addition, with PKHBT where a pair lies across
// two words, and stored by STM, whose registers cost a cycle each.
//
// Rows: LDRB and LDRH in runs, because a load overlaps with the load before it; four sums in registers. The 32 slots
// of a chunk are one straight line, entered so that the last n run. A slot takes 34 bytes, so that 29 of them fit the
// code cache of an STM32F4 (64 lines of 16 bytes): hence w in a low register within 32 bytes of its codes, and the
// step of the table in a register.
//
// Tried and lost: eight rows with two sums in a register (unpacking costs what is won), codes cut out of a word (UBFX
// costs what LDRB does).

    .syntax unified
    .arch armv7e-m
    .thumb

    .equ BIAS, 640
    .equ TABLE_BYTES, 504 // Twin: tableEntries in host-tools/contracts/image.ts, of 2 bytes.
    .equ SLOTS, 32        // Twin: maxChunkGroups in host-tools/contracts/image.ts.
    .equ SLOT_BYTES, 34

    // Locals, from sp. The first two are loaded as a pair.
    .equ TABLE, 0
    .equ Y_END, 4
    .equ Y, 8
    .equ W, 12
    .equ X, 16
    .equ GROUPS_LEFT, 20
    .equ TABLE_END, 24
    .equ GROUPS, 28
    .equ LOCALS, 32
    // Arguments on the stack, above nine saved registers.
    .equ COLS, LOCALS + 36
    .equ CHUNK_GROUPS, LOCALS + 40
    .equ TABLE_ARGUMENT, LOCALS + 44

// Moves seven words of the table by x3 or x4, stores them at r1 + step.
.macro store_first op, by, step
    .irp word, r4, r5, r6, r7, r8, r9, r10
    \op \word, \word, \by
    .endr
    add r1, #\step
    stm r1, {r4-r10}
.endm
.macro store_second op, by, step
    .irp word, r2, r3, r4, r5, r6, r7, r8
    \op \word, \word, \by
    .endr
    add r1, #\step
    stm r1, {r2-r8}
.endm

// Four rows of a group: r0-r3 codes, then entries; r4 w, r6 table, r8-r11 sums.
.macro slot offset
    ldrb.n r0, [r4, #\offset]
    ldrb.n r1, [r4, #\offset + 1]
    ldrb.n r2, [r4, #\offset + 2]
    ldrb.n r3, [r4, #\offset + 3]
    ldrh.w r0, [r6, r0, lsl #1]
    ldrh.w r1, [r6, r1, lsl #1]
    ldrh.w r2, [r6, r2, lsl #1]
    ldrh.w r3, [r6, r3, lsl #1]
    add.n r8, r0
    add.n r9, r1
    add.n r10, r2
    add.n r11, r3
.endm
.macro slots_and_steps offsets:vararg
    .irp offset, \offsets
    slot \offset
    add.n r6, r7
    .endr
.endm

    .section .text.gemv_s8_t5, "ax", %progbits
    .global gemv_s8_t5
    .type gemv_s8_t5, %function
    .balign 16
    .thumb_func
// void gemv_s8_t5(y, w, x, n_rows; n_cols, chunk_groups, table)
gemv_s8_t5:
    push {r4-r11, lr}
    sub sp, #LOCALS
    str r1, [sp, #W]
    str r2, [sp, #X]
    ldr r4, [sp, #COLS]
    adds r4, #4
    movs r5, #5
    udiv r4, r4, r5 // groups
    str r4, [sp, #GROUPS_LEFT]
    adds r3, #3
    bic r3, r3, #3
    add r3, r0, r3, lsl #2
    ldr r2, [sp, #TABLE_ARGUMENT]
    strd r2, r3, [sp, #TABLE]
    str r0, [sp, #Y]
    mov r5, #BIAS
    mul r4, r4, r5
    rsbs r4, r4, #0
    .irp word, r5, r6, r7, r8, r9, r10, r11
    mov \word, r4
    .endr
    subs r3, r0
    subs r3, #32
    blo 2f
1:  stm r0!, {r4-r11}
    subs r3, #32
    bhs 1b
2:  lsls r3, r3, #27 // whether four rows are left
    it mi
    stmmi r0!, {r4-r7}

next_chunk:
    ldr r0, [sp, #GROUPS_LEFT]
    cmp r0, #0
    beq done
    ldr r2, [sp, #CHUNK_GROUPS]
    cmp r2, r0
    it hi
    movhi r2, r0 // groups of this chunk
    subs r0, r2
    str r0, [sp, #GROUPS_LEFT]
    str r2, [sp, #GROUPS]
    ldr r0, [sp, #X]
    ldr r1, [sp, #TABLE]
    mov r3, #TABLE_BYTES
    mla r2, r2, r3, r1
    str r2, [sp, #TABLE_END]
    // r0 x, r1 table; words n .. n + 6 in r4-r10 (n = 0), then r2-r8 (n = 7); x2, x3, x4 in both halves of r11, r12,
    // lr. s(k) is the entry of code k, k < 9.
build:
    ldrsb r2, [r0]
    ldrsb r3, [r0, #1]
    ldrsb r11, [r0, #2]
    ldrsb r12, [r0, #3]
    ldrsb lr, [r0, #4]
    adds r0, #5
    rsb r4, r2, #BIAS
    subs r4, r3
    sub r4, r11
    sub r4, r12
    sub r4, lr
    add r4, r4, r4, lsl #16
    add r4, r4, r2, lsl #16 // s0 s1
    add r2, r2, r2, lsl #16
    add r3, r3, r3, lsl #16
    add r11, r11, r11, lsl #16
    add r12, r12, r12, lsl #16
    add lr, lr, lr, lsl #16
    add r9, r4, r2 // s1 s2
    add r10, r4, r3 // s3 s4
    lsr r5, r9, #16
    pkhbt r5, r5, r10, lsl #16 // s2 s3
    add r6, r9, r3 // s4 s5
    add r7, r10, r3 // s6 s7
    add r8, r6, r3 // s7 s8
    lsr r8, r8, #16
    add r2, r4, r11
    pkhbt r8, r8, r2, lsl #16 // s8 s0+x2
    add r9, r11 // s1 s2 + x2
    add r10, r11 // s3 s4 + x2
    stm r1, {r4-r10}
    store_first add, r12, 56
    store_first add, r12, 56
    store_first add, lr, 168
    store_first sub, r12, -56
    store_first sub, r12, -56
    store_first add, lr, 168
    store_first add, r12, 56
    store_first add, r12, 56
    // The second half from the first, where it stands: both digits at 2.
    lsrs r2, r6, #16
    pkhbt r2, r2, r7, lsl #16
    add r2, r11 // s5 s6 + x2
    lsrs r3, r7, #16
    pkhbt r3, r3, r8, lsl #16
    add r3, r11 // s7 s8 + x2
    add r4, r4, r11, lsl #1 // s0 s1 + 2 x2
    add r5, r5, r11, lsl #1
    add r6, r6, r11, lsl #1
    add r7, r7, r11, lsl #1
    add r8, r8, r11, lsl #1 // s8 + 2 x2, and what no code asks for
    adds r1, #28
    stm r1, {r2-r8}
    store_second sub, r12, -56
    store_second sub, r12, -56
    store_second sub, lr, -168
    store_second add, r12, 56
    store_second add, r12, 56
    store_second sub, lr, -168
    store_second sub, r12, -56
    store_second sub, r12, -56
    ldr r2, [sp, #TABLE_END]
    add r1, #TABLE_BYTES - 28
    cmp r1, r2
    blo build

    ldr r2, [sp, #GROUPS]
    str r0, [sp, #X]
    rsb r2, r2, #SLOTS // slots to leave out
    and r12, r2, #7
    lsl r12, r12, #2
    ldr r4, [sp, #W]
    sub r4, r12
    rsb r12, r12, #32
    lsr r0, r2, #3
    mov r1, #SLOT_BYTES
    mul r1, r1, r2
    add r1, r1, r0, lsl #1 // one step of w every eight slots
    adr lr, slots
    add lr, r1
    orr lr, #1
    mov r7, #TABLE_BYTES
    ldr r5, [sp, #Y]
    ldr r6, [sp, #TABLE]
    ldm r5, {r8-r11}
    bx lr

    // r4 w, r5 y, r6 table, r7 its step, r12 last step of w, lr first slot.
    .balign 16
slots:
    .rept 3
    slots_and_steps 0, 4, 8, 12, 16, 20, 24, 28
    adds.n r4, #32
    .endr
    slots_and_steps 0, 4, 8, 12, 16, 20, 24
    slot 28
    add.n r4, r12
    stm.w r5!, {r8-r11}
    ldrd r6, r0, [sp, #TABLE]
    cmp r5, r0
    beq chunk_done
    ldm.w r5, {r8-r11}
    bx lr

chunk_done:
    rsb r12, r12, #32
    add r4, r12
    str r4, [sp, #W]
    b next_chunk

done:
    add sp, #LOCALS
    pop {r4-r11, pc}
    .size gemv_s8_t5, . - gemv_s8_t5
