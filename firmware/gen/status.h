// What a device answers. Generated from host-tools/contracts/status.ts by npm run gen; do not edit.
#ifndef TLM_GEN_STATUS_H
#define TLM_GEN_STATUS_H

#include <stddef.h>
#include <stdint.h>

// Statuses; a code keeps its number for ever.
enum tlm_status {
    TLM_STATUS_OK = 0,
    TLM_STATUS_NO_IMAGE = 1,
    TLM_STATUS_BAD_MAGIC = 2,
    TLM_STATUS_NEWER_VERSION = 3,
    TLM_STATUS_TRUNCATED = 4,
    TLM_STATUS_BAD_CRC = 5,
    TLM_STATUS_BAD_DIRECTORY = 6,
    TLM_STATUS_BAD_SHAPE = 7,
    TLM_STATUS_BAD_LAYOUT = 8,
    TLM_STATUS_BAD_CODE = 9,
    TLM_STATUS_BAD_SCALE = 10,
    TLM_STATUS_BAD_TOKENIZER = 11,
    TLM_STATUS_NO_MEMORY = 12,
    TLM_STATUS_OLDER_VERSION = 13,
    TLM_STATUS_UNENCODABLE = 32,
    TLM_STATUS_WORD_TOO_LONG = 33,
    TLM_STATUS_BAD_UTF8 = 34,
    TLM_STATUS_BAD_TOKEN = 35,
    TLM_STATUS_BAD_FRAME = 64,
    TLM_STATUS_BUSY = 65,
    TLM_STATUS_UNKNOWN_COMMAND = 66,
    TLM_STATUS_BAD_ARGUMENT = 67,
    TLM_STATUS_NOT_GENERATING = 68,
    TLM_STATUS_STOPPED = 69,
};

#endif
