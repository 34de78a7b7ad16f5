// The chip layer of the virt machine: UART, time base, sleep.
#include "hal/ring.h"
#include "hal/virt/chip.h"
#include "hal/virt/registers.h"

#include TLM_BOARD_H

extern uint32_t _stack_start[], _stack_end[];
extern uint8_t _arena_start[], _arena_end[], _static_bytes[];

// Two stuffed frames of the largest size fit into the receive queue.
static uint8_t received_bytes[1024];
static struct ring received = {received_bytes, sizeof received_bytes - 1, 0, 0};
static volatile bool lost;

// Much longer than 16 bytes take: the UART's own queue.
enum { SEND_SPINS_MAX = 2000000 };

static inline void interrupts_off(void) {
    __asm__ volatile("csrci mstatus, %0" ::"i"(MSTATUS_MIE) : "memory");
}
static inline void interrupts_on(void) {
    __asm__ volatile("csrsi mstatus, %0" ::"i"(MSTATUS_MIE) : "memory");
}

__attribute__((section(".isr"), interrupt("machine"))) void tlm_interrupt(void) {
    const uint32_t source = PLIC_CLAIM;
    uint8_t status;
    while (((status = UART_LSR) & UART_LSR_RECEIVED) != 0) {
        if ((status & UART_LSR_OVERRUN) != 0) lost = true; // Reading the status has cleared it.
        if (!ring_put(&received, UART_DATA)) lost = true;
    }
    PLIC_CLAIM = source;
}

// QEMU stops the clock of a core that sleeps with no timer set, so one is set, ten months ahead; its
// interrupt is off.
static void keep_time_going(void) {
    MTIMECMP_LOW = 0;
    MTIMECMP_HIGH = 1u << 16;
}

void tlm_hal_init(void) {
    keep_time_going();
    const uint32_t divisor = (UART_CLOCK_HZ + 8 * TLM_BOARD_BAUD) / (16 * TLM_BOARD_BAUD);
    UART_LCR = UART_LCR_DIVISOR;
    UART_DATA = (uint8_t)divisor;
    UART_IER = (uint8_t)(divisor >> 8);
    UART_LCR = UART_LCR_8N1;
    UART_FCR = UART_FCR_CLEARED;
    UART_IER = UART_IER_RECEIVED;
    PLIC_PRIORITY(UART_INTERRUPT) = 1;
    PLIC_THRESHOLD = 0;
    PLIC_ENABLE = 1u << UART_INTERRUPT;
    __asm__ volatile("csrw mie, %0" ::"r"(MIE_EXTERNAL));
    interrupts_on();
}

uint32_t tlm_hal_read(uint8_t *bytes, uint32_t n_bytes) {
    uint32_t i = 0;
    while (i < n_bytes && ring_take(&received, &bytes[i])) i++;
    return i;
}

bool tlm_hal_pending(uint8_t byte) { return ring_holds(&received, byte); }

bool tlm_hal_overrun(void) {
    if (!lost) return false;
    lost = false;
    return true;
}

void tlm_chip_write_now(uint8_t byte) {
    for (uint32_t spins = 0; (UART_LSR & UART_LSR_CAN_SEND) == 0 && spins < SEND_SPINS_MAX; spins++) {
    }
    UART_DATA = byte;
}

void tlm_hal_write(const uint8_t *bytes, uint32_t n_bytes) {
    for (uint32_t i = 0; i < n_bytes; i++) tlm_chip_write_now(bytes[i]);
}

// Ticks are 64 bits and ten a microsecond: 2^32 = 10 * 429496729 + 6, so that 32 bits suffice.
uint32_t tlm_hal_time_us(void) {
    uint32_t high, low;
    do {
        high = MTIME_HIGH;
        low = MTIME_LOW;
    } while (high != MTIME_HIGH);
    return high * 429496729u + low / 10 + (low % 10 + 6 * high) / 10;
}

uint32_t tlm_hal_clock_hz(void) { return TLM_BOARD_CLOCK_HZ; }

void tlm_hal_markers_enable(bool on) { (void)on; }
void tlm_hal_marker(uint32_t level) { (void)level; }

void tlm_hal_sleep(void) {
    // With interrupts off a byte that arrives now still ends the WFI, so none is slept over.
    interrupts_off();
    if (ring_count(&received) == 0) __asm__ volatile("wfi" ::: "memory");
    interrupts_on();
}

void tlm_hal_memory(struct tlm_memory *memory) {
    const uint32_t *word = _stack_start;
    while (word < _stack_end && *word == TLM_STACK_PAINT) word++;
    *memory = (struct tlm_memory){
        .image = (const uint8_t *)TLM_BOARD_IMAGE_BASE,
        .image_bytes_max = TLM_BOARD_IMAGE_BYTES_MAX,
        .arena = _arena_start,
        .arena_bytes = (uint32_t)(_arena_end - _arena_start),
        .static_bytes = (uint32_t)_static_bytes,
        .stack_bytes = (uint32_t)(_stack_end - _stack_start) * 4,
        .stack_used = (uint32_t)(_stack_end - word) * 4,
    };
}

void tlm_hal_reset(void) {
    for (uint32_t spins = 0; (UART_LSR & UART_LSR_ALL_SENT) == 0 && spins < SEND_SPINS_MAX; spins++) {
    }
    interrupts_off();
    TEST_DEVICE = TEST_DEVICE_RESET;
    for (;;) {
    }
}

void tlm_hal_bootloader(void) {} // There is none.
