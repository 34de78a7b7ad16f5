// RISC-V virt machine of QEMU (rv32imc, Zba). Generated from boards/virt/board.ts by npm run gen; do not edit.
#ifndef TLM_GEN_BOARD_VIRT_H
#define TLM_GEN_BOARD_VIRT_H

#include <stddef.h>
#include <stdint.h>

#define TLM_BOARD_NAME "virt"
#define TLM_BOARD_CLOCK_HZ 125000000u
#define TLM_BOARD_BAUD 115200u
#define TLM_BOARD_FLASH_BASE 0x20000000u
#define TLM_BOARD_FLASH_BYTES 4194304u
#define TLM_BOARD_RAM_BASE 0x80000000u
#define TLM_BOARD_RAM_BYTES 262144u
#define TLM_BOARD_IMAGE_BASE 0x20020000u
#define TLM_BOARD_IMAGE_BYTES_MAX 4063232u
#define TLM_BOARD_TABLE_BYTES 32768u

#define TLM_BOARD_HAS_MARKERS 0

#endif
