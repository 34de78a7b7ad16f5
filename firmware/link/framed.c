// The framed link: hello, who are you, generate, stop. Each request is acknowledged; a piece of prompt when
// it is used up.
#include "link/framed.h"
#include "gen/firmware.h"
#include "hal/hal.h"
#include "link/generation.h"

#include TLM_BOARD_H

extern const struct tlm_firmware_info tlm_firmware_info;

void *memcpy(void *restrict to, const void *restrict from, size_t n_bytes);

static struct {
    struct tlm_engine *engine;
    enum tlm_status image_status;
    bool open;
    uint32_t spoke_us;
    struct tlm_link_ack last; // what the last request was answered, for one that is repeated
    uint32_t nonce;           // of the last hello
    bool piece_waits;         // for its acknowledgement
    struct tlm_link_ack piece_ack;
    uint8_t piece[TLM_LINK_PAYLOAD_BYTES_MAX];
} link;

static void send(enum tlm_event type, const void *structure, uint32_t structure_bytes, const uint8_t *more,
                 uint32_t more_bytes) {
    tlm_frame_send(type, structure, structure_bytes, more, more_bytes);
    link.spoke_us = tlm_hal_time_us();
}

static void acknowledge(struct tlm_link_ack ack, enum tlm_status status) {
    ack.status = (uint8_t)status;
    ack.version = TLM_LINK_VERSION;
    if (ack.sequence == link.last.sequence) link.last = ack;
    send(TLM_EVENT_ACK, &ack, sizeof ack, NULL, 0);
}

static void on_step(const struct tlm_step *step) {
    struct tlm_link_token token = step->token;
    const uint8_t *text = step->text;
    uint32_t text_bytes = step->text_bytes;
    while (text_bytes > TLM_LINK_PAYLOAD_BYTES_MAX - sizeof token) {
        const uint32_t part = TLM_LINK_PAYLOAD_BYTES_MAX - sizeof token;
        send(TLM_EVENT_TEXT, NULL, 0, text, part);
        text += part;
        text_bytes -= part;
    }
    token.text_bytes = (uint8_t)text_bytes;
    send(TLM_EVENT_TOKEN, &token, sizeof token, text, text_bytes);
}

static void on_checksum(const struct tlm_link_checksum *checksum) {
    send(TLM_EVENT_CHECKSUM, checksum, sizeof *checksum, NULL, 0);
}

static void on_done(const struct tlm_link_done *done) { send(TLM_EVENT_DONE, done, sizeof *done, NULL, 0); }

static const struct tlm_listener listener = {on_step, on_checksum, on_done};

static void send_identity(void) {
    struct tlm_memory memory;
    tlm_hal_memory(&memory);
    struct tlm_link_identity identity = {
        .build_low = tlm_firmware_info.build_low,
        .build_high = tlm_firmware_info.build_high,
        .image_status = link.image_status,
        .arena_used = link.engine->arena_used,
        .arena_bytes = memory.arena_bytes,
        .static_bytes = memory.static_bytes,
        .stack_used = memory.stack_used,
        .stack_bytes = memory.stack_bytes,
        .clock_hz = tlm_hal_clock_hz(),
        .board = TLM_BOARD_NAME,
    };
    if (link.image_status == TLM_STATUS_OK) {
        const struct tlm_image_header *header = link.engine->header;
        identity.image_bytes = header->image_bytes;
        identity.image_crc32 = header->crc32;
        identity.vocab = header->vocab;
        memcpy(identity.model, header->name, sizeof identity.model);
    }
    send(TLM_EVENT_IDENTITY, &identity, sizeof identity, NULL, 0);
}

static enum tlm_status start(const uint8_t *payload, uint32_t payload_bytes) {
    struct tlm_link_generate options;
    if (link.image_status != TLM_STATUS_OK) return link.image_status;
    if (payload_bytes != sizeof options) return TLM_STATUS_BAD_FRAME;
    memcpy(&options, payload, sizeof options);
    tlm_generation_stop();
    return tlm_generation_start(link.engine, &options, &listener);
}

// Keeps a piece of prompt; whether its acknowledgement waits until it is used up.
static enum tlm_status take_piece(enum tlm_request type, const uint8_t *payload, uint32_t payload_bytes,
                                  struct tlm_link_ack ack) {
    if (!tlm_generation_reads()) return TLM_STATUS_NOT_GENERATING;
    if (link.piece_waits) return TLM_STATUS_BUSY;
    memcpy(link.piece, payload, payload_bytes);
    if (type == TLM_REQUEST_PROMPT_TOKENS) {
        tlm_generation_feed_tokens(link.piece, payload_bytes);
    } else {
        tlm_generation_feed_bytes(link.piece, payload_bytes);
    }
    link.piece_waits = true;
    link.piece_ack = ack;
    return TLM_STATUS_OK;
}

static void hello(struct tlm_link_ack ack, const uint8_t *payload, uint32_t payload_bytes) {
    uint32_t nonce = 0;
    if (payload_bytes != sizeof nonce) return;
    memcpy(&nonce, payload, sizeof nonce);
    // A hello that the line repeated must not stop what was asked for since.
    if (!link.open || nonce != link.nonce) {
        tlm_generation_stop();
        link.open = true;
        link.nonce = nonce;
        link.piece_waits = false;
        link.last = ack;
    }
    acknowledge(ack, TLM_STATUS_OK);
}

static void repeat_answer(struct tlm_link_ack ack) {
    if (link.piece_waits && link.piece_ack.sequence == ack.sequence) {
        acknowledge(ack, TLM_STATUS_BUSY);
        return;
    }
    acknowledge(ack, (enum tlm_status)link.last.status);
    if (ack.request == TLM_REQUEST_IDENTIFY) send_identity();
}

static void answer(enum tlm_request type, const uint8_t *payload, uint32_t payload_bytes,
                   struct tlm_link_ack ack) {
    enum tlm_status status = TLM_STATUS_OK;
    switch (type) {
    case TLM_REQUEST_IDENTIFY:
        break;
    case TLM_REQUEST_GENERATE:
        status = start(payload, payload_bytes);
        break;
    case TLM_REQUEST_PROMPT_BYTES:
    case TLM_REQUEST_PROMPT_TOKENS:
        status = take_piece(type, payload, payload_bytes, ack);
        if (status == TLM_STATUS_OK) return;
        break;
    case TLM_REQUEST_PROMPT_END:
        status = tlm_generation_reads() ? TLM_STATUS_OK : TLM_STATUS_NOT_GENERATING;
        if (status == TLM_STATUS_OK) tlm_generation_end_prompt();
        break;
    case TLM_REQUEST_MARKERS:
        if (payload_bytes != 1) {
            status = TLM_STATUS_BAD_FRAME;
        } else {
            tlm_hal_markers_enable(payload[0] != 0);
        }
        break;
    case TLM_REQUEST_STOP:
    case TLM_REQUEST_RESET:
    case TLM_REQUEST_BOOTLOADER:
    case TLM_REQUEST_LEAVE:
        break;
    default:
        status = TLM_STATUS_UNKNOWN_COMMAND;
    }
    acknowledge(ack, status);
    if (type == TLM_REQUEST_IDENTIFY) send_identity();
    if (type == TLM_REQUEST_STOP) tlm_generation_stop();
    if (type == TLM_REQUEST_LEAVE) tlm_framed_close();
    if (type == TLM_REQUEST_RESET) tlm_hal_reset();
    if (type == TLM_REQUEST_BOOTLOADER) tlm_hal_bootloader();
}

void tlm_framed_answer(const struct tlm_frame_decoder *frame) {
    const enum tlm_request type = (enum tlm_request)tlm_frame_type(frame);
    const struct tlm_link_ack ack = {.sequence = tlm_frame_sequence(frame), .request = tlm_frame_type(frame)};
    const uint8_t *payload = tlm_frame_payload(frame);
    const uint32_t payload_bytes = tlm_frame_payload_bytes(frame);
    if (type == TLM_REQUEST_HELLO) {
        hello(ack, payload, payload_bytes);
        return;
    }
    if (!link.open) return;
    if (ack.sequence == link.last.sequence && ack.request == link.last.request) {
        repeat_answer(ack);
        return;
    }
    link.last = ack;
    answer(type, payload, payload_bytes, ack);
}

void tlm_framed_advance(void) {
    if (!link.piece_waits || !tlm_generation_fed()) return;
    link.piece_waits = false;
    acknowledge(link.piece_ack, tlm_generation_reads() ? TLM_STATUS_OK : TLM_STATUS_NOT_GENERATING);
}

void tlm_framed_init(struct tlm_engine *engine, enum tlm_status image_status) {
    link.engine = engine;
    link.image_status = image_status;
    link.open = false;
    link.piece_waits = false;
}

bool tlm_framed_is_open(void) { return link.open; }
uint32_t tlm_framed_spoke_us(void) { return link.spoke_us; }

void tlm_framed_close(void) {
    tlm_generation_stop();
    link.open = false;
    link.piece_waits = false;
}
