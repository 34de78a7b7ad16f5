// Clock set-up of the STM32F405: 168 MHz from the internal oscillator. RM0090 7.2, 7.3, 3.5.1 (table 10),
// 3.5.2, 5.1.3.
//
//   HSI 16 MHz / 8 * 168 / 2 = 168 MHz core; APB1 42 MHz (its timers 84 MHz), APB2 84 MHz.
//
// The board is any F405, so which crystal it has is not known. The internal oscillator is trimmed at room
// temperature and drifts away from it (DS8626, HSI oscillator characteristics, has the limits): the UART
// needs it within some 2 %, and every time that the device tells has its error.
//
// Nothing is taken for granted: the Go command of the ROM loader (AN3155, 3.6) starts us from a loader that
// runs from the PLL, perhaps on a crystal, and what it leaves behind is not documented register by register.
#include "hal/stm32f405/chip.h"
#include "hal/stm32f405/registers.h"

#include TLM_BOARD_H

_Static_assert(TLM_BOARD_CLOCK_HZ == 168000000, "the divisors below are for 168 MHz");

// Milliseconds at any clock that we may find; the PLL locks within 0.3 ms (DS8626, 5.3.11).
enum { SPINS_MAX = 20000 };

static bool becomes(volatile uint32_t *address, uint32_t mask, uint32_t value) {
    for (uint32_t spins = 0; spins < SPINS_MAX; spins++) {
        if ((*address & mask) == value) return true;
    }
    return false;
}

// Runs from the internal oscillator, undivided; the system clock's switch first, since neither the PLL nor a
// crystal can be turned off while it is in use.
static bool fall_to_internal(void) {
    RCC_CR |= RCC_CR_HSION;
    if (!becomes(&RCC_CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY)) return false;
    RCC_CFGR &= ~RCC_CFGR_SW;
    if (!becomes(&RCC_CFGR, RCC_CFGR_SWS, 0)) return false;
    RCC_CFGR = 0;
    return true;
}

// From there to 168 MHz. PLLCFGR can be written only while the PLL is off.
static bool rise_to_full(void) {
    RCC_CR &= ~(RCC_CR_PLLON | RCC_CR_CSSON | RCC_CR_HSEON);
    if (!becomes(&RCC_CR, RCC_CR_PLLRDY, 0)) return false;
    RCC_APB1ENR |= 1u << 28; // PWR
    (void)RCC_APB1ENR;
    PWR_CR |= PWR_CR_VOS;
    RCC_PLLCFGR = 8u | 168u << 6 | 0u << 16 | 7u << 24;
    RCC_CR |= RCC_CR_PLLON;
    if (!becomes(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY)) return false;
    // Emptied while off: flash was written since they were filled, if they were.
    FLASH_ACR = 5u;
    FLASH_ACR = 5u | FLASH_ACR_CACHES_RESET;
    FLASH_ACR = 5u | FLASH_ACR_CACHES;
    if (!becomes(&FLASH_ACR, 7u, 5u)) return false;
    RCC_CFGR = 5u << 10 | 4u << 13;
    RCC_CFGR |= RCC_CFGR_SW_PLL;
    return becomes(&RCC_CFGR, RCC_CFGR_SWS, RCC_CFGR_SWS_PLL);
}

struct tlm_clocks tlm_chip_clocks(void) {
    const struct tlm_clocks internal = {16000000, 16000000, 16000000};
    const struct tlm_clocks full = {168000000, 84000000, 84000000};
    // QEMU does not model this block: it reads as zero, which silicon cannot, since the core runs from some
    // oscillator. There TIM2 counts at 1 GHz of virtual time, and the UART heeds no rate.
    const struct tlm_clocks emulated = {168000000, 84000000, 1000000000};

    if (RCC_CR == 0) return emulated;
    if (fall_to_internal() && rise_to_full()) return full;
    (void)fall_to_internal(); // Slow, and heard: the dividers of the way up would halve the UART's clock.
    return internal;
}
