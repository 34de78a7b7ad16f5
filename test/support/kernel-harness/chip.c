// The harness on an emulated core: the request lies in memory, the answer leaves by semihosting. Sources: Arm
// semihosting specification (SYS_OPEN, SYS_WRITE, SYS_EXIT), RISC-V semihosting specification.
//
// Addresses come from the linker: test/support/cores.ts.
#include "harness.h"

enum { SYS_OPEN = 0x01, SYS_WRITE = 0x05, SYS_EXIT = 0x18 };
enum { OPEN_WRITE = 4, OPEN_APPEND = 8, EXIT_DONE = 0x20026, EXIT_ERROR = 0x20024 };

extern const uint8_t request[];
extern uint32_t bss_start[], bss_end[], stack_top[];

static char text[4096];
static uint32_t n_text, console;

void start(void);

static uint32_t call(uint32_t operation, uintptr_t argument) {
#ifdef __riscv
    register uint32_t result __asm__("a0") = operation;
    register uintptr_t block __asm__("a1") = argument;
    // The three must be whole words on one page.
    __asm__ volatile(".balign 16\n\t.option push\n\t.option norvc\n\tslli zero, zero, 0x1f\n\tebreak\n\t"
                     "srai zero, zero, 7\n\t.option pop"
                     : "+r"(result)
                     : "r"(block)
                     : "memory");
#else
    register uint32_t result __asm__("r0") = operation;
    register uintptr_t block __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(result) : "r"(block) : "memory");
#endif
    return result;
}

// In mode w the console is standard output, in mode a standard error.
static uint32_t open_console(uint32_t mode) {
    const uintptr_t open[3] = {(uintptr_t) ":tt", mode, 3};
    return call(SYS_OPEN, (uintptr_t)open);
}

static void write_to(uint32_t file, const char *bytes, uint32_t n_bytes) {
    const uintptr_t write[3] = {file, (uintptr_t)bytes, n_bytes};
    call(SYS_WRITE, (uintptr_t)write);
}

static void flush(void) {
    if (console == 0) console = open_console(OPEN_WRITE);
    write_to(console, text, n_text);
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
    write_to(open_console(OPEN_APPEND), message, n_bytes);
    for (;;) call(SYS_EXIT, EXIT_ERROR);
}

void platform_forbid(void *bytes, uint32_t n_bytes) { (void)bytes, (void)n_bytes; }

void platform_allow(void *bytes, uint32_t n_bytes) { (void)bytes, (void)n_bytes; }

static void fault(void) { platform_fail("the core faulted"); }

void start(void) {
    for (uint32_t *word = bss_start; word < bss_end; word++) *word = 0;
    harness_run(request);
    flush();
    for (;;) call(SYS_EXIT, EXIT_DONE);
}

#ifdef __riscv
__attribute__((section(".vectors"), used, naked)) static void reset(void) {
    __asm__ volatile("la sp, stack_top\n\tla t0, %0\n\tcsrw mtvec, t0\n\tj start" ::"i"(fault));
}
__attribute__((aligned(4), used)) static void fault(void);
#else
static const struct {
    const void *stack;
    void (*handlers[15])(void);
} vectors
    __attribute__((section(".vectors"), used)) = {stack_top, {start, fault, fault, fault, fault, fault}};
#endif
