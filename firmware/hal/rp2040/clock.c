// Clock set-up of the RP2040: 133 MHz from the 12 MHz crystal of the Pico. RP2040 datasheet 2.15, 2.16, 2.18.
//
//   12 MHz * 133 = 1596 MHz (750 to 1600 allowed), / 6 / 2 = 133 MHz for cores, memory and UART.
//   clk_ref 12 MHz, and the watchdog's tick divides it by 12 for the timer.
#include "hal/rp2040/chip.h"
#include "hal/rp2040/registers.h"

#include TLM_BOARD_H

_Static_assert(TLM_BOARD_CLOCK_HZ == 133000000, "the divisors below are for 133 MHz");

// Tens of milliseconds at the 6 MHz of the ring oscillator that the chip starts from; the crystal takes 1 ms.
enum { SPINS_MAX = 20000 };

// What the ring oscillator has at about room temperature (2.17); the UART is then heard by luck alone.
enum { RING_HZ = 6500000 };

static bool becomes(volatile uint32_t *address, uint32_t mask, uint32_t value) {
    for (uint32_t spins = 0; spins < SPINS_MAX; spins++) {
        if ((*address & mask) == value) return true;
    }
    return false;
}

// Runs from clk_ref, so that the PLL may be changed.
static bool leave_pll(void) {
    CLK_SYS_CTRL(CLEAR_BITS) = CLK_SYS_AUX;
    return becomes(&CLK_SYS_SELECTED, 3u, 1u);
}

static bool start_crystal(void) {
    XOSC_STARTUP = 47; // times 256 periods: 1 ms
    XOSC_CTRL = XOSC_ENABLE;
    if (!becomes(&XOSC_STATUS, XOSC_STABLE, XOSC_STABLE)) return false;
    CLK_REF_CTRL = CLK_REF_XOSC;
    return becomes(&CLK_REF_SELECTED, 15u, 1u << CLK_REF_XOSC);
}

static bool start_pll(void) {
    RESETS_RESET(SET_BITS) = RESET_PLL_SYS;
    RESETS_RESET(CLEAR_BITS) = RESET_PLL_SYS;
    if (!becomes(&RESETS_DONE, RESET_PLL_SYS, RESET_PLL_SYS)) return false;
    PLL_SYS_CS = 1; // the crystal undivided
    PLL_SYS_FBDIV = 133;
    PLL_SYS_PWR(CLEAR_BITS) = PLL_PWR_PD | PLL_PWR_VCOPD;
    if (!becomes(&PLL_SYS_CS, PLL_CS_LOCK, PLL_CS_LOCK)) return false;
    PLL_SYS_PRIM = 6u << 16 | 2u << 12;
    PLL_SYS_PWR(CLEAR_BITS) = PLL_PWR_POSTDIVPD;
    CLK_SYS_CTRL(0) = 0; // its other source is the PLL
    CLK_SYS_CTRL(SET_BITS) = CLK_SYS_AUX;
    return becomes(&CLK_SYS_SELECTED, 3u, 2u);
}

uint32_t tlm_chip_clock(void) {
    const bool crystal = leave_pll() && start_crystal();
    const bool full = crystal && start_pll();
    WATCHDOG_TICK = 12u | WATCHDOG_TICK_ENABLE;
    CLK_PERI_CTRL = CLK_PERI_ENABLE; // from clk_sys
    if (full) return 133000000;
    (void)leave_pll();
    return crystal ? 12000000 : RING_HZ;
}
