// Vector table, start-up and the fault handler of the RP2040. RP2040 datasheet 2.3.2 (interrupts), 2.8.1;
// Armv6-M manual B1.5.
#include "hal/rp2040/chip.h"
#include "hal/rp2040/registers.h"

extern uint32_t _stack_start[], _stack_end[], _core1_stack_start[], _core1_stack_end[], _data_start[],
    _data_end[], _data_load[], _drivers_start[], _drivers_end[], _drivers_load[], _bss_start[], _bss_end[];

void tlm_start(void);
int main(void);

typedef void (*vector)(void);

// Stack pointer, 15 exceptions of the core, 32 interrupts.
struct vectors {
    uint32_t *stack;
    vector core[15];
    vector interrupts[32];
};
static const struct vectors vectors;

static void copy(uint32_t *to, const uint32_t *end, const uint32_t *from) {
    while (to < end) *to++ = *from++;
}

static void paint(uint32_t *from, const uint32_t *to) {
    while (from < to) *from++ = TLM_STACK_PAINT;
}

void tlm_start(void) {
    __asm__ volatile("cpsid i" ::: "memory");
    SYST_CSR = 0;
    NVIC_ICER = ~0u;
    NVIC_ICPR = ~0u;
    SCB_VTOR = (uint32_t)&vectors;
    copy(_data_start, _data_end, _data_load);
    copy(_drivers_start, _drivers_end, _drivers_load);
    for (uint32_t *word = _bss_start; word < _bss_end;) *word++ = 0;
    // Nothing below the stack pointer is in use yet.
    uint32_t *top;
    __asm__ volatile("mov %0, sp" : "=r"(top));
    paint(_stack_start, top);
    paint(_core1_stack_start, _core1_stack_end);
    main();
    tlm_hal_reset();
}

static void say(const char *text) {
    while (*text != 0) tlm_chip_write_now((uint8_t)*text++);
}

static void say_word(const char *name, uint32_t word) {
    say(name);
    for (int shift = 28; shift >= 0; shift -= 4)
        tlm_chip_write_now((uint8_t) "0123456789abcdef"[(word >> shift) & 15]);
}

// Says where it happened and restarts: a board that answers is worth more than one that stands still.
static void report_fault(const uint32_t *frame) {
    const uint32_t *ram_end = _stack_end;
    const bool readable = frame >= _core1_stack_start && frame + 8 <= ram_end;
    say("\r\nfault");
    if (readable) say_word(" at 0x", frame[6]);
    say_word(", core 0x", SIO_CPUID);
    say("; restarting\r\n");
    tlm_chip_reset();
}

// The stack may be the cause, so the handler takes a fresh one; core 1 takes that of core 0, which ends here
// too.
static __attribute__((naked)) void fault(void) {
    __asm__ volatile("mrs r0, msp\n"
                     "ldr r1, =_stack_end\n"
                     "msr msp, r1\n"
                     "ldr r1, =%c0\n"
                     "bx r1\n"
                     ".ltorg" ::"i"(report_fault));
}

static void unexpected(void) { fault(); }

static const struct vectors vectors __attribute__((section(".vectors"), used)) = {
    .stack = _stack_end,
    .core = {[0] = tlm_start,
             [1] = fault, // NMI
             [2] = fault, // HardFault
             [10] = unexpected,
             [13] = unexpected,
             [14] = unexpected},
    .interrupts = {[UART0_INTERRUPT] = tlm_uart0_interrupt},
};
