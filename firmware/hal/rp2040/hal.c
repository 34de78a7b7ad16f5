// The chip layer of the RP2040: UART0 on GP0/GP1, the timer as time base, marker pins, sleep. RP2040
// datasheet 2.19, 4.2, 4.6, 4.7.
#include "hal/ring.h"
#include "hal/rp2040/chip.h"
#include "hal/rp2040/registers.h"

#include TLM_BOARD_H

extern uint32_t _stack_start[], _stack_end[];
extern uint8_t _arena_start[], _arena_end[], _static_bytes[];

// Two stuffed frames of the largest size fit into the receive queue.
static uint8_t received_bytes[1024];
static uint8_t sending_bytes[512];
static struct ring received = {received_bytes, sizeof received_bytes - 1, 0, 0};
static struct ring sending = {sending_bytes, sizeof sending_bytes - 1, 0, 0};
static volatile bool lost;
static bool markers_on;
static uint32_t clock_hz;

enum { TX_PIN = 0, RX_PIN = 1 };

// Longer than a byte takes at 9600 baud.
enum { SEND_SPINS_MAX = 2000000 };

// Milliseconds.
enum { RESET_SPINS_MAX = 20000 };

// Fills the FIFO of the UART from the queue. With interrupts off, or from the interrupt. The interrupt comes
// as the FIFO drains past its mark, so it is wanted only while the FIFO was filled to the brim.
static inline __attribute__((always_inline)) void send_next(void) {
    uint8_t byte;
    while ((UART0_FR & UART_FR_TXFF) == 0 && ring_take(&sending, &byte)) UART0_DR = byte;
    UART0_IMSC = UART_INT_RX | UART_INT_RX_TIMEOUT | (ring_count(&sending) > 0 ? UART_INT_TX : 0);
}

__attribute__((section(".isr"))) void tlm_uart0_interrupt(void) {
    while ((UART0_FR & UART_FR_RXFE) == 0) {
        const uint32_t data = UART0_DR;
        if ((data & UART_DR_OVERRUN) != 0) lost = true;
        if (!ring_put(&received, (uint8_t)data)) lost = true;
    }
    UART0_ICR = UART_INT_RX_TIMEOUT | UART_INT_TX;
    if (ring_count(&sending) > 0) send_next();
}

static inline void interrupts_off(void) { __asm__ volatile("cpsid i" ::: "memory"); }
static inline void interrupts_on(void) { __asm__ volatile("cpsie i" ::: "memory"); }

static void leave_reset(uint32_t blocks) {
    RESETS_RESET(SET_BITS) = blocks;
    RESETS_RESET(CLEAR_BITS) = blocks;
    for (uint32_t spins = 0; (RESETS_DONE & blocks) != blocks && spins < RESET_SPINS_MAX; spins++) {
    }
}

// The divisor has 6 bits behind the point.
static void set_up_uart(void) {
    const uint32_t divisor = (clock_hz * 4u + TLM_BOARD_BAUD / 2) / TLM_BOARD_BAUD;
    IO_CTRL(TX_PIN) = IO_UART;
    IO_CTRL(RX_PIN) = IO_UART;
    PAD(RX_PIN) = PAD_INPUT_PULLED_UP; // an open RX reads as idle
    UART0_IBRD = divisor >> 6;
    UART0_FBRD = divisor & 63u;
    UART0_LCR_H = UART_LCR_8N1_FIFO;
    UART0_IFLS = 0; // marks at an eighth of either FIFO
    UART0_CR = UART_CR_ON;
    UART0_IMSC = UART_INT_RX | UART_INT_RX_TIMEOUT;
    NVIC_ISER = 1u << UART0_INTERRUPT;
}

void tlm_hal_init(void) {
    clock_hz = tlm_chip_clock();
    leave_reset(RESET_IO_BANK0 | RESET_PADS_BANK0 | RESET_TIMER | RESET_UART0);
    set_up_uart();
    tlm_chip_start_core1();
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

static void pump(void) {
    interrupts_off();
    send_next();
    interrupts_on();
}

void tlm_hal_write(const uint8_t *bytes, uint32_t n_bytes) {
    for (uint32_t i = 0; i < n_bytes; i++) {
        for (uint32_t spins = 0; !ring_put(&sending, bytes[i]); spins++) {
            if (spins == SEND_SPINS_MAX) return; // The UART is dead; nothing can be said about it.
            pump();
        }
    }
    pump();
}

void tlm_chip_write_now(uint8_t byte) {
    for (uint32_t spins = 0; (UART0_FR & UART_FR_TXFF) != 0 && spins < SEND_SPINS_MAX; spins++) {
    }
    UART0_DR = byte;
}

uint32_t tlm_hal_time_us(void) { return TIMER_TIMERAWL; }

uint32_t tlm_hal_clock_hz(void) { return clock_hz; }

static const uint8_t pins[3] = {TLM_BOARD_MARKER_WINDOW_PIN, TLM_BOARD_MARKER_PHASE_PIN,
                                TLM_BOARD_MARKER_TOKEN_PIN};
static const uint32_t all_pins =
    1u << TLM_BOARD_MARKER_WINDOW_PIN | 1u << TLM_BOARD_MARKER_PHASE_PIN | 1u << TLM_BOARD_MARKER_TOKEN_PIN;

void tlm_hal_markers_enable(bool on) {
    markers_on = on;
    if (!on) SIO_GPIO_OE_CLR = all_pins;
    for (uint32_t i = 0; i < 3; i++) IO_CTRL(pins[i]) = on ? IO_SIO : IO_NONE;
    if (on) SIO_GPIO_OE_SET = all_pins;
}

// One store moves all of them, so that their edges coincide.
void tlm_hal_marker(uint32_t level) {
    if (!markers_on) return;
    uint32_t bits = 0;
    for (uint32_t i = 0; i < 3; i++) bits |= (level >> i & 1) << pins[i];
    SIO_GPIO_OUT_XOR = (SIO_GPIO_OUT ^ bits) & all_pins;
}

void tlm_hal_sleep(void) {
    // With interrupts off a byte that arrives now still ends the WFI, so none is slept over.
    interrupts_off();
    if (ring_count(&received) == 0) __asm__ volatile("dsb\n wfi" ::: "memory");
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

// Lets the last bytes leave.
static void drain(void) {
    for (uint32_t spins = 0; ring_count(&sending) > 0 && spins < SEND_SPINS_MAX; spins++) pump();
    for (uint32_t spins = 0; (UART0_FR & UART_FR_BUSY) != 0 && spins < SEND_SPINS_MAX; spins++) {
    }
}

// Everything but the oscillators starts afresh, core 1 in its ROM.
_Noreturn void tlm_chip_reset(void) {
    PSM_WDSEL = PSM_ALL_BUT_OSCILLATORS;
    WATCHDOG_CTRL = WATCHDOG_TRIGGER;
    for (;;) {
    }
}

void tlm_hal_reset(void) {
    drain();
    interrupts_off();
    tlm_chip_reset();
}

// 2.8.3.1: the ROM says where its functions are; the one named 'U', 'B' restarts into its USB loader.
void tlm_hal_bootloader(void) {
    typedef void *look_up(const uint16_t *table, uint32_t code);
    typedef void enter(uint32_t activity_pin_mask, uint32_t disable_interface_mask);
    uintptr_t rom = 0x10;
    __asm__("" : "+r"(rom)); // The compiler knows better than to read at address 16.
    if ((REGISTER(rom) & 0xFFFFFFu) != 0x01754Du) return; // An emulator has no ROM.
    const uint16_t *words = (const uint16_t *)(rom + 4);
    look_up *const find = (look_up *)(uintptr_t)words[2];
    enter *const usb_loader = (enter *)find((const uint16_t *)(uintptr_t)words[0], 'U' | 'B' << 8);
    drain();
    usb_loader(0, 0);
}
