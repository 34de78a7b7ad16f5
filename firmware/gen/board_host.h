// this computer (WebAssembly or a native process). Generated from boards/host/board.ts by npm run gen; do not edit.
#ifndef TLM_GEN_BOARD_HOST_H
#define TLM_GEN_BOARD_HOST_H

#include <stddef.h>
#include <stdint.h>

#define TLM_BOARD_NAME "host"
#define TLM_BOARD_CLOCK_HZ 1000000000u
#define TLM_BOARD_BAUD 115200u
#define TLM_BOARD_FLASH_BASE 0x0u
#define TLM_BOARD_FLASH_BYTES 67108864u
#define TLM_BOARD_RAM_BASE 0x0u
#define TLM_BOARD_RAM_BYTES 16777216u
#define TLM_BOARD_IMAGE_BASE 0x0u
#define TLM_BOARD_IMAGE_BYTES_MAX 67108864u
#define TLM_BOARD_TABLE_BYTES 65536u

#define TLM_BOARD_HAS_MARKERS 0

#endif
