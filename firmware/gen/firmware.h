// The block of facts in every firmware. Generated from host-tools/contracts/firmware.ts by npm run gen; do not edit.
#ifndef TLM_GEN_FIRMWARE_H
#define TLM_GEN_FIRMWARE_H

#include <stddef.h>
#include <stdint.h>

#define TLM_FIRMWARE_INFO_OFFSET 512u
#define TLM_FIRMWARE_INFO_MAGIC 0x57464c54u
#define TLM_FIRMWARE_INFO_VERSION 1u

// Lies at that offset from the start.
struct tlm_firmware_info {
    uint32_t magic; // 'TLFW'
    uint16_t version; // of this block
    uint16_t info_bytes; // size of this block
    uint32_t firmware_bytes; // size of the whole firmware
    uint32_t build_low; // build id, lower half: a hash of sources, flags and compiler
    uint32_t build_high; // build id, upper half
    uint32_t mark_start; // address of tlm_mark_token_in; bit 0 says Thumb
    uint32_t mark_stop; // address of tlm_mark_logits_ready; bit 0 says Thumb
    uint32_t isr_start; // first address of all interrupt handlers
    uint32_t isr_end; // first address behind them
    uint32_t image_base; // address of the model image
    uint32_t image_bytes_max; // size of the region that holds it
    char board[16]; // name of the board, zero-terminated
};
_Static_assert(offsetof(struct tlm_firmware_info, board) == 44, "tlm_firmware_info is laid out as the host reads it");
_Static_assert(sizeof(struct tlm_firmware_info) == 60, "tlm_firmware_info has no padding");

#endif
