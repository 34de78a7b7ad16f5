// The block of facts that the host reads out of a flashed firmware: for the one file of a chip that defines
// it.
#ifndef TLM_INFO_H
#define TLM_INFO_H

#include "gen/firmware.h"
#include "link/mark.h"

#include TLM_BOARD_H

extern uint8_t _firmware_bytes[], _isr_start[], _isr_end[];

const struct tlm_firmware_info tlm_firmware_info __attribute__((section(".info"), used)) = {
    .magic = TLM_FIRMWARE_INFO_MAGIC,
    .version = TLM_FIRMWARE_INFO_VERSION,
    .info_bytes = sizeof(struct tlm_firmware_info),
    .firmware_bytes = (uint32_t)_firmware_bytes,
    .build_low = TLM_BUILD_LOW,
    .build_high = TLM_BUILD_HIGH,
    .mark_start = (uint32_t)tlm_mark_token_in,
    .mark_stop = (uint32_t)tlm_mark_logits_ready,
    .isr_start = (uint32_t)_isr_start,
    .isr_end = (uint32_t)_isr_end,
    .image_base = TLM_BOARD_IMAGE_BASE,
    .image_bytes_max = TLM_BOARD_IMAGE_BYTES_MAX,
    .board = TLM_BOARD_NAME,
};

#endif
