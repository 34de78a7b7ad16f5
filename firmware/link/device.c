// The device as a whole: sorts what arrives into frames and typing, and advances a running generation.
#include "link/device.h"
#include "engine/engine.h"
#include "hal/hal.h"
#include "link/console.h"
#include "link/frame.h"
#include "link/framed.h"
#include "link/generation.h"

enum { BREAK = 3 };

static struct tlm_engine engine;
static struct tlm_frame_decoder decoder;
static uint32_t heard_us;
static bool heard_break; // the byte before was a Ctrl-C outside of frames

void tlm_device_init(void) {
    struct tlm_memory memory;
    tlm_hal_memory(&memory);
    tlm_generation_forget();
    decoder = (struct tlm_frame_decoder){.n_bytes = 0};
    heard_break = false;
    const enum tlm_status status = memory.image_bytes_max == 0
                                       ? TLM_STATUS_NO_IMAGE
                                       : tlm_engine_load(&engine, memory.image, memory.image_bytes_max,
                                                         memory.arena, memory.arena_bytes);
    tlm_framed_init(&engine, status);
    tlm_console_init(&engine, status);
}

// Drops a frame that nobody completes, and leaves framed mode when the host has gone: the next byte may be a
// person's.
static void notice_silence(void) {
    const uint32_t now_us = tlm_hal_time_us();
    const uint32_t silent_us = now_us - heard_us;
    heard_us = now_us;
    if (silent_us > TLM_LINK_FRAME_GAP_US) decoder.inside = decoder.after_dle = false;
    if (!tlm_framed_is_open() || tlm_generation_runs()) return;
    if (silent_us > TLM_LINK_SESSION_GAP_US && now_us - tlm_framed_spoke_us() > TLM_LINK_SESSION_GAP_US) {
        tlm_framed_close();
    }
}

// Typing into framed mode: two Ctrl-C in a row lead back to the console.
static void take_typed(uint8_t byte) {
    const bool again = byte == BREAK && heard_break;
    heard_break = byte == BREAK && !again;
    if (tlm_framed_is_open()) {
        if (!again) return;
        tlm_framed_close();
        tlm_console_resume();
    } else if (tlm_generation_runs()) {
        if (byte == BREAK) tlm_generation_stop();
    } else {
        tlm_console_take(byte);
    }
}

static void take(uint8_t byte) {
    const enum tlm_frame_byte kind = tlm_frame_take(&decoder, byte);
    if (kind == TLM_FRAME_OUTSIDE) take_typed(byte);
    if (kind != TLM_FRAME_OUTSIDE) heard_break = false;
    if (kind != TLM_FRAME_COMPLETE) return;
    const bool was_open = tlm_framed_is_open();
    tlm_framed_answer(&decoder);
    if (tlm_framed_is_open()) tlm_console_leave();
    if (was_open && !tlm_framed_is_open()) tlm_console_resume();
}

// While text is written on the console, typing waits in the queue, but for what must be heard at once.
static bool must_listen(void) {
    if (tlm_framed_is_open() || !tlm_generation_runs()) return true;
    return tlm_hal_pending(BREAK) || tlm_hal_pending(TLM_LINK_DLE) || decoder.inside || decoder.after_dle;
}

static bool listen(void) {
    uint8_t byte;
    bool heard = false;
    while (must_listen() && tlm_hal_read(&byte, 1) == 1) {
        if (!heard) notice_silence();
        heard = true;
        take(byte);
    }
    return heard;
}

bool tlm_device_poll(void) {
    if (tlm_hal_overrun() && !tlm_framed_is_open()) {
        uint8_t byte;
        while (tlm_hal_read(&byte, 1) == 1) {
        }
        tlm_generation_stop();
        tlm_console_overrun();
    }
    const bool heard = listen();
    const bool advanced = tlm_generation_advance();
    tlm_framed_advance();
    return !heard && !advanced;
}
