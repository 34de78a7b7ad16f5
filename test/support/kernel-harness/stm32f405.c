// The harness on an emulated STM32F405: the request lies in flash, the answer leaves by semihosting. Source:
// Arm semihosting specification (SYS_OPEN, SYS_WRITE, SYS_EXIT).
#include "harness.h"

enum { REQUEST = 0x08020000, STACK_TOP = 0x20020000 };
enum { SYS_OPEN = 0x01, SYS_WRITE = 0x05, SYS_EXIT = 0x18 };
enum { OPEN_WRITE = 4, OPEN_APPEND = 8, EXIT_DONE = 0x20026, EXIT_ERROR = 0x20024 };

static char text[4096];
static uint32_t n_text;

void start(void);

static uint32_t call(uint32_t operation, uintptr_t argument) {
    register uint32_t r0 __asm__("r0") = operation;
    register uintptr_t r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

// In mode w the console is standard output, in mode a standard error.
static void write_to(uint32_t mode, const char *bytes, uint32_t n_bytes) {
    const uintptr_t open[3] = {(uintptr_t) ":tt", mode, 3};
    const uintptr_t write[3] = {call(SYS_OPEN, (uintptr_t)open), (uintptr_t)bytes, n_bytes};
    call(SYS_WRITE, (uintptr_t)write);
}

static void flush(void) {
    write_to(OPEN_WRITE, text, n_text);
    n_text = 0;
}

void platform_write(const char *bytes, uint32_t n_bytes) {
    for (uint32_t i = 0; i < n_bytes; i++) {
        if (n_text == sizeof text) flush();
        text[n_text++] = bytes[i];
    }
}

void platform_fail(const char *message) {
    uint32_t n_bytes = 0;
    while (message[n_bytes] != 0) n_bytes++;
    flush();
    write_to(OPEN_APPEND, message, n_bytes);
    for (;;) call(SYS_EXIT, EXIT_ERROR);
}

static void fault(void) { platform_fail("the core faulted"); }

void start(void) {
    extern uint32_t bss_start[], bss_end[];
    for (uint32_t *word = bss_start; word < bss_end; word++) *word = 0;
    harness_run((const uint8_t *)REQUEST);
    flush();
    for (;;) call(SYS_EXIT, EXIT_DONE);
}

static const struct {
    uintptr_t stack;
    void (*handlers[15])(void);
} vectors
    __attribute__((section(".vectors"), used)) = {STACK_TOP, {start, fault, fault, fault, fault, fault}};
