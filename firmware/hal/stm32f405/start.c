// Vector table, start-up and the fault handler of the STM32F405. RM0090 12.2, table 61; Armv7-M manual B1.5.
#include "hal/stm32f405/chip.h"
#include "hal/stm32f405/registers.h"

extern uint32_t _stack_start[], _stack_end[], _data_start[], _data_end[], _data_load[], _bss_start[],
    _bss_end[];

void tlm_start(void);
int main(void);

#define ISR __attribute__((section(".isr"), used))

// Survives a reset: asks start-up for the boot loader in ROM.
static volatile uint32_t boot_request __attribute__((section(".noinit")));
enum { BOOT_REQUEST = 0x424F4F54 };

void tlm_chip_request_bootloader(void) { boot_request = BOOT_REQUEST; }

// Before anything is set up, so that the ROM finds the chip as after a reset with BOOT0 high: the ROM at
// address 0 and its vectors in force, since it uses interrupts.
static void enter_bootloader(void) {
    const volatile uint32_t *rom = (const volatile uint32_t *)SYSTEM_MEMORY;
    RCC_APB2ENR |= 1u << 14; // SYSCFG
    (void)RCC_APB2ENR;
    SYSCFG_MEMRMP = SYSCFG_MEMRMP_SYSTEM_MEMORY;
    (void)SYSCFG_MEMRMP; // It is written before its clock goes.
    RCC_APB2ENR &= ~(1u << 14);
    SCB_VTOR = SYSTEM_MEMORY;
    __asm__ volatile("dsb\n isb\n msr msp, %0\n cpsie i\n bx %1" ::"r"(rom[0]), "r"(rom[1]) : "memory");
    __builtin_unreachable();
}

// The ROM loader's Go command leaves whatever interrupts it used.
static void silence_interrupts(void) {
    SYST_CSR = 0;
    for (uint32_t i = 0; i < 3; i++) {
        NVIC_ICER(i) = ~0u;
        NVIC_ICPR(i) = ~0u;
    }
    SCB_ICSR = SCB_ICSR_CLEAR_PENDING;
}

void tlm_start(void) {
    __asm__ volatile("cpsid i" ::: "memory");
    if (boot_request == BOOT_REQUEST) {
        boot_request = 0;
        enter_bootloader();
    }
    silence_interrupts();
    boot_request = 0;
    for (uint32_t *from = _data_load, *to = _data_start; to < _data_end;) *to++ = *from++;
    for (uint32_t *word = _bss_start; word < _bss_end;) *word++ = 0;
    // Nothing below the stack pointer is in use yet.
    uint32_t *top;
    __asm__ volatile("mov %0, sp" : "=r"(top));
    for (uint32_t *word = _stack_start; word < top;) *word++ = TLM_STACK_PAINT;
    main();
    tlm_hal_reset();
}

static ISR void say(const char *text) {
    while (*text != 0) tlm_chip_write_now((uint8_t)*text++);
}

static ISR void say_word(const char *name, uint32_t word) {
    say(name);
    for (int shift = 28; shift >= 0; shift -= 4)
        tlm_chip_write_now((uint8_t) "0123456789abcdef"[(word >> shift) & 15]);
}

// Says where it happened and restarts: a board that answers is worth more than one that stands still.
static ISR void report_fault(const uint32_t *frame) {
    const uint32_t *ram_end = _stack_end;
    const bool readable = frame >= _stack_start && frame + 8 <= ram_end;
    say("\r\nfault");
    if (readable) say_word(" at 0x", frame[6]);
    say_word(", status 0x", REGISTER(0xE000ED28));
    say("; restarting\r\n");
    SCB_AIRCR = SCB_AIRCR_RESET;
    for (;;) {
    }
}

// The stack may be the cause, so the handler takes a fresh one.
static ISR __attribute__((naked)) void fault(void) {
    __asm__ volatile("mrs r0, msp\n"
                     "ldr r1, =_stack_end\n"
                     "msr msp, r1\n"
                     "b %c0\n"
                     ".ltorg" ::"i"(report_fault));
}

static ISR void unexpected(void) { fault(); }

typedef void (*vector)(void);

// Stack pointer, 15 exceptions of the core, interrupts up to the last that is enabled.
static const struct {
    uint32_t *stack;
    vector core[15];
    vector interrupts[USART1_INTERRUPT + 1];
} vectors __attribute__((section(".vectors"), used)) = {
    .stack = _stack_end,
    .core = {[0] = tlm_start,
             [1] = fault, // NMI
             [2] = fault, // HardFault; the other faults escalate to it
             [3] = fault,
             [4] = fault,
             [5] = fault,
             [10] = unexpected,
             [11] = unexpected,
             [13] = unexpected,
             [14] = unexpected},
    .interrupts = {[USART1_INTERRUPT] = tlm_usart1_interrupt},
};
