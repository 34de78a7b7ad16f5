// Frames on the wire; host-tools/contracts/link.ts says how they look. Twin: host-tools/link/frames.ts.
#ifndef TLM_FRAME_H
#define TLM_FRAME_H

#include "gen/link.h"

#include <stdbool.h>
#include <stdint.h>

enum { TLM_FRAME_HEAD_BYTES = 3, TLM_FRAME_CRC_BYTES = 2 };

// What a received byte turned out to be.
enum tlm_frame_byte {
    TLM_FRAME_OUTSIDE, // no part of a frame
    TLM_FRAME_INSIDE,  // of a frame that is not complete, or of one that was dropped
    TLM_FRAME_COMPLETE // the last of a frame whose checksum is right
};

struct tlm_frame_decoder {
    uint8_t bytes[TLM_FRAME_HEAD_BYTES + TLM_LINK_PAYLOAD_BYTES_MAX + TLM_FRAME_CRC_BYTES];
    uint32_t n_bytes;
    bool inside;
    bool after_dle;
};

enum tlm_frame_byte tlm_frame_take(struct tlm_frame_decoder *decoder, uint8_t byte);

// Parts of a complete frame.
static inline uint8_t tlm_frame_type(const struct tlm_frame_decoder *decoder) { return decoder->bytes[0]; }
static inline uint8_t tlm_frame_sequence(const struct tlm_frame_decoder *decoder) {
    return decoder->bytes[1];
}
static inline uint8_t tlm_frame_payload_bytes(const struct tlm_frame_decoder *decoder) {
    return decoder->bytes[2];
}
static inline const uint8_t *tlm_frame_payload(const struct tlm_frame_decoder *decoder) {
    return decoder->bytes + TLM_FRAME_HEAD_BYTES;
}

// Sends a frame whose payload is a structure and bytes that follow it; each frame counts up the sequence.
void tlm_frame_send(enum tlm_event type, const void *structure, uint32_t structure_bytes, const uint8_t *more,
                    uint32_t more_bytes);

#endif
