// Start-up behind the first instructions, and the fault handler of the virt machine.
#include "hal/virt/chip.h"
#include "hal/virt/registers.h"

extern uint32_t _stack_start[], _data_start[], _data_end[], _data_load[], _bss_start[], _bss_end[];

int main(void);

#define ISR __attribute__((section(".isr"), used))

void tlm_start(void) {
    for (uint32_t *from = _data_load, *to = _data_start; to < _data_end;) *to++ = *from++;
    for (uint32_t *word = _bss_start; word < _bss_end;) *word++ = 0;
    // Nothing below the stack pointer is in use yet.
    uint32_t *top;
    __asm__ volatile("mv %0, sp" : "=r"(top));
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
ISR void tlm_fault(uint32_t address, uint32_t cause) {
    say("\r\nfault");
    say_word(" at 0x", address);
    say_word(", cause 0x", cause);
    say("; restarting\r\n");
    TEST_DEVICE = TEST_DEVICE_RESET;
    for (;;) {
    }
}
