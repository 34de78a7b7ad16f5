// Raspberry Pi Pico. Generated from boards/pico/board.ts by npm run gen; do not edit.
#ifndef TLM_GEN_BOARD_PICO_H
#define TLM_GEN_BOARD_PICO_H

#include <stddef.h>
#include <stdint.h>

#define TLM_BOARD_NAME "pico"
#define TLM_BOARD_CLOCK_HZ 133000000u
#define TLM_BOARD_BAUD 115200u
#define TLM_BOARD_FLASH_BASE 0x10000000u
#define TLM_BOARD_FLASH_BYTES 2097152u
#define TLM_BOARD_RAM_BASE 0x20000000u
#define TLM_BOARD_RAM_BYTES 270336u
#define TLM_BOARD_IMAGE_BASE 0x10020000u
#define TLM_BOARD_IMAGE_BYTES_MAX 1966080u
#define TLM_BOARD_TABLE_BYTES 32768u

#define TLM_BOARD_HAS_MARKERS 1u
#define TLM_BOARD_MARKER_PORT 0u
#define TLM_BOARD_MARKER_WINDOW_PIN 2u
#define TLM_BOARD_MARKER_PHASE_PIN 3u
#define TLM_BOARD_MARKER_TOKEN_PIN 4u

#endif
