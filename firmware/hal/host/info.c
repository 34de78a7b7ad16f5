// What a host device says about its own build; it has no flash and no addresses to tell.
#include "gen/firmware.h"

#include TLM_BOARD_H

const struct tlm_firmware_info tlm_firmware_info = {
    .magic = TLM_FIRMWARE_INFO_MAGIC,
    .version = TLM_FIRMWARE_INFO_VERSION,
    .info_bytes = sizeof(struct tlm_firmware_info),
    .build_low = TLM_BUILD_LOW,
    .build_high = TLM_BUILD_HIGH,
    .image_bytes_max = TLM_BOARD_IMAGE_BYTES_MAX,
    .board = TLM_BOARD_NAME,
};
