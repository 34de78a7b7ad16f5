// The clocks of an STM32F405 as far as RM0090 7.2, 7.3, 3.5.1 and 5.1.3 forbid something. Runs the firmware's
// set-up from a state of the chip, and prints what came of it beside what the firmware believes.
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "model.h"

#include "hal/stm32f405/chip.h"
#include "hal/stm32f405/registers.h"

enum { CR, PLLCFGR, CFGR, APB1ENR, ACR, PWR, N_REGISTERS };
enum { HSI_HZ = 16000000, HSE_HZ = 8000000, CACHES = 3 << 9, CACHES_RESET = 3 << 11 };

static const uint32_t addresses[N_REGISTERS] = {0x40023800, 0x40023804, 0x40023808,
                                                0x40023840, 0x40023C00, 0x40007000};
static volatile uint32_t now[N_REGISTERS];
static uint32_t before[N_REGISTERS];
static bool absent, locks = true, switches = true;

static void forbid(bool broken, const char *rule) {
    if (broken) printf("forbidden: %s\n", rule);
}

static uint32_t divided(uint32_t hz, uint32_t code, uint32_t first) {
    return code < first ? hz : hz >> (code - first + 1);
}

static uint32_t pll_hz(const volatile uint32_t *registers) {
    const uint32_t value = registers[PLLCFGR];
    const uint32_t source = (value >> 22 & 1) != 0 ? HSE_HZ : HSI_HZ;
    return source / (value & 63) * (value >> 6 & 511) / (2 * (value >> 16 & 3) + 2);
}

static uint32_t core_hz(const volatile uint32_t *registers) {
    const uint32_t source = registers[CFGR] >> 2 & 3;
    return source == 2 ? pll_hz(registers) : source == 1 ? HSE_HZ : HSI_HZ;
}

static uint32_t apb1_hz(const volatile uint32_t *registers) {
    return divided(core_hz(registers), registers[CFGR] >> 10 & 7, 4);
}

static uint32_t apb2_hz(const volatile uint32_t *registers) {
    return divided(core_hz(registers), registers[CFGR] >> 13 & 7, 4);
}

static void settle(void) {
    if (absent) return;
    const uint32_t runs_from = before[CFGR] >> 2 & 3;
    const bool pll_on = (before[CR] & RCC_CR_PLLON) != 0;
    const bool needs_crystal = runs_from == 1 || (runs_from == 2 && (before[PLLCFGR] >> 22 & 1) != 0);
    forbid(pll_on && now[PLLCFGR] != before[PLLCFGR], "PLLCFGR is written while the PLL is on");
    forbid(pll_on && now[PWR] != before[PWR], "the regulator is changed while the PLL is on");
    forbid(runs_from == 2 && (now[CR] & RCC_CR_PLLON) == 0, "the PLL is turned off while it is in use");
    forbid(needs_crystal && (now[CR] & RCC_CR_HSEON) == 0, "the crystal is turned off while it is in use");
    forbid((now[ACR] & CACHES_RESET) != 0 && (before[ACR] & CACHES) != 0, "a cache is reset while it is on");

    const bool turns = (now[CR] & RCC_CR_HSION) != 0;
    now[CR] = (now[CR] & ~RCC_CR_HSIRDY) | (turns ? RCC_CR_HSIRDY : 0);
    const bool locked = (now[CR] & RCC_CR_PLLON) != 0 && locks;
    now[CR] = (now[CR] & ~RCC_CR_PLLRDY) | (locked ? RCC_CR_PLLRDY : 0);
    const uint32_t wanted = now[CFGR] & RCC_CFGR_SW;
    const bool ready = wanted == 0 ? turns : wanted == 2 && locked && switches;
    now[CFGR] = (now[CFGR] & ~RCC_CFGR_SWS) | (ready ? wanted : runs_from) << 2;

    const uint32_t hz = core_hz(now);
    forbid((hz - 1) / 30000000 > (now[ACR] & 7), "flash has too few wait states");
    forbid(apb1_hz(now) > 42000000 || apb2_hz(now) > 84000000, "a bus is too fast");
    for (uint32_t i = 0; i < N_REGISTERS; i++) before[i] = now[i];
}

volatile uint32_t *model_register(uint32_t address) {
    settle();
    for (uint32_t i = 0; i < N_REGISTERS; i++) {
        if (addresses[i] == address) return &now[i];
    }
    printf("unknown register 0x%x\n", address);
    return &now[0];
}

// The state that a chip is found in.
static void find(uint32_t cr, uint32_t pllcfgr, uint32_t cfgr, uint32_t acr) {
    const uint32_t found[N_REGISTERS] = {cr, pllcfgr, cfgr, 0, acr, PWR_CR_VOS};
    for (uint32_t i = 0; i < N_REGISTERS; i++) now[i] = before[i] = found[i];
}

int main(int n_args, char **args) {
    const char *name = n_args == 2 ? args[1] : "";
    // RM0090 7.3.1 to 7.3.3: after a reset.
    find(0x83, 0x24003010, 0, 0);
    // 24 MHz: 16 / 16 * 192 / 8. 60 MHz: 8 / 8 * 240 / 4, APB1 at a half, caches filled.
    if (strcmp(name, "loader") == 0) find(0x03000083, 16 | 192 << 6 | 3 << 16 | 4 << 24, 0xA, 0);
    if (strcmp(name, "crystal") == 0)
        find(0x030B0083, 8 | 240 << 6 | 1 << 16 | 1 << 22 | 5 << 24, 4 << 10 | 0xA, 3 | CACHES);
    if (strcmp(name, "stopped") == 0) find(0x030B0000, 8 | 240 << 6 | 1 << 16 | 1 << 22, 4 << 10 | 0xA, 3);
    if (strcmp(name, "no lock") == 0) locks = false;
    if (strcmp(name, "no switch") == 0) switches = false;
    if (strcmp(name, "absent") == 0) {
        find(0, 0, 0, 0);
        absent = true;
    }
    const struct tlm_clocks believed = tlm_chip_clocks();
    settle();
    const uint32_t timer = apb1_hz(now) == core_hz(now) ? 1 : 2;
    if (!absent) printf("is %u %u %u\n", core_hz(now), apb2_hz(now), timer * apb1_hz(now));
    printf("believed %u %u %u\n", believed.core_hz, believed.uart_hz, believed.counter_hz);
    return 0;
}
