// The chip layer of the STM32F405: USART1 on PA9/PA10, TIM2 as time base, marker pins, sleep. RM0090 8,
// 18, 30.
#include "hal/ring.h"
#include "hal/stm32f405/chip.h"
#include "hal/stm32f405/registers.h"

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
static struct tlm_clocks clocks;

// Longer than a byte takes at 9600 baud.
enum { SEND_SPINS_MAX = 2000000 };

// Sends one queued byte if the UART can take it. With interrupts off, or from the interrupt.
static inline __attribute__((always_inline)) void send_next(void) {
    uint8_t byte;
    while ((USART1_SR & USART_SR_TXE) != 0 && ring_take(&sending, &byte)) USART1_DR = byte;
    if (ring_count(&sending) == 0) USART1_CR1 &= ~USART_CR1_TXEIE;
}

__attribute__((section(".isr"))) void tlm_usart1_interrupt(void) {
    const uint32_t status = USART1_SR;
    if ((status & (USART_SR_RXNE | USART_SR_ORE)) != 0) {
        const uint8_t byte = (uint8_t)USART1_DR; // also clears the overrun flag
        if ((status & USART_SR_ORE) != 0) lost = true;
        if ((status & USART_SR_RXNE) != 0 && !ring_put(&received, byte)) lost = true;
    }
    if ((USART1_CR1 & USART_CR1_TXEIE) != 0) send_next();
}

static inline void interrupts_off(void) { __asm__ volatile("cpsid i" ::: "memory"); }
static inline void interrupts_on(void) { __asm__ volatile("cpsie i" ::: "memory"); }

static void set_up_uart(void) {
    RCC_AHB1ENR |= 1u << 0; // port A
    RCC_APB2ENR |= 1u << 4; // USART1
    (void)RCC_APB2ENR;      // RM0090 7.3: two cycles until the clock is there
    RCC_APB2RSTR = 1u << 4; // The ROM loader may have used it.
    RCC_APB2RSTR = 0;
    GPIO_AFRH(0) = (GPIO_AFRH(0) & ~0xFF0u) | 0x770u;
    GPIO_PUPDR(0) = (GPIO_PUPDR(0) & ~(3u << 20)) | 1u << 20; // an open RX reads as idle
    GPIO_MODER(0) = (GPIO_MODER(0) & ~(15u << 18)) | 10u << 18;
    USART1_BRR = (clocks.uart_hz + TLM_BOARD_BAUD / 2) / TLM_BOARD_BAUD;
    USART1_CR1 = USART_CR1_UE | USART_CR1_TE | USART_CR1_RE | USART_CR1_RXNEIE;
    NVIC_ISER(USART1_INTERRUPT / 32) = 1u << USART1_INTERRUPT % 32;
}

void tlm_hal_init(void) {
    SCB_VTOR = TLM_BOARD_FLASH_BASE;
    clocks = tlm_chip_clocks();
    RCC_APB1ENR |= 1u << 0; // TIM2
    (void)RCC_APB1ENR;
    RCC_APB1RSTR = 1u << 0;
    RCC_APB1RSTR = 0;
    TIM2_PSC = clocks.counter_hz / 1000000 - 1;
    TIM2_ARR = ~0u;
    TIM2_EGR = 1; // loads the prescaler
    TIM2_CR1 = 1;
    set_up_uart();
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
    if (ring_count(&sending) > 0) USART1_CR1 |= USART_CR1_TXEIE;
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
    for (uint32_t spins = 0; (USART1_SR & USART_SR_TXE) == 0 && spins < SEND_SPINS_MAX; spins++) {
    }
    USART1_DR = byte;
}

uint32_t tlm_hal_time_us(void) { return TIM2_CNT; }

uint32_t tlm_hal_clock_hz(void) { return clocks.core_hz; }

#if TLM_BOARD_HAS_MARKERS
static const uint8_t pins[3] = {TLM_BOARD_MARKER_WINDOW_PIN, TLM_BOARD_MARKER_PHASE_PIN,
                                TLM_BOARD_MARKER_TOKEN_PIN};

void tlm_hal_markers_enable(bool on) {
    RCC_AHB1ENR |= 1u << TLM_BOARD_MARKER_PORT;
    (void)RCC_AHB1ENR;
    markers_on = on;
    for (uint32_t i = 0; i < 3; i++) {
        const uint32_t mode = on ? 1u << 2 * pins[i] : 0;
        GPIO_MODER(TLM_BOARD_MARKER_PORT) = (GPIO_MODER(TLM_BOARD_MARKER_PORT) & ~(3u << 2 * pins[i])) | mode;
    }
}

void tlm_hal_marker(uint32_t level) {
    if (!markers_on) return;
    uint32_t bits = 0;
    for (uint32_t i = 0; i < 3; i++) bits |= 1u << (pins[i] + ((level >> i & 1) != 0 ? 0 : 16));
    GPIO_BSRR(TLM_BOARD_MARKER_PORT) = bits;
}
#else
void tlm_hal_markers_enable(bool on) { markers_on = on; }
void tlm_hal_marker(uint32_t level) { (void)level; }
#endif

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
    for (uint32_t spins = 0; (USART1_SR & USART_SR_TC) == 0 && spins < SEND_SPINS_MAX; spins++) {
    }
}

void tlm_hal_reset(void) {
    drain();
    interrupts_off();
    __asm__ volatile("dsb" ::: "memory");
    SCB_AIRCR = SCB_AIRCR_RESET;
    for (;;) {
    }
}

void tlm_hal_bootloader(void) {
    if (clocks.counter_hz == 1000000000) return; // An emulator has no ROM.
    tlm_chip_request_bootloader();
    tlm_hal_reset();
}
