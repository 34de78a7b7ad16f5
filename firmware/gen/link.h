// Frames and commands of the framed link. Generated from host-tools/contracts/link.ts by npm run gen; do not edit.
#ifndef TLM_GEN_LINK_H
#define TLM_GEN_LINK_H

#include <stddef.h>
#include <stdint.h>

#define TLM_LINK_DLE 16u
#define TLM_LINK_SOH 1u
#define TLM_LINK_ETX 3u
#define TLM_LINK_STUFFED 144u
#define TLM_LINK_VERSION 1u
#define TLM_LINK_PAYLOAD_BYTES_MAX 128u
#define TLM_LINK_FRAME_GAP_US 1000000u
#define TLM_LINK_SESSION_GAP_US 10000000u
#define TLM_LINK_NO_TOKEN 65535u
#define TLM_LINK_MAX_TOKENS_DEFAULT 256u
#define TLM_LINK_TEMPERATURE_MILLI_MAX 10000u
#define TLM_LINK_TOP_P_MILLI_MAX 1000u
#define TLM_LINK_MAX_TOKENS_MAX 1000000u

// What a host asks.
enum tlm_request {
    TLM_REQUEST_HELLO = 1, // four bytes that differ each time; opens framed mode, stops what runs
    TLM_REQUEST_IDENTIFY = 2, // answered by an identity
    TLM_REQUEST_GENERATE = 3, // options; the prompt follows
    TLM_REQUEST_PROMPT_BYTES = 4, // a piece of the prompt; acknowledged when it is consumed
    TLM_REQUEST_PROMPT_TOKENS = 5, // the same as token ids, 16 bits each
    TLM_REQUEST_PROMPT_END = 6, // the prompt is complete; tokens follow
    TLM_REQUEST_STOP = 7, // ends a generation between tokens
    TLM_REQUEST_MARKERS = 8, // one byte: marker pins on (1) or off (0)
    TLM_REQUEST_RESET = 9, // restarts the device after the ack
    TLM_REQUEST_BOOTLOADER = 10, // enters the boot loader in ROM after the ack
    TLM_REQUEST_LEAVE = 11, // back to the console
};

// What a device says.
enum tlm_event {
    TLM_EVENT_ACK = 129, // sequence of the request, status
    TLM_EVENT_IDENTITY = 130, // who answers
    TLM_EVENT_TOKEN = 131, // one step of the model, with the text that it made
    TLM_EVENT_CHECKSUM = 132, // of one layer, when traced
    TLM_EVENT_DONE = 133, // the end of a generation
    TLM_EVENT_TEXT = 134, // the start of a text that is too long for the token event that follows
};

// Flags of a generation.
enum tlm_generate_flag {
    TLM_GENERATE_FLAG_TRACE = 1, // a checksum event a layer
    TLM_GENERATE_FLAG_CARRY_ON = 2, // keep the state of the generation before
};

// Why a generation ended.
enum tlm_done_reason {
    TLM_DONE_REASON_END = 0, // the model wrote its end token
    TLM_DONE_REASON_MAX_TOKENS = 1, // as many tokens as were asked for
    TLM_DONE_REASON_STOPPED = 2, // asked to stop
    TLM_DONE_REASON_ERROR = 3, // see status and offset
};

// Payload of an ack.
struct tlm_link_ack {
    uint8_t sequence; // of the request that is answered
    uint8_t status; // see status.h
    uint8_t request; // type of that request
    uint8_t version; // of the link
};
_Static_assert(offsetof(struct tlm_link_ack, version) == 3, "tlm_link_ack is laid out as the host reads it");
_Static_assert(sizeof(struct tlm_link_ack) == 4, "tlm_link_ack has no padding");

// Payload of an identity.
struct tlm_link_identity {
    uint32_t build_low; // build id of the firmware, lower half
    uint32_t build_high; // build id, upper half
    uint32_t image_status; // see status.h; the fields below hold only where it is ok
    uint32_t image_bytes; // size of the image
    uint32_t image_crc32; // its checksum
    uint32_t vocab; // tokens of the model
    uint32_t arena_used; // working memory that the model takes, in bytes
    uint32_t arena_bytes; // working memory that the board has
    uint32_t static_bytes; // RAM for variables; 0 where unknown
    uint32_t stack_used; // deepest use of the stack so far, by painting; 0 where unknown
    uint32_t stack_bytes; // size of the stack; 0 where unknown
    uint32_t clock_hz; // core clock; 0 where unknown
    char board[16]; // name of the board
    char model[32]; // name of the model
};
_Static_assert(offsetof(struct tlm_link_identity, model) == 64, "tlm_link_identity is laid out as the host reads it");
_Static_assert(sizeof(struct tlm_link_identity) == 96, "tlm_link_identity has no padding");

// Payload of a generate request.
struct tlm_link_generate {
    uint32_t max_tokens; // tokens to write at most
    uint32_t temperature_milli; // thousandths; 0 is greedy
    uint32_t top_k; // 0 is off
    uint32_t top_p_milli; // thousandths, from 1; 1000 is off
    uint32_t seed; // of the sampler
    uint32_t flags; // see generate_flag
};
_Static_assert(offsetof(struct tlm_link_generate, flags) == 20, "tlm_link_generate is laid out as the host reads it");
_Static_assert(sizeof(struct tlm_link_generate) == 24, "tlm_link_generate has no padding");

// Payload of a token event; its text follows.
struct tlm_link_token {
    uint32_t index; // of the step, from 0
    uint32_t time_us; // device time when the logits were ready; wraps
    uint32_t step_us; // from token in to logits ready
    uint16_t input; // the token that went in
    uint16_t output; // the token that was sampled; no_token while the prompt is read, and for the end token
    uint8_t phase; // 0 prefill: the input belongs to the prompt; 1 decode
    uint8_t text_bytes; // bytes of text that follow here
    uint16_t shared; // tokens that the same step read: 1, or 2 for both of a pair, each of which has half of its time
};
_Static_assert(offsetof(struct tlm_link_token, shared) == 18, "tlm_link_token is laid out as the host reads it");
_Static_assert(sizeof(struct tlm_link_token) == 20, "tlm_link_token has no padding");

// Payload of a checksum event.
struct tlm_link_checksum {
    uint32_t index; // of the step
    uint32_t layer; // which layer
    uint32_t checksum; // of its output
};
_Static_assert(offsetof(struct tlm_link_checksum, checksum) == 8, "tlm_link_checksum is laid out as the host reads it");
_Static_assert(sizeof(struct tlm_link_checksum) == 12, "tlm_link_checksum has no padding");

// Payload of a done event.
struct tlm_link_done {
    uint8_t reason; // see done_reason
    uint8_t status; // see status.h
    uint16_t unused; // zero
    uint32_t offset; // byte of the prompt that an error is about
    uint32_t prompt_tokens; // tokens read, the start token included
    uint32_t new_tokens; // tokens written, the end token not counted
    uint32_t prefill_us; // sum of step times, prompt
    uint32_t decode_us; // sum of step times, text
};
_Static_assert(offsetof(struct tlm_link_done, decode_us) == 20, "tlm_link_done is laid out as the host reads it");
_Static_assert(sizeof(struct tlm_link_done) == 24, "tlm_link_done has no padding");

#endif
