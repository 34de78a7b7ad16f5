// Clock set-up of the STM32F405: 168 MHz from the internal oscillator. RM0090 7.2, 3.5.1 (table 10), 5.1.3.
//
//   HSI 16 MHz / 8 * 168 / 2 = 168 MHz core; APB1 42 MHz (its timers 84 MHz), APB2 84 MHz.
//
// The board is any F405, so which crystal it has is not known; the internal oscillator holds the UART's
// tolerance.
#include "hal/stm32f405/chip.h"
#include "hal/stm32f405/registers.h"

#include TLM_BOARD_H

_Static_assert(TLM_BOARD_CLOCK_HZ == 168000000, "the divisors below are for 168 MHz");

// A few milliseconds at 16 MHz; the PLL locks within 0.3 ms (DS8626, 5.3.11).
enum { SPINS_MAX = 20000 };

static bool becomes(volatile uint32_t *address, uint32_t mask, uint32_t value) {
    for (uint32_t spins = 0; spins < SPINS_MAX; spins++) {
        if ((*address & mask) == value) return true;
    }
    return false;
}

struct tlm_clocks tlm_chip_clocks(void) {
    const struct tlm_clocks internal = {16000000, 16000000, 16000000};
    const struct tlm_clocks full = {168000000, 84000000, 84000000};
    // QEMU does not model this block: it reads as zero, which silicon cannot, since the core runs from some
    // oscillator. There TIM2 counts at 1 GHz of virtual time, and the UART heeds no rate.
    const struct tlm_clocks emulated = {168000000, 84000000, 1000000000};

    if (RCC_CR == 0) return emulated;
    RCC_CR |= RCC_CR_HSION;
    if (!becomes(&RCC_CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY)) return internal;
    RCC_APB1ENR |= 1u << 28; // PWR
    PWR_CR |= PWR_CR_VOS;
    RCC_PLLCFGR = 8u | 168u << 6 | 0u << 16 | 7u << 24;
    RCC_CR |= RCC_CR_PLLON;
    if (!becomes(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY)) return internal;
    FLASH_ACR = FLASH_ACR_CACHES | 5u;
    if (!becomes(&FLASH_ACR, 7u, 5u)) return internal;
    RCC_CFGR = 5u << 10 | 4u << 13;
    RCC_CFGR |= RCC_CFGR_SW_PLL;
    if (!becomes(&RCC_CFGR, RCC_CFGR_SWS, RCC_CFGR_SWS_PLL)) return internal;
    return full;
}
