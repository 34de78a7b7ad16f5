// Where the core starts, and where it goes on an interrupt or a fault. RISC-V privileged specification 20211203, 3.1.
//
// The registers gp and tp are set by nobody: no code is linked relative to them, so that kernels may use them.
    .section .enter, "ax"
    .globl tlm_enter
tlm_enter:
    csrci mstatus, 8
    la sp, _stack_end
    la t0, trap
    csrw mtvec, t0
    j tlm_start

    .section .isr.enter, "ax"
    .align 2 // The lowest two bits of mtvec are a mode.
trap:
    csrw mscratch, t0
    csrr t0, mcause
    bgez t0, 1f
    csrr t0, mscratch
    j tlm_interrupt
1:  // The stack may be the cause of a fault, so the handler takes a fresh one.
    la sp, _stack_end
    csrr a0, mepc
    csrr a1, mcause
    j tlm_fault
