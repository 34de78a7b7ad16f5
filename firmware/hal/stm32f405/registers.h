// The registers of the STM32F405 that the firmware touches. RM0090 rev 19; core registers: Armv7-M manual
// B3.2.
#ifndef TLM_STM32F405_REGISTERS_H
#define TLM_STM32F405_REGISTERS_H

#include <stdint.h>

// A test puts a model of the chip here.
#ifndef REGISTER
#define REGISTER(address) (*(volatile uint32_t *)(address))
#endif

// RM0090 7.3: reset and clock control.
#define RCC_CR REGISTER(0x40023800)
#define RCC_PLLCFGR REGISTER(0x40023804)
#define RCC_CFGR REGISTER(0x40023808)
#define RCC_AHB1ENR REGISTER(0x40023830)
#define RCC_APB1ENR REGISTER(0x40023840)
#define RCC_APB2ENR REGISTER(0x40023844)
#define RCC_APB1RSTR REGISTER(0x40023820)
#define RCC_APB2RSTR REGISTER(0x40023824)
#define RCC_CR_HSION (1u << 0)
#define RCC_CR_HSIRDY (1u << 1)
#define RCC_CR_HSEON (1u << 16)
#define RCC_CR_CSSON (1u << 19)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_CFGR_SW 3u
#define RCC_CFGR_SW_PLL 2u
#define RCC_CFGR_SWS_PLL (2u << 2)
#define RCC_CFGR_SWS (3u << 2)

// RM0090 3.9.1, 5.4.1: flash access and the regulator.
#define FLASH_ACR REGISTER(0x40023C00)
#define FLASH_ACR_CACHES (7u << 8) // prefetch, instruction cache, data cache: the ART accelerator
#define FLASH_ACR_CACHES_RESET (3u << 11)
#define PWR_CR REGISTER(0x40007000)
#define PWR_CR_VOS (1u << 14)

// RM0090 8.4: pins. Port A is 0.
#define GPIO(port, offset) REGISTER(0x40020000 + 0x400 * (port) + (offset))
#define GPIO_MODER(port) GPIO(port, 0x00)
#define GPIO_PUPDR(port) GPIO(port, 0x0C)
#define GPIO_BSRR(port) GPIO(port, 0x18)
#define GPIO_AFRH(port) GPIO(port, 0x24)

// RM0090 30.6: USART1.
#define USART1_SR REGISTER(0x40011000)
#define USART1_DR REGISTER(0x40011004)
#define USART1_BRR REGISTER(0x40011008)
#define USART1_CR1 REGISTER(0x4001100C)
#define USART_SR_ORE (1u << 3)
#define USART_SR_RXNE (1u << 5)
#define USART_SR_TC (1u << 6)
#define USART_SR_TXE (1u << 7)
#define USART_CR1_RE (1u << 2)
#define USART_CR1_TE (1u << 3)
#define USART_CR1_RXNEIE (1u << 5)
#define USART_CR1_TXEIE (1u << 7)
#define USART_CR1_UE (1u << 13)

// RM0090 18.4: TIM2, 32 bits wide.
#define TIM2_CR1 REGISTER(0x40000000)
#define TIM2_EGR REGISTER(0x40000014)
#define TIM2_CNT REGISTER(0x40000024)
#define TIM2_PSC REGISTER(0x40000028)
#define TIM2_ARR REGISTER(0x4000002C)

// Armv7-M B3.2 and B3.4.
#define SYST_CSR REGISTER(0xE000E010)
#define NVIC_ISER(n) REGISTER(0xE000E100 + 4 * (n))
#define NVIC_ICER(n) REGISTER(0xE000E180 + 4 * (n))
#define NVIC_ICPR(n) REGISTER(0xE000E280 + 4 * (n))
#define SCB_ICSR REGISTER(0xE000ED04)
#define SCB_ICSR_CLEAR_PENDING (1u << 27 | 1u << 25) // PendSV, SysTick
#define SCB_VTOR REGISTER(0xE000ED08)
#define SCB_AIRCR REGISTER(0xE000ED0C)
#define SCB_AIRCR_RESET 0x05FA0004u

// RM0090 2.4, 9.2.1: the boot loader in ROM, and what is seen at address 0.
#define SYSTEM_MEMORY 0x1FFF0000u
#define SYSCFG_MEMRMP REGISTER(0x40013800)
#define SYSCFG_MEMRMP_SYSTEM_MEMORY 1u

#endif
