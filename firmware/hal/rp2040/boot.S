// The first 256 bytes of flash: the boot ROM copies them to RAM and runs them there, if their checksum is right.
// They set up how flash is read, and start the firmware. RP2040 datasheet 2.8.1.3 (this stage), 4.10 (SSI),
// 2.19.6 (pads); W25Q16JV datasheet (QE bit, Fast Read Quad I/O).
//
// Fast Read Quad I/O (EBh) in continuous mode at half the core's clock: 8 clocks for 24 bits of address and 8
// of mode, 4 idle, then 4 bits a clock. The checksum is CRC-32 with polynomial 0x04C11DB7, from all ones,
// neither reflected nor inverted; test/device/pico.test.ts says which one is right when this file changes.
    .syntax unified
    .cpu cortex-m0plus
    .thumb

    .equ PADS_QSPI, 0x40020000
    .equ PAD_SCLK, 0x04
    .equ PAD_SD0, 0x08
    .equ PAD_FAST_8MA, 0x21
    .equ PAD_SCHMITT, 0x02

    .equ SSI, 0x18000000
    .equ CTRLR0, 0x00
    .equ CTRLR1, 0x04
    .equ SSIENR, 0x08
    .equ BAUDR, 0x14
    .equ SR, 0x28
    .equ DR0, 0x60
    .equ RX_SAMPLE_DLY, 0xF0
    .equ SPI_CTRLR0, 0xF4

    .equ BYTES_BOTH_WAYS, 7 << 16
    .equ WORDS_READ_QUAD, 2 << 21 | 31 << 16 | 3 << 8
    .equ ADDRESS_AND_MODE, 8 << 2 | 4 << 11           // 32 bits, and 4 idle clocks
    .equ WITH_COMMAND, ADDRESS_AND_MODE | 2 << 8 | 1  // command of 8 bits on one line, address on four
    .equ WITHOUT_COMMAND, ADDRESS_AND_MODE | 2        // all on four lines
    .equ CONTINUE, 0xA0                               // mode bits: the next read has no command

    .equ READ_QUAD, 0xEB
    .equ READ_STATUS_1, 0x05
    .equ READ_STATUS_2, 0x35
    .equ WRITE_ENABLE, 0x06
    .equ WRITE_STATUS, 0x01

    .equ VTOR, 0xE000ED08
    .equ VECTORS, 0x10000100

    .section .boot, "ax", %progbits
    .global tlm_boot_stage
    .type tlm_boot_stage, %function
    .thumb_func
tlm_boot_stage:
    // The clock's pad strong and fast, the data pads without the delay of their Schmitt triggers.
    ldr r3, =PADS_QSPI
    movs r0, #PAD_FAST_8MA
    str r0, [r3, #PAD_SCLK]
    movs r1, #PAD_SCHMITT
    ldr r0, [r3, #PAD_SD0]
    bics r0, r1
    str r0, [r3, #PAD_SD0]
    str r0, [r3, #PAD_SD0 + 4]
    str r0, [r3, #PAD_SD0 + 8]
    str r0, [r3, #PAD_SD0 + 12]

    ldr r3, =SSI
    movs r4, #0
    movs r5, #1
    str r4, [r3, #SSIENR]
    movs r1, #2
    str r1, [r3, #BAUDR]
    movs r1, #RX_SAMPLE_DLY
    str r5, [r3, r1]

    // The pins of four lines serve as data only while QE is set.
    ldr r1, =BYTES_BOTH_WAYS
    str r1, [r3, #CTRLR0]
    str r5, [r3, #SSIENR]
    movs r0, #READ_STATUS_2
    bl read_status
    movs r2, #2 // QE
    tst r0, r2
    bne 2f
    movs r1, #WRITE_ENABLE
    str r1, [r3, #DR0]
    bl wait_idle
    ldr r1, [r3, #DR0]
    movs r1, #WRITE_STATUS
    str r1, [r3, #DR0]
    str r4, [r3, #DR0]
    movs r2, #2
    str r2, [r3, #DR0]
    bl wait_idle
    ldr r1, [r3, #DR0]
    ldr r1, [r3, #DR0]
    ldr r1, [r3, #DR0]
1:  movs r0, #READ_STATUS_1
    bl read_status
    tst r0, r5 // busy
    bne 1b

    // One read with the command, which asks for those that follow to have none.
2:  str r4, [r3, #SSIENR]
    ldr r1, =WORDS_READ_QUAD
    str r1, [r3, #CTRLR0]
    str r4, [r3, #CTRLR1]
    ldr r1, =WITH_COMMAND
    movs r6, #SPI_CTRLR0
    str r1, [r3, r6]
    str r5, [r3, #SSIENR]
    movs r1, #READ_QUAD
    str r1, [r3, #DR0]
    movs r1, #CONTINUE
    str r1, [r3, #DR0]
    bl wait_idle
    str r4, [r3, #SSIENR]
    ldr r1, =CONTINUE << 24 | WITHOUT_COMMAND
    str r1, [r3, r6]
    str r5, [r3, #SSIENR]

    ldr r0, =VECTORS
    ldr r1, =VTOR
    str r0, [r1]
    ldmia r0!, {r1, r2}
    msr msp, r1
    bx r2

// r0: command in, status out. Changes r1 and r2.
read_status:
    mov r7, lr
    str r0, [r3, #DR0]
    str r0, [r3, #DR0]
    bl wait_idle
    ldr r0, [r3, #DR0]
    ldr r0, [r3, #DR0]
    bx r7

// Until all is sent and the bus is quiet. Changes r1 and r2.
wait_idle:
    ldr r1, [r3, #SR]
    movs r2, #5 // transmit FIFO empty, busy
    ands r1, r2
    cmp r1, #4
    bne wait_idle
    bx lr

    .ltorg
    .org 252, 0
    .word 0x3EE769A2 // CRC-32 of the 252 bytes above.
    .size tlm_boot_stage, . - tlm_boot_stage
