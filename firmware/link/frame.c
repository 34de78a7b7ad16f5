// Frames on the wire: DLE SOH, type, sequence, length, payload, CRC-16 with every DLE stuffed, DLE ETX.
#include "link/frame.h"
#include "hal/hal.h"

// CRC-16/XMODEM.
static uint16_t crc16(uint16_t crc, uint8_t byte) {
    crc ^= (uint16_t)(byte << 8);
    for (int bit = 0; bit < 8; bit++) crc = (uint16_t)((crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1);
    return crc;
}

static bool is_whole(const struct tlm_frame_decoder *decoder) {
    const uint32_t n_bytes = decoder->n_bytes;
    if (n_bytes < TLM_FRAME_HEAD_BYTES + TLM_FRAME_CRC_BYTES) return false;
    if (n_bytes != TLM_FRAME_HEAD_BYTES + TLM_FRAME_CRC_BYTES + (uint32_t)decoder->bytes[2]) return false;
    uint16_t crc = 0;
    for (uint32_t i = 0; i < n_bytes; i++) crc = crc16(crc, decoder->bytes[i]);
    return crc == 0; // The checksum of bytes and their checksum.
}

static enum tlm_frame_byte append(struct tlm_frame_decoder *decoder, uint8_t byte) {
    if (decoder->n_bytes == sizeof decoder->bytes) {
        decoder->inside = false;
    } else {
        decoder->bytes[decoder->n_bytes++] = byte;
    }
    return TLM_FRAME_INSIDE;
}

enum tlm_frame_byte tlm_frame_take(struct tlm_frame_decoder *decoder, uint8_t byte) {
    if (!decoder->after_dle) {
        if (byte != TLM_LINK_DLE) return decoder->inside ? append(decoder, byte) : TLM_FRAME_OUTSIDE;
        decoder->after_dle = true;
        return TLM_FRAME_INSIDE;
    }
    decoder->after_dle = false;
    if (byte == TLM_LINK_SOH) { // A start is a start wherever it comes.
        decoder->inside = true;
        decoder->n_bytes = 0;
        return TLM_FRAME_INSIDE;
    }
    if (byte == TLM_LINK_DLE) { // Never within a frame: its end is lost, and this may be the next start.
        decoder->inside = false;
        decoder->after_dle = true;
        return TLM_FRAME_INSIDE;
    }
    if (!decoder->inside) return TLM_FRAME_OUTSIDE;
    if (byte == TLM_LINK_STUFFED) return append(decoder, TLM_LINK_DLE);
    decoder->inside = false;
    return byte == TLM_LINK_ETX && is_whole(decoder) ? TLM_FRAME_COMPLETE : TLM_FRAME_INSIDE;
}

// Bytes on their way out, sent in pieces so that a frame needs no buffer of its size.
struct outgoing {
    uint8_t bytes[64];
    uint32_t n_bytes;
    uint16_t crc;
};

static void put_plain(struct outgoing *out, uint8_t byte) {
    if (out->n_bytes == sizeof out->bytes) {
        tlm_hal_write(out->bytes, out->n_bytes);
        out->n_bytes = 0;
    }
    out->bytes[out->n_bytes++] = byte;
}

static void put(struct outgoing *out, const uint8_t *bytes, uint32_t n_bytes) {
    for (uint32_t i = 0; i < n_bytes; i++) {
        out->crc = crc16(out->crc, bytes[i]);
        put_plain(out, bytes[i]);
        if (bytes[i] == TLM_LINK_DLE) put_plain(out, TLM_LINK_STUFFED);
    }
}

void tlm_frame_send(enum tlm_event type, const void *structure, uint32_t structure_bytes, const uint8_t *more,
                    uint32_t more_bytes) {
    static uint8_t sequence;
    struct outgoing out = {.n_bytes = 0, .crc = 0};
    const uint8_t head[TLM_FRAME_HEAD_BYTES] = {(uint8_t)type, sequence++,
                                                (uint8_t)(structure_bytes + more_bytes)};
    put_plain(&out, TLM_LINK_DLE);
    put_plain(&out, TLM_LINK_SOH);
    put(&out, head, sizeof head);
    put(&out, structure, structure_bytes);
    put(&out, more, more_bytes);
    const uint8_t crc[TLM_FRAME_CRC_BYTES] = {(uint8_t)(out.crc >> 8), (uint8_t)out.crc};
    put(&out, crc, sizeof crc);
    put_plain(&out, TLM_LINK_DLE);
    put_plain(&out, TLM_LINK_ETX);
    tlm_hal_write(out.bytes, out.n_bytes);
}
